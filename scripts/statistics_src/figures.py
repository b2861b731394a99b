"""Line charts as SVG text: a logarithmic x axis, shares from 0 to 1 on the y axis."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 56, 190, 40, 48
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b")


@dataclass(frozen=True)
class Curve:
    """A named line."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    logarithmic: bool
    start: float
    length: float

    def __call__(self, value: float) -> float:
        low, high, at = (math.log(v) if self.logarithmic else v for v in (self.low, self.high, value))
        return self.start + (at - low) / (high - low) * self.length

    def ticks(self) -> list[float]:
        if not self.logarithmic:
            return [self.low + (self.high - self.low) * step / 5 for step in range(6)]
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        return [10.0**power for power in range(first, last + 1)]


def chart(title: str, x_name: str, curves: Sequence[Curve], log_y: bool = False) -> str:
    """Return an SVG picture of curves over a logarithmic axis."""
    xs = [x for curve in curves for x in curve.x]
    ys = [y for curve in curves for y in curve.y if y > 0 or not log_y]
    across = _Scale(min(xs), max(xs), True, LEFT, WIDTH - LEFT - RIGHT)
    low, high = (10 ** math.floor(math.log10(min(ys))), 10 ** math.ceil(math.log10(max(ys)))) if log_y else (0.0, 1.0)
    upward = _Scale(low, high, log_y, HEIGHT - BOTTOM, -(HEIGHT - TOP - BOTTOM))
    parts = [*_frame(title, x_name, across, upward), *_lines(curves, across, upward, log_y)]
    style = "font-family:sans-serif;font-size:12px;background:#fff"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" style="{style}">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', *parts, "</svg>", ""])


def _frame(title: str, x_name: str, across: _Scale, upward: _Scale) -> Iterator[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    yield f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{escape(title)}</text>'
    for tick in across.ticks():
        yield f'<line x1="{across(tick):.1f}" x2="{across(tick):.1f}" y1="{TOP}" y2="{bottom}" stroke="#ddd"/>'
        yield f'<text x="{across(tick):.1f}" y="{bottom + 18}" text-anchor="middle">{tick:,.0f}</text>'
    for tick in upward.ticks():
        yield f'<line x1="{LEFT}" x2="{right}" y1="{upward(tick):.1f}" y2="{upward(tick):.1f}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 6}" y="{upward(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
    yield f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_name)}</text>'


def _lines(curves: Sequence[Curve], across: _Scale, upward: _Scale, log_y: bool) -> Iterator[str]:
    for place, curve in enumerate(curves):
        colour = COLOURS[place % len(COLOURS)]
        points = [(across(x), upward(y)) for x, y in zip(curve.x, curve.y, strict=True) if y > 0 or not log_y]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
        at = TOP + 10 + 20 * place
        yield f'<line x1="{WIDTH - RIGHT + 12}" x2="{WIDTH - RIGHT + 32}" y1="{at}" y2="{at}" stroke="{colour}"/>'
        yield f'<text x="{WIDTH - RIGHT + 38}" y="{at + 4}">{escape(curve.name)}</text>'
