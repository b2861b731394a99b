"""Looks: when a window is judged, what that costs, and how a verdict persists between two looks.

A verdict computed anew at every scrape could be wrong at every scrape. Here a
window is looked at as often as enough of its samples are new, each look is paid for from
the model's false-alarm budget, and the verdict holds until the next look.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..measures.evidence import TESTS
from .budget import GROWTH, LEAST_NEW, BudgetAccount, pause_seconds
from .decision import Judgement
from .memory import Memory


@dataclass(frozen=True, eq=False)
class Verdict:
    """The verdict on each column, shape (n_columns,) each; NaN if unknown."""

    state: Floats
    """1 drifted, 0 not."""
    since: Floats
    """Event time, as Unix seconds, of the look that first reported the drift; NaN if a column has not drifted."""
    pvalues: Floats
    """P-value of the last look, all tests of a column together."""
    decisive: tuple[str, ...]
    """Key of the test with the strongest evidence of a change that matters; empty if no test has any."""
    at: float
    """Event time of the last look."""

    @classmethod
    def unknown(cls, n_columns: int) -> "Verdict":
        """Return an unknown verdict."""
        nothing = np.full(n_columns, np.nan)
        return cls(nothing, nothing, nothing, ("",) * n_columns, float("nan"))


class LookSchedule:
    """When to look at one window: as often as enough of it is new, within what the budget allows for.

    `arrived` counts all samples that the window ever received.
    """

    def __init__(self, window_seconds: float) -> None:
        self._pause = pause_seconds(window_seconds)
        self.restart()

    def due(self, now: float, samples: float, arrived: float) -> bool:
        """Return whether another look is worth its cost: enough samples are new, and it is time or the window grew."""
        # New samples are needed either way: another look at the same ones cannot find anything new, but costs the same.
        return self._fresh(arrived) and (self._paused(now) or samples >= int(GROWTH * self._samples))

    def ending(self, now: float, samples: float, arrived: float) -> bool:
        """Return whether samples mostly left the window: a look may then end a verdict, not begin one.

        It cannot raise an alarm, so it costs nothing.
        """
        return self._paused(now) and samples < self._samples and not self._fresh(arrived)

    def _paused(self, now: float) -> bool:
        # Also true for a clock that was set back behind the last look.
        return not self._at <= now < self._at + self._pause

    def _fresh(self, arrived: float) -> bool:
        return arrived - self._arrived >= max(LEAST_NEW * self._samples, 1.0)

    def looked(self, now: float, samples: float, arrived: float) -> None:
        """Record a look at this many samples."""
        self._at, self._samples, self._arrived = now, samples, arrived

    def looked_to_end(self, now: float, samples: float) -> None:
        """Record a look that cost nothing; the samples that are new remain so."""
        self._at, self._samples = now, samples

    def restart(self) -> None:
        """Make the next look due as soon as the window has samples."""
        self._at, self._samples, self._arrived = -np.inf, 0.0, -np.inf


class WindowVerdict:
    """The verdict on one window, from look to look. Not thread-safe: the owner holds a lock."""

    def __init__(self, n_columns: int, window_seconds: float) -> None:
        self._n_columns = n_columns
        self.memory = Memory.empty(n_columns, window_seconds)
        self._schedule = LookSchedule(window_seconds)
        self.due, self.ending = self._schedule.due, self._schedule.ending
        self.number = 0
        self.verdict = Verdict.unknown(n_columns)

    def take(
        self, judgement: Judgement, now: float, samples: int, arrived: float, unjudged: NDArray[np.bool_] | None = None
    ) -> None:
        """Adopt the result of a paid look. A column stays drifted while its effect may matter (hysteresis).

        Columns that are `unjudged` can be flagged, for missing values say, but not cleared.
        """
        self.number += 1
        self._schedule.looked(now, samples, arrived)
        drifted = judgement.drifted | ((self.verdict.state == 1) & judgement.still)
        self._adopt(judgement, drifted, now, unjudged)

    def take_endings(
        self, judgement: Judgement, now: float, samples: int, unjudged: NDArray[np.bool_] | None = None
    ) -> None:
        """Adopt only the ends of drift, from a look that cost nothing."""
        self._schedule.looked_to_end(now, samples)
        drifted = (self.verdict.state == 1) & (judgement.drifted | judgement.still)
        self._adopt(judgement, drifted, now, unjudged)

    def _adopt(
        self, judgement: Judgement, drifted: NDArray[np.bool_], now: float, unjudged: NDArray[np.bool_] | None
    ) -> None:
        before = self.verdict
        known = ~np.isnan(judgement.pvalues)
        if unjudged is not None:
            known &= drifted | ~unjudged
        keys = list(TESTS)
        self.memory = judgement.memory.naming(judgement.memory.named & drifted)
        self.verdict = Verdict(
            state=np.where(known, drifted.astype(np.float64), np.nan),
            # The minimum: after a clock was set back, no drift has begun in the future.
            since=np.where(drifted, np.where(before.state == 1, np.minimum(before.since, now), now), np.nan),
            pvalues=judgement.pvalues,
            decisive=tuple(
                "" if not flagged else keys[place] if place >= 0 else previous
                for place, flagged, previous in zip(
                    judgement.decisive.tolist(), drifted.tolist(), before.decisive, strict=True
                )
            ),
            at=now,
        )

    def forget(self) -> None:
        """Return to an unknown verdict: too few samples to judge."""
        self._schedule.restart()
        self.memory = self.memory.without_names()
        self.verdict = Verdict.unknown(self._n_columns)


@dataclass(frozen=True)
class Budget:
    """The current state of a model's false-alarm budget."""

    false_alarms_per_month: float
    significance: float
    """Probability that one look flags any column if nothing drifted."""
    spent: float
    """Upper bound on the expected false alarms of all looks so far."""
    looks: dict[str, int]
    """Looks by window."""


class AlphaSpending:
    """Pays for looks; the first look opens the account. Not thread-safe: the owner holds a lock."""

    def __init__(self, budget_per_month: float) -> None:
        self._budget_per_month = budget_per_month
        self._account: BudgetAccount | None = None

    @property
    def spent(self) -> float:
        """Expected false alarms paid for so far."""
        return self._account.spent if self._account else 0.0

    def pay(self, cost: float, now: float) -> bool:
        """Pay for a look at an event time; False if too little is left."""
        account = self._account or BudgetAccount.opened(self._budget_per_month, now)
        account = account.at_time(now)
        afforded = account.affords(cost)
        self._account = account.less(cost) if afforded else account
        return afforded
