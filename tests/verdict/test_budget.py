"""The false-alarm budget: no month exceeds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.verdict.budget import (
    MONTH_SECONDS,
    PARTS,
    BudgetAccount,
    looks_per_month,
    pause_seconds,
    significance_per_look,
)

WINDOWS = st.lists(st.floats(1, 10 * 86400.0), min_size=1, max_size=6, unique=True)


@given(st.floats(0.01, 100), WINDOWS)
def test_a_months_regular_looks_are_within_the_budget(budget, windows):
    """The costs of all regular looks at all windows, of all parts, add up to at most 95 % of the budget."""
    spent = sum(looks_per_month(windows) * significance_per_look(budget, windows, part) for part in PARTS)
    assert spent <= 0.95 * budget * (1 + 1e-9)


def test_the_parts_are_the_whole():
    """All kinds of looks share one budget."""
    assert sum(PARTS.values()) == pytest.approx(1.0)


def test_a_window_is_looked_at_five_times_in_its_length():
    """A window of a day is looked at every half hour, longer ones fifty times in their length."""
    assert pause_seconds(300.0) == 60.0
    assert pause_seconds(86400.0) == 1800.0
    assert pause_seconds(365 * 86400.0) == 7.3 * 86400.0


@given(st.floats(0.01, 100), WINDOWS)
def test_the_account_can_always_save_up_for_a_look(budget, windows):
    """However few looks a month has, the reserve can hold the price of one: no window waits for ever."""
    for part, share in PARTS.items():
        account = BudgetAccount.opened(budget * share, 0.0)
        assert account.affords(significance_per_look(budget, windows, part))


@given(st.lists(st.tuples(st.floats(0, MONTH_SECONDS / 20), st.floats(0, 0.2)), min_size=1, max_size=200))
def test_no_month_costs_more_than_its_budget(steps):
    """However looks are spaced, in bursts or after years, those of any 30 days never exceed the budget."""
    now, account, paid = 0.0, BudgetAccount.opened(1.0, 0.0), []
    for wait, cost in steps:
        now += wait
        account = account.at_time(now)
        if account.affords(cost):
            account = account.less(cost)
            paid.append((now, cost))
    for end, _ in paid:
        assert sum(cost for when, cost in paid if end - MONTH_SECONDS < when <= end) <= 1.0 + 1e-6
    assert account.spent == pytest.approx(sum(cost for _, cost in paid))
