"""Coverage: how many predictions get their outcome, by their age, and how many never will.

Predictions are counted by when they were made, their first outcomes by delay.
The share without an outcome after a delay is estimated by a life table: each
step of the delay from the predictions that are old enough to show it, so that
young predictions, whose outcome may still come, do not count as failures.

References
----------
Cutler and Ederer (1958), "Maximum utilization of the life table method",
Journal of Chronic Diseases 8(6):699-712; Kaplan and Meier (1958), JASA
53(282):457-481. The level at which the curve ends as the share that never
comes, and how long one has to wait to see it: Maller and Zhou (1992),
"Estimating the proportion of immunes in a censored sample", Biometrika
79(4):731-739.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..arrays import Counts, Floats

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
AGES = {"1h": HOUR, "1d": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
# Seconds; a share of outcomes is known at these delays only. Days up to a week, as labels often come by daily jobs.
BOUNDS: Floats = np.array([
    10, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY,
    *(days * DAY for days in (2, 3, 4, 5, 6, 7, 10, 14, 21, 30, 45, 60, 90, 120, 150, 180, 270, 365)),
])  # fmt: skip
# Predictions behind a step of the curve: with fewer, each one moves it by more than 2 points.
LEAST_MADE = 50
FOLLOW_UP_FACTOR = 2.0
"""The curve has to be seen for this many times the delay of 99 % of the outcomes, before its end means never."""
COMPLETE = 0.99


class Cohorts:
    """Predictions by when they were made, in slots of equal length, and their first outcomes by delay."""

    def __init__(self, slot_seconds: float, slots: int) -> None:
        self.slot_seconds, self._slots = slot_seconds, slots
        self._newest = -1
        self.made: Counts = np.zeros(slots, dtype=np.int64)
        self.joined: Counts = np.zeros((slots, len(BOUNDS) + 1), dtype=np.int64)

    def add(self, times: Floats) -> None:
        """Count predictions."""
        slots = self._slot_of(times)
        self._advance(int(slots.max()))
        # Older slots have been reused for newer times.
        held = slots > self._newest - self._slots
        self.made += np.bincount(slots[held] % self._slots, minlength=self._slots)

    def join(self, times: Floats, delays: Floats) -> None:
        """Count the first outcomes of predictions that were made at some times."""
        slots = self._slot_of(times)
        held = (slots > self._newest - self._slots) & (slots <= self._newest)
        cells = np.searchsorted(BOUNDS, delays[held], side="left")
        np.add.at(self.joined, (slots[held] % self._slots, cells), 1)

    def _slot_of(self, times: Floats) -> Counts:
        slots: Counts = np.floor_divide(times, self.slot_seconds).astype(np.int64)
        return slots

    def _advance(self, newest: int) -> None:
        if newest <= self._newest:
            return
        gone = np.arange(max(self._newest + 1, newest - self._slots + 1), newest + 1) % self._slots
        self.made[gone] = 0
        self.joined[gone] = 0
        self._newest = newest

    def ages(self, now: float) -> Floats:
        """Return the age of the youngest prediction that each slot may have, shape (slots,)."""
        places = np.arange(self._slots)
        numbers = self._newest - (self._newest - places) % self._slots
        ages: Floats = now - (numbers + 1).astype(np.float64) * self.slot_seconds
        return ages


@dataclass(frozen=True)
class CoverageView:
    """What is known of the delay of outcomes."""

    by_age: Mapping[str, float] = field(default_factory=dict)
    """Of the predictions between one and two times this age, the share whose outcome came before it."""
    never: float = float("nan")
    """The share whose outcome will probably never come; NaN until the curve has been seen for long enough."""


class Coverage:
    """Short delays in slots of minutes for two days, long ones in days for two years."""

    def __init__(self) -> None:
        # Twice the longest age that each answers for, as shares are of predictions between one and two
        # times an age. Two more slots: the newest is incomplete, the oldest may be.
        self._short = Cohorts(10 * MINUTE, 2 * 144 + 2)
        self._long = Cohorts(DAY, 2 * 365 + 2)
        self._expired_before = -np.inf

    def add(self, times: Floats) -> None:
        """Count predictions with an id."""
        if len(times):
            self._short.add(times)
            self._long.add(times)

    def join(self, times: Floats, delays: Floats) -> None:
        """Count first outcomes, by the time of their prediction and their delay."""
        self._short.join(times, delays)
        self._long.join(times, delays)

    def expired(self, before: float) -> int:
        """Return how many predictions without an outcome were made on days that ended before a time; each once."""
        ends = before - self._long.ages(before)
        due = (ends <= before) & (ends > self._expired_before)
        self._expired_before = max(self._expired_before, before)
        return int(self._long.made[due].sum() - self._long.joined[due].sum())

    def view(self, now: float) -> CoverageView:
        """Return what is known at an event time."""
        return CoverageView({name: self._share_at(age, now) for name, age in AGES.items()}, self._never(now))

    def _cohorts_for(self, age: float) -> Cohorts:
        return self._short if age <= DAY else self._long

    def _share_at(self, age: float, now: float) -> float:
        cohorts = self._cohorts_for(age)
        ages = cohorts.ages(now)
        of_age = (ages >= age) & (ages < 2 * age)
        made = cohorts.made[of_age].sum()
        cell = int(np.searchsorted(BOUNDS, age, side="left"))
        return float(cohorts.joined[of_age, : cell + 1].sum() / made) if made else float("nan")

    def _never(self, now: float) -> float:
        left, reached = self.survival(now)
        if not len(reached):
            return float("nan")
        came = 1.0 - left
        # The first delay by which 99 % of what ever came had come.
        usual = reached[np.argmax(came >= COMPLETE * came[-1])]
        return float(left[-1]) if reached[-1] >= FOLLOW_UP_FACTOR * usual else float("nan")

    def survival(self, now: float) -> tuple[Floats, Floats]:
        """Return the share of predictions without an outcome after each delay, and the delays, as far as known."""
        left, reached, share = [], [], 1.0
        for cell, bound in enumerate(BOUNDS.tolist()):
            cohorts = self._cohorts_for(bound)
            seen = cohorts.ages(now) >= bound
            made = int(cohorts.made[seen].sum())
            if made < LEAST_MADE:
                break
            at_risk = made - int(cohorts.joined[seen, :cell].sum())
            # The product-limit step of Kaplan and Meier; at risk are those without an outcome before this cell.
            share *= 1.0 - cohorts.joined[seen, cell].sum() / at_risk if at_risk else 0.0
            left.append(share)
            reached.append(bound)
        return np.array(left), np.array(reached)
