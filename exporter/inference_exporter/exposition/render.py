"""Rendering of families as Prometheus text (0.0.4) or OpenMetrics 1.0.

Written by hand because prometheus-client's writer is about 35 times slower for
thousands of series; the tests check the output with prometheus-client's parsers.
"""

from collections.abc import Iterable

from ._base import Family, Series

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
    openmetrics = content_type == OPENMETRICS_TEXT
    lines: list[str] = []
    for family in families:
        if not family.series:
            continue
        total = "_total" if family.kind == "counter" else ""
        shown = family.name if openmetrics else family.name + total
        lines.append(f"# HELP {shown} {_escaped(family.help, openmetrics)}")
        lines.append(f"# TYPE {shown} {family.kind}")
        if family.kind == "histogram":
            lines += [_histogram_line(family.name, series, openmetrics) for series in family.series]
        else:
            name = family.name + total
            lines += [
                f"{name}{{{labels}}} {value!r}" if labels else f"{name} {value!r}"
                for _, labels, value, _ in family.series
            ]
    # A value ends its line and labels contain no line breaks, so this rewrites values only.
    text = (
        "\n".join([*lines, ""]).replace(" nan\n", " NaN\n").replace(" inf\n", " +Inf\n").replace(" -inf\n", " -Inf\n")
    )
    # A lone surrogate in a name, which YAML can write, must not fail the scrape.
    return (text + ("# EOF\n" if openmetrics else "")).encode(errors="replace")


def _histogram_line(name: str, series: Series, openmetrics: bool) -> str:
    line = f"{name}{series.suffix}{{{series.labels}}} {series.value!r}"
    if openmetrics and series.exemplar is not None:
        exemplar = series.exemplar
        trace_id = exemplar.trace_id[:TRACE_ID_LENGTH_AT_MOST].translate(_NOT_IN_EXEMPLARS)
        line += f' # {{trace_id="{trace_id}"}} {exemplar.seconds!r} {exemplar.timestamp:.3f}'
    return line


def _escaped(text: str, openmetrics: bool) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if openmetrics else text
