"""The false-alarm budget of a model, and what one look at one window may spend of it.

A user says how many false alarms a month a model may raise. Every look at a
window may raise one, so every look costs: the chance that it names anything
where nothing drifted. The costs of all looks of a month, at all windows, add
up to the budget at most. That sum bounds the expected number of false alarms
whatever the dependence between looks (Boole 1854; as spending of significance
over looks: Lan and DeMets 1983, Biometrika 70(3):659-663). Looks at overlapping
windows see mostly the same samples, so the true number is below the bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

MONTH_SECONDS = 30 * 86400.0
LOOKS_PER_WINDOW = 5  # while a window's samples are replaced by new ones it is looked at so often
LONGEST_PAUSE_SECONDS = 1800.0  # but a long one at least so often
RESERVE = 0.05  # of a month's budget, for extra looks while a window fills
GROWTH = 1.1  # an extra look is worth its cost when a window has so many times the samples of the last one

Part = Literal["columns", "joint", "inputs", "schema"]
# Columns one by one come first; what is looked at beside them shares the rest.
PARTS: dict[Part, float] = {"columns": 0.8, "joint": 0.08, "inputs": 0.06, "schema": 0.06}


def pause_seconds(window_seconds: float) -> float:
    """Return the time from one look at a window to the next."""
    return min(window_seconds / LOOKS_PER_WINDOW, LONGEST_PAUSE_SECONDS)


def looks_per_month(windows_seconds: Sequence[float]) -> float:
    """Return the number of regular looks at all windows of a model in a month."""
    return sum(MONTH_SECONDS / pause_seconds(seconds) for seconds in windows_seconds)


def significance_per_look(
    false_alarms_per_month: float, windows_seconds: Sequence[float], part: Part = "columns"
) -> float:
    """Return the chance with which one look at one window may raise a false alarm.

    Parameters
    ----------
    false_alarms_per_month : float
        The budget of the model.
    windows_seconds : sequence of float
        Lengths of all its windows.
    part : str
        Which part of the budget the look belongs to.
    """
    regular = (1 - RESERVE) * false_alarms_per_month * PARTS[part]
    return min(regular / looks_per_month(windows_seconds), 0.5)


@dataclass(frozen=True)
class BudgetAccount:
    """What may still be spent, in expected false alarms; it grows with event time, up to the reserve.

    In any month no more is spent than the reserve and what has grown: together the month's budget.
    """

    budget_per_month: float
    balance: float
    at: float
    spent: float = 0.0

    @classmethod
    def opened(cls, budget_per_month: float, now: float) -> "BudgetAccount":
        """Return a new account, with the reserve in it."""
        return cls(budget_per_month, RESERVE * budget_per_month, now)

    def at_time(self, now: float) -> "BudgetAccount":
        """Return the account as it stands at another time; where the clock was set back it grows from there on."""
        grown = (1 - RESERVE) * self.budget_per_month * max(now - self.at, 0.0) / MONTH_SECONDS
        return replace(self, balance=min(self.balance + grown, RESERVE * self.budget_per_month), at=now)

    def affords(self, cost: float) -> bool:
        """Tell whether a look may be paid; rounding must not put off the last of those that were planned."""
        return self.balance >= cost * (1 - 1e-9)

    def less(self, cost: float) -> "BudgetAccount":
        """Return the account after a look."""
        return replace(self, balance=self.balance - cost, spent=self.spent + cost)
