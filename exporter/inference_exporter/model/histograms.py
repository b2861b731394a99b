"""Histograms: a model's windows over the cells of its reference, their baselines, and their verdicts."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Counts, Floats, length_of
from ..config.schema import ModelConfig, Window
from ..detectors.attributions.importance import importances_of
from ..learning.baselines import KnownSeason, configured_season, shown_seasons
from ..measures.drift import Comparison
from ..reference.grid import Grid, Located
from ..reference.natural_variation import CHOSEN, NaturalVariation
from ..reference.reference import Reference
from ..verdict.budget import PARTS, significance_per_look
from ..verdict.comparing import Measuring
from ..verdict.decision import judge
from ..verdict.judging import Judging
from ..verdict.schedule import AlphaSpending, Budget, Verdict, WindowVerdict
from ..windows.ring import RollingWindow, stretches
from ..windows.seasons import Mixture
from .view import HistogramView


@dataclass(frozen=True, eq=False)
class Counted:
    """One window's counts, and the counts it is compared with (None: those of the reference)."""

    cells: Counts
    moments: Floats
    samples: int
    baseline: Counts | Floats | None
    fault: str | None
    """The reason if it cannot be compared."""
    arrived: float
    """Samples that the window ever received."""


class Histograms:
    """Counts are guarded by the monitor's lock; verdicts by a lock of their own."""

    BUILT = ("_last",)

    def __init__(self, reference: Reference, config: ModelConfig, windows: tuple[Window, ...]) -> None:
        self.grid = Grid(reference)
        self.measuring = Measuring(self.grid)
        self.judging = Judging(self.grid, self.measuring, config)
        self._importances = importances_of(self.grid, config)
        self._lengths = {window.name: window.seconds for window in windows}
        self.windows = {name: self._rolling(seconds) for name, seconds in self._lengths.items()}
        self.cells: Counts = np.zeros(self.grid.n_cells, dtype=np.int64)
        # A seasonal baseline explains the variation between the parts of the season, and nothing else.
        self._baseline, season = _baseline_of(self, config)
        self._variation = NaturalVariation.of(self.grid, season)
        self.look_lock = threading.Lock()
        drift = config.drift
        self._filled = dict.fromkeys(self._lengths, True)
        """Whether a window has enough samples for a verdict: only such windows are looked at, and share the budget."""
        self._false_alarms_per_month = drift.false_alarms_per_month
        # One purse for all windows: looks at any of them may raise the same alarm.
        self._purse = AlphaSpending(drift.false_alarms_per_month * PARTS["columns"])
        self._looks = {name: WindowVerdict(len(self.grid.columns), seconds) for name, seconds in self._lengths.items()}
        self._warm_up = drift.warm_up
        self._last: dict[str, Counted] = {}
        """What the last view of each window counted."""
        self._deployed_at = -np.inf

    def _rolling(self, seconds: float) -> RollingWindow:
        return RollingWindow(self.grid.n_cells, self.grid.n_sums, seconds)

    def add(self, located: Located, times: Floats, now: float) -> None:
        """Count a located batch in each window that still covers its samples."""
        # A rolling baseline is one more ring, so the batch is sorted into slots and counted once for all.
        every = [*self.windows.values(), *self._baseline.windows]
        for rows, held in stretches(every, times, now):
            counts = located.counts(rows, self.grid.n_cells)
            self.cells += counts
            # Sums are costlier than counts; for rows that are too old for every window nobody needs them.
            if held:
                sums = located.sums(rows)
            for window, slot in held:
                window.add(slot, counts, sums)
                window.received += length_of(rows)
        self._baseline.add(times, now)

    def deployed(self, at: float) -> None:
        """Start a warm-up without verdicts after a deployment at an event time."""
        self._deployed_at = max(self._deployed_at, at)

    def counted(self, name: str, now: float) -> Counted:
        """Return the counts of one window."""
        cells, moments = self.windows[name].totals(now)
        # Each sample falls into exactly one cell of each column, a missing value too, so any column counts them.
        samples = int(cells[: self.grid.columns[0].buckets.n_cells].sum())
        baseline, fault = self._baseline.counts(name, cells, now)
        enough = samples >= self.judging.minimum_samples
        self._filled[name] = enough
        if not enough:
            fault = "too_few_samples"
        elif self._is_warming_up(now):
            fault = "warming_up"
        return Counted(cells, moments, samples, baseline, fault, self.windows[name].received)

    def _is_warming_up(self, now: float) -> bool:
        return bool(self._deployed_at <= now < self._deployed_at + self._warm_up)

    def is_due(self, then: float, now: float) -> bool:
        """Return whether a window would be looked at, or a warm-up ends, though nothing came since the view `then`."""
        if self._is_warming_up(then) != self._is_warming_up(now):
            return True
        with self.look_lock:
            return any(
                looks.due(now, self._last[name].samples, self._last[name].arrived)
                or looks.ending(now, self._last[name].samples, self._last[name].arrived)
                for name, looks in self._looks.items()
                if name in self._last and self._last[name].fault is None
            )

    def view_of(self, name: str, counted: Counted, now: float) -> HistogramView:
        """Return a window with its verdict, after a look if one is due."""
        comparison = self.measuring.compare(counted.cells, counted.moments, counted.baseline)
        design = self._variation.design_effects(counted.samples, self._lengths[name])
        with self.look_lock:
            verdict, fault = self._looked(name, counted, comparison, design, now)
        return HistogramView(
            grid=self.grid,
            measuring=self.measuring,
            judging=self.judging,
            cells=counted.cells,
            moments=counted.moments,
            samples=counted.samples,
            comparison=comparison,
            verdict=verdict,
            significance=self.significance,
            design_effects=np.fmax.reduce([np.ones(len(self.grid.columns)), *design.values()]),
            importances=self._importances,
            fault=fault,
            baseline=counted.baseline,
            design=design,
            stretches=self._variation.stretches(counted.samples, self._lengths[name]),
            bands=self._variation.bands(counted.samples, self._lengths[name]),
            at=now - self._lengths[name] / 2 if self._baseline.of_reference else np.nan,
            length_seconds=self._lengths[name],
        )

    def view(self, name: str, now: float) -> HistogramView:
        """Return one window, for single-threaded use."""
        return self.view_of(name, self.counted(name, now), now)

    def _looked(
        self, name: str, counted: Counted, comparison: Comparison, design: Mapping[str, Floats], now: float
    ) -> tuple[Verdict, str | None]:
        looks = self._looks[name]
        self._last[name] = counted
        if counted.fault is not None:
            looks.forget()
            return looks.verdict, counted.fault
        # The order matters: paying has an effect, so only a look that is due may pay.
        paid = looks.due(now, counted.samples, counted.arrived) and self._purse.pay(self.significance, now)
        if paid or looks.ending(now, counted.samples, counted.arrived):
            stretches = self._variation.stretches(counted.samples, self._lengths[name])
            inputs = self.judging.inputs(counted.cells, comparison, counted.baseline, design, stretches)
            bands = self._variation.bands(counted.samples, self._lengths[name])
            judgement = judge(inputs, self.judging.thresholds, bands, self.significance, looks.memory, now)
            if paid:
                looks.take(judgement, now, counted.samples, counted.arrived, self.measuring.unjudged)
            else:
                looks.take_endings(judgement, now, counted.samples, self.measuring.unjudged)
        never = np.isnan(looks.verdict.at)
        return looks.verdict, "budget_spent" if never else None

    @property
    def significance(self) -> float:
        """What one look may spend now: windows that the traffic does not fill cost nothing."""
        lengths = [seconds for name, seconds in self._lengths.items() if self._filled[name]]
        return significance_per_look(self._false_alarms_per_month, lengths or list(self._lengths.values()))

    @property
    def budget(self) -> Budget:
        """The current false-alarm budget."""
        with self.look_lock:
            looks = {name: looks.number for name, looks in self._looks.items()}
            return Budget(self._false_alarms_per_month, self.significance, self._purse.spent, looks)


class _Fixed:
    """Compares windows with the reference itself."""

    windows: tuple[RollingWindow, ...] = ()
    of_reference = True
    """Whether the baseline is made of the reference's rows."""

    def add(self, times: Floats, now: float) -> None:
        """Nothing to keep."""

    def counts(self, name: str, cells: Counts, now: float) -> tuple[Counts | Floats | None, str | None]:
        """Return the counts that a window's cells are compared with, or the reason why they cannot be compared."""
        return None, None


class _Rolling(_Fixed):
    """Compares windows with the time before them."""

    of_reference = False

    def __init__(self, histograms: Histograms, length_seconds: float, minimum: int) -> None:
        self._histograms = histograms
        self._minimum = minimum
        self.windows = (RollingWindow(histograms.grid.n_cells, histograms.grid.n_sums, length_seconds),)

    def counts(self, name: str, cells: Counts, now: float) -> tuple[Counts | Floats | None, str | None]:
        """Return the counts of the baseline minus those of the window itself."""
        totals, _ = self.windows[0].totals(now)
        # A longer ring forgets in longer steps, so it can have lost samples that the window still holds.
        before = np.maximum(totals - cells, 0)
        samples = int(before[: self._histograms.grid.columns[0].buckets.n_cells].sum())
        return before, None if samples >= self._minimum else "filling_baseline"


class _Seasonal(_Fixed):
    """Compares windows with the reference of the same hours, days, months or holidays."""

    BUILT = ("_mixture", "_seasons")

    def __init__(self, histograms: Histograms, known: Sequence[KnownSeason]) -> None:
        self._seasons = [season for season, _ in known]
        counts = [of_parts for _, of_parts in known]
        self._mixture = Mixture(histograms.grid.reference_counts(), histograms.grid.starts, counts)
        # How many samples of each window fall into each part of a season.
        self._weights = {
            name: [RollingWindow(season.n_parts, 0, window.length_seconds) for season in self._seasons]
            for name, window in histograms.windows.items()
        }

    def add(self, times: Floats, now: float) -> None:
        """Count the samples of each part of each season."""
        for place, season in enumerate(self._seasons):
            parts = season.part_of(times)
            for rows, held in stretches([weights[place] for weights in self._weights.values()], times, now):
                counts = np.bincount(parts[rows], minlength=season.n_parts)
                for window, slot in held:
                    window.add(slot, counts, np.empty(0))

    def counts(self, name: str, cells: Counts, now: float) -> tuple[Counts | Floats | None, str | None]:
        """Return the mixture expected for a window's samples."""
        if not self._seasons:
            return None, "no_seasons_in_reference"
        weights = [window.totals(now)[0] for window in self._weights[name]]
        # An empty window has no season. It gets no verdict either, for lack of samples.
        if weights[0].sum() == 0:
            return None, None
        return self._mixture.of(weights), None


def _baseline_of(histograms: Histograms, config: ModelConfig) -> tuple[_Fixed, str | None]:
    """Return the baseline, and the key of what it leaves of natural variation."""
    drift, reference = config.drift, histograms.grid.reference
    if drift.baseline == "rolling":
        return _Rolling(histograms, drift.rolling, config.learning.samples), None
    if drift.baseline == "reference":
        return _Fixed(), None
    if drift.baseline != "auto":
        return _Seasonal(histograms, configured_season(reference, drift.baseline)), drift.baseline
    # Seasons are chosen while learning, from columns that follow them clearly.
    known = shown_seasons(reference, drift.holidays)
    return (_Seasonal(histograms, known), CHOSEN) if known else (_Fixed(), None)
