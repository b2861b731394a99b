"""Realised performance of one model: remembered predictions, joined outcomes, and their totals in windows."""

from collections.abc import Sequence

import numpy as np

from ..arrays import Column, Floats
from ..config.schema import ModelConfig, OutcomesConfig, Window
from ..evaluation.found import Found
from ..measures.performance import ClassificationTotals, RegressionTotals
from ..reference.reference import Reference
from ..samples.batch import Batch
from ..samples.ids import present
from ..values.kinds import is_numeric
from ..windows.ring import RollingWindow, stretches
from .breakdowns import Breakdown, Breakdowns
from .concept_drift import ConceptDrift
from .coverage import Coverage
from .details import Details, detail_of
from .error_check import error_checks
from .estimate_check import EstimateCheck
from .matured import MaturedPerformance
from .memory import Pool
from .outcomes import JoinStatistics, OutcomeJoin
from .part_views import PerformanceView
from .performance_totals import Accumulator, ClassificationAccumulator, RegressionAccumulator
from .settling import Joined, JoinResult, Waiting
from .traffic import DurationHistogram

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
# From outcomes that are part of the response to chargebacks, which take up to three months.
DELAY_BOUNDS = (1.0, 10.0, MINUTE, 600.0, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY)


def accumulator_of(config: ModelConfig, reference: Reference | None, batch: Batch) -> Accumulator:
    """Return a accumulator for the task: as configured, as in the reference, or as the first predictions suggest.

    Without a reference, numbers are quantities unless scores come with them: a
    single first prediction of 3 would look like a class.
    """
    task = config.task if config.task != "auto" else (reference.task if reference else "auto")
    if task == "auto":
        classes = bool(batch.scores) or (batch.prediction is not None and not is_numeric(batch.prediction))
        task = "classification" if classes else "regression"
    if task == "regression":
        return RegressionAccumulator(len(reference.of_group("feature") if reference else batch.features))
    # Known classes get the first indices, in the same order after each restart.
    predictions = reference.of_group("prediction") if reference else []
    known = dict.fromkeys(getattr(predictions[0].buckets, "categories", ()) if predictions else ())
    known.update(dict.fromkeys(column.name for column in (reference.of_group("score") if reference else [])))
    return ClassificationAccumulator(sorted(known))


class Performance:
    """Created with the first prediction that has an id. Guarded by its monitor's lock."""

    STATE_VERSION = 3  # 2: sums of squares, for intervals; 3: coverage, and windows by time of prediction
    breakdowns: Breakdowns | None = None  # state of an earlier release has none
    _details: Details | None = None
    """Made with the first outcomes; state of an earlier release has none yet."""

    def __init__(
        self,
        accumulator: Accumulator,
        config: OutcomesConfig,
        windows: tuple[Window, ...],
        memory: Pool | None = None,
        breakdowns: Sequence[Breakdown] = (),
        concept: ConceptDrift | None = None,
        check: EstimateCheck | None = None,
    ) -> None:
        self.accumulator = accumulator
        self.breakdowns = Breakdowns(breakdowns, windows, accumulator.n_scores) if breakdowns else None
        width = self.breakdowns.width if self.breakdowns else 0
        self._join = OutcomeJoin(config.remember, accumulator.n_scores + width, memory)
        self._coverage = Coverage()
        self._matured = MaturedPerformance(accumulator, windows, config.maturity, config.remember)
        self._windows = {
            window.name: RollingWindow(accumulator.n_counts + 1, accumulator.n_sums, window.seconds)
            for window in windows
        }
        self._delays = DurationHistogram(DELAY_BOUNDS)
        self._reached = -np.inf
        self._details = None
        self._confusion: dict[tuple[int, int], int] = {}
        self.last_outcome = float("nan")
        self._concept, self._check = concept, check

    def remember(self, batch: Batch, times: Floats, *, kept_seconds: float | None = None) -> list[str]:
        """Keep the predictions of a batch that have an id; returns the ids.

        `kept_seconds` is how long the evaluation store keeps them, None without a store.
        """
        assert batch.ids is not None
        names, rows = present(batch.ids)
        unknown: Column = np.full(batch.size, np.nan)
        prediction = self.accumulator.encode_predictions(unknown if batch.prediction is None else batch.prediction)
        scores = self.accumulator.encode_scores(batch.scores, batch.size)
        if self.breakdowns is not None:
            scores = self.breakdowns.encode(scores, batch)
        is_stored = kept_seconds is not None
        self._join.remember(names, prediction[rows], scores[rows], times[rows], is_stored=is_stored)
        self._coverage.add(times[rows])
        # Only with a store: without, leaving the ring is what expires a prediction.
        if kept_seconds is not None and names:
            # Below 0 in a fleet, where outcomes of others' predictions are joined too.
            self._join.expire(max(self._coverage.expired(float(times[rows].max()) - kept_seconds), 0))
        return names

    def join(self, ids: Sequence[str], outcomes: Floats, times: Floats, now: float) -> JoinResult:
        """Join outcomes (encoded) to remembered predictions."""
        self._reach(now)
        return self._booked(self._join.join(ids, outcomes, times, now), now)

    def recall(self, ids: Sequence[str]) -> Floats:
        """Return when the remembered predictions with some ids were made; NaN where none is remembered."""
        return self._join.recall(ids)

    def know(self, ids: Sequence[str], outcomes: Floats, joined: Floats) -> None:
        """Take over what a fleet knows of the outcomes (encoded) of remembered predictions."""
        self._join.know(ids, outcomes, joined)

    def join_stored(self, found: Found, outcomes: Floats, times: Floats, now: float, repeated: int) -> JoinResult:
        """Join outcomes (encoded), one for each prediction that was found in the evaluation store."""
        self._reach(now)
        waiting = Waiting(
            self.accumulator.encode_predictions(found.prediction),
            self.accumulator.encode_scores(found.scores, len(found.rows)),
            found.times,
            self.accumulator.encode_outcomes(found.outcome),
            found.joined,
        )
        return self._booked(self._join.join_stored(waiting, outcomes, times, now, repeated), now)

    def _reach(self, now: float) -> None:
        if now < self._reached:
            self._join.forget_after(now)
        self._reached = now

    def _booked(self, result: JoinResult, now: float) -> JoinResult:
        self._book(result.added, now, 1)
        self._book(result.retracted, now, -1)
        self._matured.book(self.accumulator, result.added, 1, now)
        self._matured.book(self.accumulator, result.retracted, -1, now)
        first = result.added.predicted[result.first]
        self._coverage.join(first, result.added.delays[result.first])
        # Counters cannot decrease: they count the first outcome of a prediction, but no corrections.
        self._delays.add(np.maximum(result.added.delays[result.first], 0.0))
        self._count_pairs(result.added.outcome[result.first], result.added.prediction[result.first])
        if self._check is not None:
            self._check.book(result.added, now, 1)
            self._check.book(result.retracted, now, -1)
        if self._concept is not None:
            # First outcomes only: the evidence of a sequential test cannot be taken back.
            self._concept.add(self._losses(result.added.outcome, result.added.prediction)[result.first], now)
        return result

    def _losses(self, outcome: Floats, prediction: Floats) -> Floats:
        """Return 1 for each wrong class, or the absolute error; a row without prediction has NaN."""
        if isinstance(self.accumulator, RegressionAccumulator):
            with np.errstate(over="ignore"):
                return np.abs(prediction - outcome)
        return np.where(np.isnan(prediction), np.nan, prediction != outcome)

    def _count_pairs(self, outcome: Floats, prediction: Floats) -> None:
        decided = ~np.isnan(prediction)
        if not isinstance(self.accumulator, ClassificationAccumulator) or not decided.any():
            return
        pairs = np.stack([outcome[decided], prediction[decided]], axis=1).astype(int)
        unique, counts = np.unique(pairs, axis=0, return_counts=True)
        for (came, predicted), count in zip(unique.tolist(), counts.tolist(), strict=True):
            self._confusion[came, predicted] = self._confusion.get((came, predicted), 0) + count

    def _book(self, joined: Joined, now: float, sign: int) -> None:
        if len(joined.outcome) == 0:
            return
        if self.breakdowns is not None:
            self.breakdowns.advance(now)
        if self._details is None:
            seconds = {name: window.length_seconds for name, window in self._windows.items()}
            self._details = Details(detail_of(self.accumulator, joined.outcome), seconds)
        self._details.advance(now)
        names = {id(window): name for name, window in self._windows.items()}
        for rows, held in stretches(list(self._windows.values()), joined.times, now):
            if not held:
                continue
            part = joined.take(rows)
            slots = [(names[id(window)], slot) for window, slot in held]
            if self.breakdowns is not None:
                self.breakdowns.book(part, slots, sign)
            self._details.book(part, slots, sign)
            scores = part.scores[:, : self.accumulator.n_scores]
            counts, sums = self.accumulator.add_up(part.prediction, part.outcome, scores)
            # The last count is the number of outcomes, those without a prediction included.
            counts = sign * np.append(counts, len(joined.outcome[rows]))
            for window, slot in held:
                window.add(slot, counts, sign * sums)

    def window(self, name: str, now: float) -> tuple[int, ClassificationTotals | RegressionTotals]:
        """Return the number of joined outcomes in a window, and their totals."""
        counts, sums = self._windows[name].totals(now)
        totals = self.accumulator.totals(counts[:-1], sums)
        return int(counts[-1]), self._details.completed(totals, name, now) if self._details else totals

    def matured(self, name: str, now: float) -> tuple[int, ClassificationTotals | RegressionTotals]:
        """Return the same for predictions that were made in a window which ended `outcomes.maturity` ago."""
        self._matured.mature(self.accumulator, now)
        counts, sums = self._matured.window(name, now)
        return int(counts[-1]), self.accumulator.totals(counts[:-1], sums)

    def reclaim(self) -> None:
        """Take the shared memory that a restored model holds."""
        self._join.reclaim()

    def release(self) -> None:
        """Return shared memory; the model is no longer watched."""
        self._join.release()

    def view(self, now: float) -> PerformanceView:
        """Return the counts since the start, and the coverage at an event time."""
        return PerformanceView(
            self._join.statistics, self._delays.view(), self._named_confusion(), self.last_outcome,
            self._coverage.view(now), self._matured.dropped, self._concept.view() if self._concept else None,
            self._check.view(now) if self._check else error_checks(self.breakdowns, list(self._windows), now),
        )  # fmt: skip

    @property
    def folded(self) -> int:
        """Number of classes that share a label value because there are too many."""
        return self.accumulator.classes.folded if isinstance(self.accumulator, ClassificationAccumulator) else 0

    def _named_confusion(self) -> dict[tuple[str, str], int]:
        """First outcomes since the start by (outcome, prediction). Corrections do not undo them."""
        if not isinstance(self.accumulator, ClassificationAccumulator):
            return {}
        names = self.accumulator.classes.names
        return {(names[a], names[b]): count for (a, b), count in sorted(self._confusion.items())}


def no_outcomes() -> PerformanceView:
    """Return the view of a model whose predictions have no ids."""
    return PerformanceView(JoinStatistics(), DurationHistogram(DELAY_BOUNDS).view(), {})
