"""Concept drift: whether errors are more, or larger, than on the reference, judged with each outcome."""

from dataclasses import dataclass

import numpy as np

from ..arrays import Floats
from ..config.schema import ModelConfig
from ..measures.performance import wilson
from ..measures.running_risk import advanced, bets_above, bets_below, log_factors, since_last_gain
from ..reference.reference import Reference
from .drift_kind import NO_DRIFT, DriftKind

MONTH, DAY = 30 * 86400.0, 86400.0
SHARE = 0.1
"""Of the model's false alarms a month."""
LARGEST_ERROR = 10.0
"""Mean absolute errors of the reference at which an error counts no further: the test needs bounded losses."""
UNKNOWN = float("nan")


@dataclass(frozen=True)
class ConceptDriftView:
    """The state of the test."""

    measure: str
    """What `limit` is a limit of: `error_ratio`, the share of wrong predictions, or `mean_absolute_error`."""
    limit: float
    """Above which concept drift is found; NaN if unknown."""
    drifted: float
    """1 or 0; NaN if the reference has no outcomes."""
    evidence: float
    """Evidence as a share of what an alarm takes; of recovery while the concept has drifted."""
    changed: float
    """Estimated time of the change as Unix seconds; NaN without one."""
    number: int
    """Changes found since the start."""
    kind: str = ""
    """One of `drift_kind.KINDS` while the concept has drifted; empty if it has not, or the outcomes do not show it."""
    began: float = UNKNOWN
    """Estimated time at which errors began to rise; NaN without drift."""


class ConceptDrift:
    """The sequential test, and after an alarm the same test of recovery. Guarded by the owner's lock."""

    BUILT = ("_limit", "_measure", "_rate", "_scale")

    def __init__(self, measure: str, limit: float, scale: float, false_alarms_per_month: float) -> None:
        self._measure, self._limit, self._scale = measure, limit, scale
        self._rate = false_alarms_per_month * SHARE
        self._drifted = False
        self._number = 0
        self._changed = self._last = UNKNOWN
        self._kind = DriftKind()
        self._begin()

    def _begin(self) -> None:
        n_bets = len(self._bets)
        self._evidence, self._gains = np.zeros(n_bets), np.zeros(n_bets)
        self._lowest = np.full(n_bets, np.nan)

    @property
    def _bets(self) -> Floats:
        return bets_below(self._limit) if self._drifted else bets_above(self._limit)

    def add(self, losses: Floats, now: float) -> None:
        """Add the losses of outcomes that became known by `now`: 1 for each wrong prediction, or absolute errors."""
        losses = losses[~np.isnan(losses)]
        if len(losses) == 0 or not 0 < self._limit < 1:
            return
        losses = np.minimum(losses / self._scale, 1.0)
        self._kind.add(losses, now)
        factor = log_factors(losses, self._limit, self._bets)
        # Stakes are paid by time, so that the evidence keeps to a number of false alarms a month.
        self._evidence = advanced(self._evidence, factor, self._elapsed(now) / MONTH)
        self._note_lowest(factor, now)
        self._last = now
        if self._share >= 1:
            self._alarm()

    def _elapsed(self, now: float) -> float:
        """Return the time since the last outcomes, at most a day: a pause proves nothing."""
        return 1.0 if np.isnan(self._last) else float(np.clip(now - self._last, 0.0, DAY))

    def _note_lowest(self, factor: Floats, now: float) -> None:
        """Remember when the stake of each bet was at its lowest: the likeliest time of a change."""
        self._gains, lowest_now = since_last_gain(self._gains, factor)
        began = now if np.isnan(self._last) else self._last
        self._lowest = np.where(lowest_now, now, np.where(np.isnan(self._lowest), began, self._lowest))

    @property
    def _share(self) -> float:
        # The mean over bets is evidence too, and needs no choice of the best one. At 1
        # the expected false alarms in a month reach the rate.
        return float(self._evidence.mean()) * self._rate

    def _alarm(self) -> None:
        strongest = int(np.argmax(self._evidence))
        self._drifted = not self._drifted
        # Recoveries are not counted.
        self._number += self._drifted
        earlier, self._changed = self._changed, float(self._lowest[strongest])
        if self._drifted:
            self._kind.drifted()
        else:
            self._kind.recovered(earlier, self._changed)
        self._begin()

    def view(self) -> ConceptDriftView:
        """Return the state."""
        known = 0 < self._limit < 1
        found = self._kind.view() if self._drifted else NO_DRIFT
        return ConceptDriftView(
            measure=self._measure,
            limit=self._limit * self._scale if known else UNKNOWN,
            drifted=float(self._drifted) if known else UNKNOWN,
            evidence=min(self._share, 1.0) if known else UNKNOWN,
            changed=self._changed,
            number=self._number,
            kind=found.kind,
            began=found.began,
        )


def concept_drift_of(config: ModelConfig, reference: Reference | None, regression: bool) -> ConceptDrift | None:
    """Return the test against the reference's performance; None if it has none."""
    known = reference.performance if reference else {}
    rate, tolerance = config.drift.false_alarms_per_month, config.performance
    if regression:
        error = known.get("mean_absolute_error", {}).get("", UNKNOWN)
        if not error > 0:
            return None
        # Losses are scaled to 0 to 1, so the limit on the mean error becomes a number below 1.
        limit = (1 + tolerance.error_tolerance) / LARGEST_ERROR
        return ConceptDrift("mean_absolute_error", limit, LARGEST_ERROR * error, rate)
    accuracy = known.get("accuracy_ratio", {}).get("", UNKNOWN)
    if reference is None or not accuracy >= 0:
        return None
    # What the reference shows is uncertain: its accuracy may be as low as its interval reaches.
    lowest = wilson(accuracy * reference.rows, reference.rows).lower
    return ConceptDrift("error_ratio", 1 - lowest + tolerance.accuracy_tolerance, 1.0, rate)
