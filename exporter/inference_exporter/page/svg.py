"""SVG: small pictures as text. Colours are classes of the style sheet and follow light and dark mode."""

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from ..explain.formatting import clipped, number, share
from .shape import Bar, CategoricalShape, NumericShape, Shape

# Units of the view box; the style sheet scales pictures to their card.
WIDTH, HEIGHT = 300, 120
TOP, BASE = 6.0, 100.0
TAIL_WIDTH, GAP, OTHER_WIDTH = 9.0, 5.0, 50.0
BARS_FROM, BARS_TO = 104.0, 226.0
LABEL_LENGTH = 16
ROW_HEIGHT = 24.0
METER_WIDTH, METER_HEIGHT = 300, 8
# Two single values would otherwise be two halves of the picture, without any gap.
WIDEST_VALUE = 36.0

Point = tuple[float, float]


def histogram(shape: Shape, label: str, drifted: bool) -> Markup:
    """Return the reference as a grey area with the window as a line over it, or both as bars by category."""
    body = _numeric(shape) if isinstance(shape, NumericShape) else _categorical(shape)
    return Markup('<svg class="histogram{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        " is-drifted" if drifted else "", WIDTH, HEIGHT, label, body
    )


def meter(value: float, threshold: float, label: str) -> Markup:
    """Return a bar whose middle is the threshold: no effect leaves it empty, and no effect fills it completely."""
    if math.isnan(value):
        return Markup("")
    # The threshold is in the middle whatever its size, and an infinite effect still fits.
    filled = METER_WIDTH * value / (value + threshold) if math.isfinite(value) else METER_WIDTH
    return Markup(
        '<svg class="meter{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="track" width="{}" height="{}"/><rect class="fill" width="{}" height="{}"/>'
        '<path class="mark" d="M{} 0V{}"/></svg>'
    ).format(
        " is-over" if value >= threshold else "", METER_WIDTH, METER_HEIGHT, label,
        METER_WIDTH, METER_HEIGHT, _round(filled), METER_HEIGHT, METER_WIDTH // 2, METER_HEIGHT,
    )  # fmt: skip


def before_and_after(bars: Sequence[Bar], label: str, drifted: bool) -> Markup:
    """Return a few shares before and after, a line each; empty without bars."""
    if not bars:
        return Markup("")
    return Markup('<svg class="moves{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        " is-drifted" if drifted else "", WIDTH, ROW_HEIGHT * len(bars), label, _rows(bars, 2.0, ROW_HEIGHT)
    )


def _numeric(shape: NumericShape) -> Markup:
    bars = [*shape.steps, shape.below, shape.above, *shape.others]
    # `or 1.0`: an empty picture has no scale to divide by.
    top = max((max(bar.reference, _or_zero(bar.window)) for bar in bars), default=0.0) or 1.0
    left = TAIL_WIDTH + GAP if shape.below.notable else 0.0
    others_from = WIDTH - OTHER_WIDTH * len(shape.others)
    right = others_from - (TAIL_WIDTH + GAP if shape.above.notable else 0.0) - (GAP if shape.others else 0.0)
    parts = [_steps(shape, left, right, top)]
    if shape.below.notable:
        parts.append(_column(shape.below, 0.0, TAIL_WIDTH, top))
    if shape.above.notable:
        parts.append(_column(shape.above, right + GAP, TAIL_WIDTH, top))
    for place, bar in enumerate(shape.others):
        start = others_from + OTHER_WIDTH * place
        parts.append(_column(bar, start + OTHER_WIDTH / 2 - TAIL_WIDTH / 2, TAIL_WIDTH, top))
        parts.append(_text(bar.label, start + OTHER_WIDTH / 2, "middle"))
    parts.append(Markup('<path class="base" d="M0 {}H{}"/>').format(BASE, WIDTH))
    return Markup("").join([*parts, *_axis(shape, left, right)])


def _steps(shape: NumericShape, left: float, right: float, top: float) -> Markup:
    """Return both outlines over the steps."""
    if not shape.steps:
        return Markup("")
    width = (right - left) / len(shape.steps)
    half = min(width * 0.38, WIDEST_VALUE / 2) if shape.few_values else width / 2
    middles = [left + (place + 0.5) * width for place in range(len(shape.steps))]
    spans = [(middle - half, middle + half) for middle in middles]
    reference = _outline(spans, [_height(bar.reference, top) for bar in shape.steps])
    drawn = Markup('<path class="reference" d="{}"/>').format(reference)
    if any(math.isnan(bar.window) for bar in shape.steps):  # without samples
        return drawn
    window = _outline(spans, [_height(bar.window, top) for bar in shape.steps])
    return drawn + Markup('<path class="window" d="{}"/>').format(window)


def _outline(spans: Sequence[Point], heights: Sequence[float]) -> str:
    """Return the path along the tops of neighbouring bars, down to the base at both ends and in every gap."""
    path, end = "", -math.inf
    for (start, stop), y in zip(spans, heights, strict=True):
        # A gap: go down to the base, and begin again.
        if not math.isclose(start, end):
            path += f"{f'V{BASE}' if path else ''}M{_round(start)} {BASE}"
        path += f"V{_round(y)}H{_round(stop)}"
        end = stop
    return f"{path}V{BASE}"


def _column(bar: Bar, start: float, width: float, top: float) -> Markup:
    """Return a bar of the reference and one of the window, apart from the steps."""
    spans = [(start, start + width)]
    title = f"{bar.label}: reference {share(bar.reference)}, window {share(bar.window) or 'unknown'}"
    reference = _outline(spans, [_height(bar.reference, top)])
    window = "" if math.isnan(bar.window) else _outline(spans, [_height(bar.window, top)])
    return Markup('<g><title>{}</title><path class="reference" d="{}"/><path class="window" d="{}"/></g>').format(
        title, reference, window
    )


def _axis(shape: NumericShape, left: float, right: float) -> Iterable[Markup]:
    """Yield the labels of the axis: the least and the greatest value, and a round one between."""
    if not shape.steps:
        return
    first, last = shape.ends
    before, after = "<" if shape.below.notable else "", ">" if shape.above.notable else ""
    if shape.few_values:
        half = (right - left) / len(shape.steps) / 2
        yield _text(number(first), left + half, "middle")
        yield _text(number(last) if first < last else "", right - half, "middle")
        yield _text(before, 0.0, "start")
        yield _text(after, right + _tail(shape.above), "end")
        return
    yield _text(before + number(first), 0.0, "start")
    yield _text(after + number(last), right + _tail(shape.above), "end")
    middle = round_number_between(first + 0.35 * (last - first), first + 0.65 * (last - first))
    if middle is not None:
        x = left + (right - left) * (middle - shape.edges[0]) / (shape.edges[-1] - shape.edges[0])
        yield Markup('<path class="tick" d="M{} {}v3"/>').format(_round(x), BASE)
        yield _text(number(middle), x, "middle")


def _tail(bar: Bar) -> float:
    return GAP + TAIL_WIDTH if bar.notable else 0.0


def round_number_between(low: float, high: float) -> float | None:
    """Return the roundest number in an interval, None if it is too narrow."""
    if not (low < high and math.isfinite(high - low)):
        return None
    # From the roundest step down: a power of ten, then five, two and one times the power below.
    power = math.floor(math.log10(high - low)) + 1
    for step in (10.0**power, 5 * 10.0 ** (power - 1), 2 * 10.0 ** (power - 1), 10.0 ** (power - 1)):
        candidate = math.ceil(low / step) * step
        if candidate <= high:
            return candidate
    return None


def _categorical(shape: CategoricalShape) -> Markup:
    pitch = min((HEIGHT - 4) / max(len(shape.bars), 1), ROW_HEIGHT)
    return _rows(shape.bars, (HEIGHT - pitch * len(shape.bars)) / 2 + 1, pitch)


def _rows(bars: Sequence[Bar], start: float, pitch: float) -> Markup:
    top = max((max(bar.reference, _or_zero(bar.window)) for bar in bars), default=0.0) or 1.0
    return Markup("").join(_row(bar, start + place * pitch, pitch, top) for place, bar in enumerate(bars))


def _row(bar: Bar, y: float, pitch: float, top: float) -> Markup:
    """Return a category: a wide bar for the reference, a narrow one for the window on top, and both as numbers."""
    height = min(pitch - 3, 14.0)
    scale = (BARS_TO - BARS_FROM) / top
    baseline = _round(y + height / 2 + 3.5)
    return Markup(
        '<g><title>{}</title><text x="0" y="{}">{}</text>'
        '<rect class="reference" x="{}" y="{}" width="{}" height="{}"/>'
        '<rect class="window solid" x="{}" y="{}" width="{}" height="{}"/>'
        '<text x="{}" y="{}" text-anchor="end">{} → {}</text></g>'
    ).format(
        bar.label, baseline, clipped(bar.label, LABEL_LENGTH),
        BARS_FROM, _round(y), _round(bar.reference * scale), _round(height),
        BARS_FROM, _round(y + height * 0.3), _round(_or_zero(bar.window) * scale), _round(height * 0.4),
        WIDTH, baseline, _whole(bar.reference), _whole(bar.window),
    )  # fmt: skip


def _whole(ratio: float) -> str:
    """Return a share as a whole percentage, to save space."""
    return "?" if math.isnan(ratio) else f"{100 * ratio:.0f}%"


def _text(text: str, x: float, anchor: str) -> Markup:
    if not text:
        return Markup("")
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(_round(x), HEIGHT - 6, anchor, text)


def _height(ratio: float, top: float) -> float:
    return BASE - (BASE - TOP) * ratio / top


def _or_zero(ratio: float) -> float:
    return 0.0 if math.isnan(ratio) else ratio


def _round(value: float) -> float:
    return round(value, 1)  # a tenth of a unit is less than a pixel
