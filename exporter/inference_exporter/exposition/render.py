"""Rendering of families as Prometheus text (0.0.4) or OpenMetrics 1.0.

Written by hand because prometheus-client's writer is about 35 times slower for
thousands of series; the tests check the output with prometheus-client's parsers.
"""

from collections.abc import Iterable, Iterator

from ._base import Family, Series
from ._blocks import Block, number_text

PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"
TRACE_ID_LENGTH_AT_MOST = 100  # OpenMetrics allows an exemplar's labels 128 characters in all
# Characters that end a label or a line in some parsers; trace ids do not need them.
_NOT_IN_EXEMPLARS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *map(ord, '\\"')])
OPENMETRICS_TEXT = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def content_type_for(accept: str) -> str:
    """Return the content type of the answer: OpenMetrics if the scraper accepts it."""
    return OPENMETRICS_TEXT if "application/openmetrics-text" in accept else PROMETHEUS_TEXT


def render(families: Iterable[Family], content_type: str) -> bytes:
    """Return the body of a scrape. Families without series are left out."""
    return b"".join(rendered(families, content_type)) + ending(content_type)


def ending(content_type: str) -> bytes:
    """Return what follows the last family."""
    return b"# EOF\n" if content_type == OPENMETRICS_TEXT else b""


def rendered(families: Iterable[Family], content_type: str) -> Iterator[bytes]:
    """Yield the lines of families in pieces."""
    openmetrics = content_type == OPENMETRICS_TEXT
    for family in families:
        if not family.parts:
            continue
        total = "_total" if family.kind == "counter" else ""
        shown = family.name if openmetrics else family.name + total
        help_text = _escaped(family.help, openmetrics)
        yield f"# HELP {shown} {help_text}\n# TYPE {shown} {family.kind}\n".encode(errors="replace")
        name = family.name + total
        for part in family.parts:
            if isinstance(part, Block):
                yield part.rendered(name)
            else:
                # A lone surrogate in a name, which YAML can write, must not fail the scrape.
                yield _line(name, part, openmetrics).encode(errors="replace")


def _line(name: str, series: Series, openmetrics: bool) -> str:
    labels = f"{{{series.labels}}}" if series.labels or series.suffix else ""
    line = f"{name}{series.suffix}{labels} {number_text(series.value)}"
    if openmetrics and series.exemplar is not None:
        exemplar = series.exemplar
        trace_id = exemplar.trace_id[:TRACE_ID_LENGTH_AT_MOST].translate(_NOT_IN_EXEMPLARS)
        line += f' # {{trace_id="{trace_id}"}} {exemplar.seconds!r} {exemplar.timestamp:.3f}'
    return line + "\n"


def _escaped(text: str, openmetrics: bool) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if openmetrics else text
