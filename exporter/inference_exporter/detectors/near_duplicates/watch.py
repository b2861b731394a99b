"""Near-duplicates in each window, and near-duplicates with different predictions: floods of copies, and probing."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...arrays import Counts, Floats
from ...reference.grid import Located
from ...samples.batch import Batch
from ...windows.ring import RollingWindow, stretches
from .._base import DetectorKind, WatchedModel
from .collisions import WIDTH, Alike, Keys, as_share, chances, flip_ratio, flips
from .learn import RECORD, TRAIT, Learned

SHARE = 0.1  # of the traffic that copies or probes must make up at least
REACHES = 2.0  # as a multiple of how far stretches of the reference leave its mean


@dataclass(frozen=True)
class RepeatsInWindow:
    """One window; unknown values are NaN."""

    samples: int
    near_duplicate_ratio: float
    flood: float
    flip_ratio: float
    probing: float


@dataclass(frozen=True)
class RepeatsView:
    """Each window by name, and the shares expected from the reference."""

    windows: Mapping[str, RepeatsInWindow]
    near_duplicate_expected_ratio: float
    flip_expected_ratio: float
    """NaN if predictions are not classes, or rows of the reference are hardly ever alike."""


@dataclass(frozen=True)
class Reach:
    """How far stretches of this many rows of the reference leave the probabilities of the whole, shape (k,)."""

    rows: int
    alike: Floats
    flipped: Floats


class RepeatsDetector:
    """Counts the keys of samples in windows."""

    def __init__(self, watched: WatchedModel, learned: Learned) -> None:
        self._alike = Alike(watched.grid)
        self._expected_alike, self._expected_flipped = np.array(learned.alike), np.array(learned.flipped)
        self._reaches = [
            Reach(each["rows"], np.array(each["alike"]), np.array(each["flipped"])) for each in learned.stretches
        ]
        self._flip_ratio = np.nan if learned.flip_ratio is None else learned.flip_ratio
        n_counts = self._alike.n_tables * WIDTH
        self._windows = {window.name: RollingWindow(n_counts, 0, window.seconds) for window in watched.windows}

    def prepare(self, batch: Batch, located: Located) -> Keys:
        """Return the keys of the samples."""
        return self._alike.keys(located)

    def add(self, prepared: Keys, times: Floats, now: float) -> None:
        """Count keys in each window that covers them."""
        for rows, held in stretches(list(self._windows.values()), times, now):
            counts = self._alike.count(prepared[:, rows])
            for window, slot in held:
                window.add(slot, counts, np.zeros(0))

    def view(self, now: float) -> RepeatsView:
        """Return each window with its expectation."""
        return RepeatsView(
            {name: self._in_window(window.totals(now)[0]) for name, window in self._windows.items()},
            float(as_share(self._expected_alike)[0]),
            self._flip_ratio,
        )

    def _in_window(self, counts: Counts) -> RepeatsInWindow:
        samples = int(counts.sum()) // self._alike.n_tables
        reach = next((each for each in reversed(self._reaches) if each.rows <= samples), None)
        if reach is None:
            return RepeatsInWindow(samples, np.nan, np.nan, np.nan, np.nan)
        alike = chances(counts)
        flipped = flips(alike)[1]
        probing = _exceeds(flipped - self._expected_flipped, reach.flipped, SHARE**2 / 2)
        return RepeatsInWindow(
            samples=samples,
            near_duplicate_ratio=float(as_share(alike)[0]),
            flood=float(_exceeds(alike[:1] - self._expected_alike, reach.alike, SHARE**2)),
            flip_ratio=flip_ratio(alike, samples) if len(flipped) else np.nan,
            # If probes lie on both sides of the border, half of their pairs have different predictions.
            probing=float(probing) if len(flipped) else np.nan,
        )


def _exceeds(away: Floats, reach: Floats, least: float) -> bool:
    """Return whether a probability exceeds all stretches of the reference, and by at least this much."""
    return bool((away >= REACHES * reach + least).any())


def _build(watched: WatchedModel) -> RepeatsDetector | None:
    learned = RECORD.of(watched.grid.reference)
    if learned is None or learned.tables != Alike(watched.grid).n_tables:
        return None
    return RepeatsDetector(watched, learned)


KIND = DetectorKind("repeats", _build, (TRAIT,))
