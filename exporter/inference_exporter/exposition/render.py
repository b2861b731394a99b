"""Rendering of families as Prometheus text (0.0.4) or OpenMetrics 1.0.

Written by hand because prometheus-client's writer is about 35 times slower for
thousands of series; the tests check the output with prometheus-client's parsers.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ._base import Family, Series
from ._blocks import Block, LabelTexts, number_text

PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"
TRACE_ID_LENGTH_AT_MOST = 100  # OpenMetrics allows an exemplar's labels 128 characters in all
# Characters that end a label or a line in some parsers; trace ids do not need them.
# NEL, LINE SEPARATOR and PARAGRAPH SEPARATOR are line breaks to Python's splitlines, for example.
_NOT_IN_EXEMPLARS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *map(ord, '\\"')])
OPENMETRICS_TEXT = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def content_type_for(accept: str) -> str:
    """Return the content type of the answer: OpenMetrics if the scraper accepts it."""
    return OPENMETRICS_TEXT if "application/openmetrics-text" in accept else PROMETHEUS_TEXT


def render(families: Iterable[Family], content_type: str) -> bytes:
    """Return the body of a scrape. Families without series are left out."""
    return b"".join(Renderer(content_type).pieces(families)) + ending(content_type)


def ending(content_type: str) -> bytes:
    """Return what follows the last family."""
    return b"# EOF\n" if content_type == OPENMETRICS_TEXT else b""


class Renderer:
    """Renders families again and again; the lines of a block whose values did not change stay the same bytes."""

    def __init__(self, content_type: str) -> None:
        self._openmetrics = content_type == OPENMETRICS_TEXT
        self._last: dict[tuple[str, int], _Lines] = {}

    def pieces(self, families: Iterable[Family]) -> list[bytes]:
        """Return the lines of families, a block a piece. Families without series are left out."""
        pieces: list[bytes] = []
        rendered: dict[tuple[str, int], _Lines] = {}
        loose: list[str] = []
        for name, part in self._parts(families):
            if isinstance(part, Block):
                # Two models share a family's name, so a block is found by its
                # labels too; `_Lines` holds them, see there.
                place = name, id(part.texts)
                rendered[place] = lines = self._lines(place, part)
                pieces += (_encoded(loose), lines.text)
                loose = []
            else:
                loose.append(part)
        # Only what was in this scrape: blocks of models that went away are dropped.
        self._last = rendered
        return [*pieces, _encoded(loose)]

    def _lines(self, place: tuple[str, int], block: Block) -> "_Lines":
        last, values = self._last.get(place), block.values.tobytes()
        if last is not None and last.values == values:
            return last
        return _Lines(block.texts, values, block.rendered(place[0]))

    def _parts(self, families: Iterable[Family]) -> Iterator[tuple[str, str | Block]]:
        """Yield the lines of families; blocks as such, with the name of their series."""
        openmetrics = self._openmetrics
        for family in families:
            # client_python and client_golang leave out empty families too.
            if not family.parts:
                continue
            total = "_total" if family.kind == "counter" else ""
            shown = family.name if openmetrics else family.name + total
            name = family.name + total
            yield name, f"# HELP {shown} {_escaped(family.help, openmetrics)}\n# TYPE {shown} {family.kind}\n"
            for part in family.parts:
                yield name, part if isinstance(part, Block) else _line(name, part, openmetrics)


class _Lines(NamedTuple):
    """The lines of a block as they last were; the labels are held so that their id stays theirs."""

    texts: LabelTexts
    values: bytes
    text: bytes


def _encoded(texts: Iterable[str]) -> bytes:
    # A lone surrogate in a name, which YAML can write, must not fail the scrape.
    return "".join(texts).encode(errors="replace")


def _line(name: str, series: Series, openmetrics: bool) -> str:
    # Samples of histograms keep empty braces, as `_bucket` has `le` inside; both formats allow them.
    labels = f"{{{series.labels}}}" if series.labels or series.suffix else ""
    line = f"{name}{series.suffix}{labels} {number_text(series.value)}"
    # The older text format has no exemplars; its parsers read the `#` as a broken timestamp.
    if openmetrics and series.exemplar is not None:
        exemplar = series.exemplar
        trace_id = exemplar.trace_id[:TRACE_ID_LENGTH_AT_MOST].translate(_NOT_IN_EXEMPLARS)
        line += f' # {{trace_id="{trace_id}"}} {exemplar.seconds!r} {exemplar.timestamp:.3f}'
    return line + "\n"


def _escaped(text: str, openmetrics: bool) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    # OpenMetrics escapes quotes in HELP, format 0.0.4 must not.
    return text.replace('"', r"\"") if openmetrics else text
