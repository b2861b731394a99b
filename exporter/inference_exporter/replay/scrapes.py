"""Scrapes: the series that Prometheus would have scraped at each look, kept on disk until they are written."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from .. import __version__
from ..arrays import Floats
from ..exposition import GROUPS
from ..exposition._base import Families, Family, gauge, joined, labels
from ..exposition.own import collector_families
from ..model.view import ModelView

JOB = "inference-exporter"
# 20 bytes a point; a float32 would not hold a counter of millions.
_POINT = np.dtype([("series", "<u4"), ("time", "<f8"), ("value", "<f8")])

Wanted = Callable[[str], bool]
"""Returns whether a series with this name is kept."""


@dataclass
class FamilyPoints:
    """The points of one family: its series, and a file of their values and times."""

    kind: str
    help: str
    file: IO[bytes]
    series: dict[tuple[str, str], int] = field(default_factory=dict)
    """Place by name and labels."""

    def read(self) -> Iterator[tuple[str, str, Floats, Floats]]:
        """Yield name, labels, times and values of each series, in order of appearance."""
        self.file.flush()
        self.file.seek(0)
        points = np.frombuffer(self.file.read(), dtype=_POINT)
        # Stable, so that the points of a series stay in order of time.
        points = points[np.argsort(points["series"], kind="stable")]
        bounds = np.searchsorted(points["series"], np.arange(len(self.series) + 1))
        for (name, text), first, end in zip(self.series, bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            yield name, text, points["time"][first:end], points["value"][first:end]


class Scrapes:
    """Builds the families of each look like a scrape, and keeps their points in files of a folder.

    Parameters
    ----------
    folder : Path
        For temporary files; only the names of series are in memory.
    instance : str
        The label that a scrape of the sidecar would have.
    wanted : callable
    """

    def __init__(self, folder: Path, instance: str, wanted: Wanted = lambda name: True) -> None:
        self._folder = folder
        self._target = labels(job=JOB, instance=instance)
        self._wanted = wanted
        self.families: dict[str, FamilyPoints] = {}
        # As in a scrape, families may depend on earlier ones.
        self._groups = [group.remembering() if group.remembering else group.families for group in GROUPS.values()]

    def look(self, now: float, views: Sequence[ModelView], changed: bool) -> None:
        """Scrape once."""
        for family in _families(views, self._groups):
            self._keep(family, now)

    def _keep(self, family: Family, now: float) -> None:
        total = "_total" if family.kind == "counter" else ""
        rows = [
            (family.name + total + suffix, text, value)
            for suffix, text, value, _ in family.series
            if self._wanted(family.name + total + suffix)
        ]
        if not rows:
            return
        kept = self.families.get(family.name)
        if kept is None:
            file = (self._folder / f"{len(self.families)}.points").open("w+b")
            kept = self.families[family.name] = FamilyPoints(family.kind, family.help, file)
        points = np.empty(len(rows), dtype=_POINT)
        points["series"] = [
            kept.series.setdefault((name, joined(self._target, text)), len(kept.series)) for name, text, _ in rows
        ]
        points["time"] = now
        points["value"] = [value for _, _, value in rows]
        kept.file.write(points.tobytes())

    def close(self) -> None:
        """Close the files."""
        for family in self.families.values():
            family.file.close()


def _families(views: Sequence[ModelView], groups: Sequence[Families]) -> Iterator[Family]:
    for families in groups:
        yield from families(views)
    # About the exporter itself, only what a replay knows: that it was up and healthy.
    for name, help_text, text in (
        ("up", "1 if the scrape succeeded.", ""),
        ("inference_exporter_build_info", "1; version of the exporter and of Python.", labels(version=__version__)),
        (
            "inference_exporter_config_last_reload_successful",
            "1 if the last load succeeded.",
            "",
        ),
    ):
        family = gauge(name, help_text)
        family.add(text, 1.0)
        yield family
    yield from collector_families(dict.fromkeys(GROUPS, 0.0), dict.fromkeys(GROUPS, True))
