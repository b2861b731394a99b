"""Writes the scrapes of a replay as OpenMetrics with timestamps, for ``promtool tsdb create-blocks-from``."""

from pathlib import Path
from typing import IO

from ..errors import ReplayFault
from ..exposition._blocks import number_text
from .scrapes import FamilyPoints, Scrapes


def write_openmetrics(scrapes: Scrapes, path: Path) -> int:
    """Write all families, with each series' points together as OpenMetrics 1.0 requires; returns the number of points.

    Raises
    ------
    ReplayFault
        If the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", errors="replace") as file:
            # Series by series, not scrape by scrape: OpenMetrics forbids to interleave the points of series.
            points = sum(_write(name, family, file) for name, family in scrapes.families.items())
            file.write("# EOF\n")
    except OSError as error:
        raise ReplayFault(f"{path}: cannot be written: {error.strerror}") from error
    return points


def _write(name: str, family: FamilyPoints, file: IO[str]) -> int:
    help_text = family.help.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
    file.write(f"# HELP {name} {help_text}\n# TYPE {name} {family.kind}\n")
    points = 0
    for series, text, times, values in family.read():
        head = f"{series}{{{text}}} "
        file.writelines(
            f"{head}{number_text(value)} {time:.3f}\n"
            for time, value in zip(times.tolist(), values.tolist(), strict=True)
        )
        points += len(times)
    return points
