"""Traffic: requests, errors, latency and service levels of one model since the start and per window."""

from collections.abc import Mapping

import numpy as np

from ..arrays import Counts, Floats
from ..config.schema import Window
from ..config.slo import SloConfig
from ..samples.batch import Batch
from ..windows import latency
from ..windows.ring import RollingWindow, stretches
from .part_views import Exemplar, LatencyHistogram, SloView, TrafficView

# 4xx count as errors too: for a model server, a request that it could not read is often a changed schema.
ERROR_CODE = 400
STAGES_AT_MOST = 20
LONGEST_SECONDS = 1e9  # 32 years; a sum with 1e300 in it would never grow again
SAMPLES, ERRORS, LATENCY = 0, 1, 2  # places of a window's counts


class DurationHistogram:
    """Counts durations into the buckets of a Prometheus histogram."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts: Counts = np.zeros(len(bounds) + 1, dtype=np.int64)
        self._total = 0.0
        self._exemplars: dict[int, Exemplar] = {}

    def add(self, seconds: Floats) -> None:
        """Count durations, shape (n,), without NaN."""
        # "left", the default: a bound belongs to its bucket, as `le` says.
        self._counts += np.bincount(np.searchsorted(self._bounds, seconds), minlength=len(self._counts))
        self._total += float(np.minimum(seconds, LONGEST_SECONDS).sum())

    def keep_exemplar(self, exemplar: Exemplar) -> None:
        """Let a request represent its bucket, in place of the previous one."""
        self._exemplars[int(np.searchsorted(self._bounds, exemplar.seconds))] = exemplar

    def view(self) -> LatencyHistogram:
        """Return the histogram."""
        return LatencyHistogram(self._bounds, self._counts.copy(), self._total, dict(self._exemplars))


class Traffic:
    """Counts what operators need to know about requests. Guarded by its monitor's lock."""

    def __init__(self, slo: SloConfig, windows: tuple[Window, ...]) -> None:
        self._slo = slo
        n_counts = LATENCY + latency.N_CELLS
        self._windows = {window.name: RollingWindow(n_counts, 0, window.seconds) for window in windows}
        by_length = sorted(windows, key=lambda window: window.seconds)
        self._shortest, self._longest = (self._windows[window.name] for window in (by_length[0], by_length[-1]))
        self._requests: dict[int, int] = {}
        # The configured threshold is one of the bounds, so that the SLO is exact and not interpolated.
        self._latency = DurationHistogram(latency.bounds_with(slo.latency.threshold))
        self._stages: dict[str, DurationHistogram] = {}
        self._latency_events = 0
        self._latency_good = 0
        self.last_sample = float("nan")
        self.first_time = float("nan")
        self.late_samples = 0
        self.rewound_samples = 0
        self.folded = 0

    def add(self, batch: Batch, times: Floats, now: float, wall: float) -> None:
        """Count a batch with event times `times`; `now` is the current event time."""
        # A sample without a code was answered, or there would be no prediction to send.
        codes = np.full(batch.size, 200) if batch.codes is None else np.array(batch.codes, dtype=np.int64)
        by_code = np.bincount(codes)
        for code in np.flatnonzero(by_code).tolist():
            self._requests[code] = self._requests.get(code, 0) + int(by_code[code])
        self.last_sample = wall
        self.first_time = float(np.fmin(self.first_time, times.min()))
        timed = None
        if batch.latency_seconds is not None:
            timed = ~np.isnan(batch.latency_seconds)
            self._add_latency(batch, batch.latency_seconds, timed, wall)
        for stage, seconds in batch.stages.items():
            self._add_stage(stage, seconds[~np.isnan(seconds)])
        cells = np.full(batch.size, -1) if timed is None else _latency_cells(batch.latency_seconds, timed)
        self._note_rewound(now)
        # Late until a slot of the shortest window takes it, below.
        self.late_samples += batch.size
        for rows, held in stretches(list(self._windows.values()), times, now):
            counts = _counts(codes[rows], cells[rows])
            for window, slot in held:
                window.add(slot, counts, np.empty(0))
                if window is self._shortest:
                    self.late_samples -= int(counts[SAMPLES])

    def _note_rewound(self, now: float) -> None:
        """Count the samples that leave every window because the clock was set back."""
        lost = self._longest.beyond(now)
        if lost is not None:
            self.rewound_samples += int(lost[SAMPLES])

    def _add_latency(self, batch: Batch, seconds: Floats, timed: Floats, wall: float) -> None:
        known = seconds[timed]
        self._latency.add(known)
        self._latency_events += len(known)
        self._latency_good += int(np.count_nonzero(known <= self._slo.latency.threshold))
        if batch.trace_ids is not None:
            for trace_id, value in zip(batch.trace_ids, seconds.tolist(), strict=True):
                if trace_id and value == value:  # NaN differs from itself
                    self._latency.keep_exemplar(Exemplar(trace_id, value, wall))

    def _add_stage(self, stage: str, seconds: Floats) -> None:
        if stage not in self._stages:
            if len(self._stages) >= STAGES_AT_MOST:
                self.folded += 1
                return
            self._stages[stage] = DurationHistogram(latency.DEFAULT_BOUNDS)
        self._stages[stage].add(seconds)

    def window(self, name: str, now: float) -> tuple[int, int, Counts]:
        """Return samples, errors and latency cells of a window."""
        self._note_rewound(now)
        counts, _ = self._windows[name].totals(now)
        return int(counts[SAMPLES]), int(counts[ERRORS]), counts[LATENCY:]

    def view(self) -> TrafficView:
        """Return the counts since the start."""
        return TrafficView(
            requests=dict(self._requests),
            latency=self._latency.view(),
            stages={name: histogram.view() for name, histogram in self._stages.items()},
            slos=self._slos(),
            first_time=self.first_time,
            last_sample=self.last_sample,
            late_samples=self.late_samples,
            rewound_samples=self.rewound_samples,
        )

    def _slos(self) -> Mapping[str, SloView]:
        """Events and good events of each service level since the start."""
        events = sum(self._requests.values())
        good = sum(count for code, count in self._requests.items() if code < ERROR_CODE)
        return {
            "availability": SloView(self._slo.availability, events, good),
            "latency": SloView(self._slo.latency.objective, self._latency_events, self._latency_good),
        }


def _latency_cells(seconds: Floats | None, timed: Floats) -> Counts:
    assert seconds is not None
    # 1 s stands in for unknown latencies and is masked again: the logarithm of NaN would warn.
    return np.where(timed, latency.locate(np.where(timed, seconds, 1.0)), -1)


def _counts(codes: Counts, cells: Counts) -> Counts:
    # Unknown latencies, -1, are counted in the place before the first cell, which is written next.
    counts = np.bincount(cells + LATENCY, minlength=LATENCY + latency.N_CELLS)
    counts[SAMPLES] = len(codes)
    counts[ERRORS] = np.count_nonzero(codes >= ERROR_CODE)
    return counts
