"""The false-alarm budget of a model, and the part that one look at one window may spend.

Users configure how many false alarms a month a model may raise. Every look at
a window may raise one, so every look has a cost: the probability that it
reports anything if nothing drifted. The costs of all looks in a month, at all
windows, add up to at most the budget. The sum bounds the expected number of
false alarms whatever the dependence between looks (Boole 1854; as alpha
spending: Lan and DeMets 1983, Biometrika 70(3):659-663). Looks at overlapping
windows see mostly the same samples, so the true number is below the bound.

The price of a look may change with time as long as values do not influence it:
it depends on which windows hold enough samples, and on how many samples are new
(Lan and DeMets 1989, Stat. Med. 8(10):1191-1198: calendar against information
time). So windows that the traffic cannot fill leave their part to the others.
The account bounds the sum of all prices in any month.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

MONTH_SECONDS = 30 * 86400.0
LOOKS_PER_WINDOW = 5  # looks at a window in the time in which all its samples are replaced
LONGEST_PAUSE_SECONDS = 1800.0  # between looks at a window of a day: nobody has to wait for hours
MOST_LOOKS_PER_WINDOW = 50  # in even longer windows, half an hour brings hardly anything new
LEAST_NEW = 1 / MOST_LOOKS_PER_WINDOW  # of a window's samples; with fewer new ones another look is not worth its cost
RESERVE = 0.05  # of a month's budget, for extra looks while a window fills
GROWTH = 1.1  # an extra look is worth its cost once a window has this many times the samples of the last look

Part = Literal["columns", "joint", "inputs", "schema"]
# Columns one by one come first; other verdicts share the rest.
PARTS: dict[Part, float] = {"columns": 0.8, "joint": 0.08, "inputs": 0.06, "schema": 0.06}


def pause_seconds(window_seconds: float) -> float:
    """Return the time from one look at a window to the next."""
    longest = max(LONGEST_PAUSE_SECONDS, window_seconds / MOST_LOOKS_PER_WINDOW)
    return min(window_seconds / LOOKS_PER_WINDOW, longest)


def looks_per_month(windows_seconds: Sequence[float]) -> float:
    """Return the number of regular looks at all windows of a model in a month."""
    return sum(MONTH_SECONDS / pause_seconds(seconds) for seconds in windows_seconds)


def significance_per_look(
    false_alarms_per_month: float, windows_seconds: Sequence[float], part: Part = "columns"
) -> float:
    """Return the probability with which one look at one window may raise a false alarm.

    Parameters
    ----------
    false_alarms_per_month : float
        The budget of the model.
    windows_seconds : sequence of float
        Lengths of the windows to look at.
    part : str
        Which part of the budget the look belongs to.

    Returns
    -------
    float
        At most what the reserve can pay for, and 0.5; also for windows that are looked at a few times in a month.
    """
    whole = false_alarms_per_month * PARTS[part]
    regular = (1 - RESERVE) * whole / looks_per_month(windows_seconds)
    return min(regular, RESERVE * whole, 0.5)


@dataclass(frozen=True)
class BudgetAccount:
    """The unspent part of the budget, in expected false alarms; it accrues with event time, up to the reserve.

    In any month at most the reserve and the accrued amount are spent: together the month's budget.
    """

    budget_per_month: float
    balance: float
    at: float
    spent: float = 0.0

    @classmethod
    def opened(cls, budget_per_month: float, now: float) -> "BudgetAccount":
        """Return a new account that holds the reserve."""
        return cls(budget_per_month, RESERVE * budget_per_month, now)

    def at_time(self, now: float) -> "BudgetAccount":
        """Return the account at another time; after the clock was set back it accrues from there on."""
        grown = (1 - RESERVE) * self.budget_per_month * max(now - self.at, 0.0) / MONTH_SECONDS
        return replace(self, balance=min(self.balance + grown, RESERVE * self.budget_per_month), at=now)

    def affords(self, cost: float) -> bool:
        """Return whether the account can pay for a look; rounding must not postpone the last planned look."""
        return self.balance >= cost * (1 - 1e-9)

    def less(self, cost: float) -> "BudgetAccount":
        """Return the account after a look."""
        return replace(self, balance=self.balance - cost, spent=self.spent + cost)
