"""Event times and arrivals: how late samples arrive, how many come from the future, and wrong clocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...arrays import Counts, Floats
from ...reference.grid import Located
from ...samples.batch import Batch
from ...windows.latency import QUANTILES
from ...windows.ring import RollingWindow, add_counts
from .._base import DetectorKind, WatchedModel

CELLS_PER_OCTAVE = 8  # neighbouring cells differ by 9 %
LOWEST_OCTAVE, OCTAVES = -10, 40  # from 1 ms to 34 years
SIDE = CELLS_PER_OCTAVE * OCTAVES
N_LAGS = 2 * SIDE + 1  # ahead of arrival, at arrival, behind it
HALF_HOUR = 1800.0
SHIFTS = 28  # time zones differ from UTC by up to 14 hours
SHIFT_TOLERANCE_SECONDS = 90.0
N_SHIFTS = 2 * SHIFTS + 1
FUTURE, N_COUNTS = N_LAGS + N_SHIFTS, N_LAGS + N_SHIFTS + 1
FUTURE_SECONDS = 1.0  # smaller leads are clock resolution
SAMPLES_LOOKED_AT = 1024  # of the samples of a batch that share a slot; each stands for its neighbours
LEAST_SAMPLES = 20  # a wrong clock affects many samples or none
STEADY_SPREAD = 0.25  # of the median: between the first and last tenth of the lags of a wrong clock
SHIFT_SHARE = 0.9
GREATEST_SKEW_SECONDS = 15 * 3600.0  # samples later than any time zone are a backlog or a replay, not a wrong clock
LEAST_SKEW_SECONDS = 60.0
LEAST_FUTURE_RATIO = 0.01
LEAST_FUTURE_SAMPLES = 3


@dataclass(frozen=True, eq=False)
class EventTimesWindow:
    """The samples of one window that have a time."""

    counts: Counts

    @cached_property
    def samples(self) -> int:
        """Number of samples."""
        return int(self.counts[:N_LAGS].sum())

    @property
    def lags(self) -> dict[float, float]:
        """Seconds from event to arrival by quantile; negative if the event is ahead, NaN without samples."""
        return dict(zip(QUANTILES, self._at(np.array(QUANTILES)).tolist(), strict=True))

    @property
    def future_samples(self) -> int:
        """Samples whose event is ahead of their arrival."""
        return int(self.counts[FUTURE])

    @property
    def future_ratio(self) -> float:
        """Their share, NaN without samples."""
        return self.future_samples / self.samples if self.samples else float("nan")

    @cached_property
    def skew(self) -> float:
        """Seconds by which nearly all samples are off alike; 0 if they are not, NaN with too few samples."""
        if self.samples < LEAST_SAMPLES:
            return float("nan")
        first, median, last = self._at(np.array([0.1, 0.5, 0.9])).tolist()
        return float(median) if last - first <= STEADY_SPREAD * abs(median) else 0.0

    @cached_property
    def shift_hours(self) -> float:
        """Time zone by which nearly all samples are off, in hours; 0 if they are not, NaN with too few samples."""
        if self.samples < LEAST_SAMPLES:
            return float("nan")
        shifts = self.counts[N_LAGS:FUTURE]
        most = int(shifts.argmax())
        return (most - SHIFTS) / 2 if shifts[most] >= SHIFT_SHARE * self.samples else 0.0

    @property
    def problems(self) -> tuple[str, ...]:
        """Faults of the clocks: future, skew, time_zone."""
        found = []
        if self.future_samples >= LEAST_FUTURE_SAMPLES and self.future_ratio >= LEAST_FUTURE_RATIO:
            found.append("future")
        if abs(self.shift_hours) > 0:
            found.append("time_zone")
        elif LEAST_SKEW_SECONDS <= abs(self.skew) <= GREATEST_SKEW_SECONDS:
            found.append("skew")
        return tuple(found)

    def _at(self, shares: Floats) -> Floats:
        """Return the lags at some quantiles, interpolated inside their cell."""
        if self.samples == 0:
            return np.full(len(shares), np.nan)
        counts = self.counts[:N_LAGS]
        cumulative = np.cumsum(counts)
        ranks = shares * self.samples
        cells = np.searchsorted(cumulative, ranks, side="left")
        inside = (ranks - (cumulative[cells] - counts[cells])) / counts[cells]
        behind = 2.0 ** (LOWEST_OCTAVE + (cells - SIDE - 1 + inside) / CELLS_PER_OCTAVE)
        ahead = -(2.0 ** (LOWEST_OCTAVE + (SIDE - cells - inside) / CELLS_PER_OCTAVE))
        return np.where(cells == SIDE, 0.0, np.where(cells > SIDE, behind, ahead))


@dataclass(frozen=True, eq=False)
class EventTimesView:
    """Each window by its name."""

    windows: Mapping[str, EventTimesWindow]


class EventTimes:
    """Counts lags into cells: logarithmic ones, and one for each full half hour."""

    def __init__(self, watched: WatchedModel) -> None:
        self._windows = {window.name: RollingWindow(N_COUNTS, 0, window.seconds) for window in watched.windows}

    def prepare(self, batch: Batch, located: Located) -> Floats:
        """Return the lag of each sample, NaN for samples without a time."""
        return np.asarray(batch.arrived - batch.times)

    def add(self, prepared: Floats, times: Floats, now: float) -> None:
        """Count lags."""
        if np.isnan(prepared).all():
            return
        add_counts(list(self._windows.values()), lambda rows: _sampled(prepared[rows]), times, now)

    def view(self, now: float) -> EventTimesView:
        """Return the counts of each window."""
        return EventTimesView({name: EventTimesWindow(window.totals(now)[0]) for name, window in self._windows.items()})


def _sampled(lags: Floats) -> Counts:
    """Return the counts of many lags from some of them, evenly spaced."""
    step = 1 + len(lags) // SAMPLES_LOOKED_AT
    return lag_counts(lags[::step]) * step


def lag_counts(lags: Floats) -> Counts:
    """Return lags (shape (n,), NaN if unknown) as counts, shape (N_COUNTS,)."""
    known = lags[np.isfinite(lags)]
    counts = np.bincount(lag_cells(known), minlength=N_COUNTS)
    shifts = np.rint(known / HALF_HOUR)
    near = (np.abs(known - shifts * HALF_HOUR) <= SHIFT_TOLERANCE_SECONDS) & (shifts != 0) & (np.abs(shifts) <= SHIFTS)
    counts += np.bincount(shifts[near].astype(np.intp) + N_LAGS + SHIFTS, minlength=N_COUNTS)
    counts[FUTURE] += np.count_nonzero(known < -FUTURE_SECONDS)
    return counts


def lag_cells(lags: Floats) -> NDArray[np.intp]:
    """Return the cell of each lag; the middle cell holds lags below a millisecond."""
    with np.errstate(divide="ignore"):
        depth = np.floor((np.log2(np.abs(lags)) - LOWEST_OCTAVE) * CELLS_PER_OCTAVE)
    depth = np.clip(depth, -1, SIDE - 1).astype(np.intp) + 1
    return np.asarray(np.where(lags < 0, SIDE - depth, SIDE + depth))


KIND = DetectorKind("event_times", EventTimes)
