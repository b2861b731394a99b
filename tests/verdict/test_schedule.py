"""When a window is judged, and how the verdict persists between two looks."""

from dataclasses import replace
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.evidence import TESTS
from inference_exporter.verdict.budget import MONTH_SECONDS, significance_per_look
from inference_exporter.verdict.decision import Judgement
from inference_exporter.verdict.memory import Memory
from inference_exporter.verdict.schedule import AlphaSpending, LookSchedule, WindowVerdict


def judgement(drifted, still=None, pvalues=None):
    drifted = np.array(drifted, dtype=np.bool_)
    return Judgement(
        pvalues=np.full(len(drifted), 0.5) if pvalues is None else np.array(pvalues),
        drifted=drifted,
        still=drifted if still is None else np.array(still, dtype=np.bool_),
        decisive=np.where(drifted, list(TESTS).index("scale"), -1),
        test_pvalues=np.zeros((len(TESTS), len(drifted))),
        effects=np.zeros((len(TESTS), len(drifted))),
        memory=Memory.empty(len(drifted), 300.0),
    )


def test_looks_keep_a_distance():
    """A window of five minutes is looked at every minute, however often it is scraped."""
    looks = WindowVerdict(1, 300.0)
    assert looks.due(0.0, 100, 100)
    looks.take(judgement([False]), 0.0, 100, 100)
    assert [looks.due(now, 100, 120) for now in (1.0, 59.0, 60.0)] == [False, False, True]


def test_a_window_that_fills_is_looked_at_sooner():
    """A tenth more samples than at the last look justify another one."""
    looks = WindowVerdict(1, 86400.0)
    looks.take(judgement([False]), 0.0, 100, 100)
    assert not looks.due(1.0, 109, 109)
    assert looks.due(1.0, 110, 110)


def test_a_look_needs_new_samples():
    """However much time passes, a window without some new samples pays for no look: one in fifty must be new."""
    looks = WindowVerdict(1, 300.0)
    looks.take(judgement([False]), 0.0, 100, 1000)
    assert not looks.due(1e6, 100, 1001)
    assert looks.due(1e6, 100, 1002)


def test_drift_ends_without_new_samples_but_does_not_begin():
    """While samples only leave a window, a look costs nothing and cannot raise an alarm."""
    looks = WindowVerdict(2, 300.0)
    looks.take(judgement([True, False]), 0.0, 100, 100)
    assert not looks.ending(30.0, 60, 100)
    assert not looks.ending(60.0, 100, 100)
    assert looks.ending(60.0, 60, 100)
    looks.take_endings(judgement([True, True]), 60.0, 60)
    assert looks.verdict.state.tolist() == [1.0, 0.0]
    looks.take_endings(judgement([False, True]), 120.0, 55)
    assert looks.verdict.state.tolist() == [0.0, 0.0]
    assert looks.number == 1
    assert looks.due(180.0, 55, 102)


def test_a_verdict_holds_until_the_effect_is_gone():
    """A flagged column stays flagged while it nearly would be again, and its start does not change."""
    looks = WindowVerdict(2, 300.0)
    looks.take(judgement([True, False]), 0.0, 100, 100)
    looks.take(judgement([False, False], still=[True, True]), 60.0, 100, 100)
    assert looks.verdict.state.tolist() == [1.0, 0.0]
    assert looks.verdict.since.tolist() == pytest.approx([0.0, np.nan], nan_ok=True)
    looks.take(judgement([False, False], still=[False, True]), 120.0, 100, 100)
    assert looks.verdict.state.tolist() == [0.0, 0.0]
    looks.take(judgement([True, False]), 180.0, 100, 100)
    assert looks.verdict.since[0] == 180.0
    assert looks.number == 4


def test_the_deciding_test_is_kept_while_a_column_is_flagged():
    """A column that stays flagged keeps its reason."""
    looks = WindowVerdict(1, 300.0)
    looks.take(judgement([True]), 0.0, 100, 100)
    assert looks.verdict.decisive == ("scale",)
    looks.take(replace(judgement([False], still=[True])), 60.0, 100, 100)
    assert looks.verdict.decisive == ("scale",)
    looks.take(judgement([False]), 120.0, 100, 100)
    assert looks.verdict.decisive == ("",)


def test_unknown_stays_unknown():
    """A column without a p-value has no verdict, and after the window is forgotten no column has."""
    looks = WindowVerdict(2, 300.0)
    looks.take(judgement([False, False], pvalues=[np.nan, 0.5]), 0.0, 100, 100)
    assert np.isnan(looks.verdict.state).tolist() == [True, False]
    looks.forget()
    assert np.isnan(looks.verdict.state).all()
    assert looks.due(1.0, 1, 101)


@given(
    st.lists(st.tuples(st.floats(0, 40 * 86400.0), st.integers(0, 40)), min_size=1, max_size=80),
    st.sampled_from([300.0, 86400.0, 365 * 86400.0]),
)
def test_looks_at_a_low_rate_stay_within_the_budget(arrivals, length):
    """However samples come, the looks of any month cost at most the budget, even if all are independent."""
    schedule, purse, price = LookSchedule(length), AlphaSpending(1.0), significance_per_look(1.0, [length])
    now, arrived, paid = 0.0, 0, []
    for wait, number in arrivals:
        now, arrived = now + wait, arrived + number
        held = sum(n for when, n in _recent(arrivals, now) if when > now - length)
        if held >= 50 and schedule.due(now, held, arrived) and purse.pay(price, now):
            schedule.looked(now, held, arrived)
            paid.append((now, price, arrived))
    for (before, _, old), (after, _, new) in pairwise(paid):
        assert new > old and after >= before
    for end, *_ in paid:
        assert sum(cost for when, cost, _ in paid if end - MONTH_SECONDS < when <= end) <= 1.0 + 1e-9


def _recent(arrivals, now):
    """Return the time and the number of each arrival up to now."""
    times = accumulate(wait for wait, _ in arrivals)
    return [(when, number) for when, (_, number) in zip(times, arrivals, strict=True) if when <= now]


def test_a_year_with_one_row_a_day_pays_for_one_look_a_week():
    """A window of 365 days with one row a day pays about 50 times a year, not 48 times a day."""
    schedule, day = LookSchedule(365 * 86400.0), 86400.0
    looks = 0
    for place in range(4 * 365 * 48):
        rows = place // 48
        held = min(rows, 365)
        if held >= 50 and schedule.due(place * day / 48, held, rows):
            schedule.looked(place * day / 48, held, rows)
            looks += place >= 365 * 48
    assert 100 <= looks <= 3 * 50


def test_an_empty_account_pays_for_nothing():
    """A look that cannot be paid for does not happen, and does not count as spent."""
    purse = AlphaSpending(1.0)
    paid = [purse.pay(0.02, 0.0) for _ in range(4)]
    assert paid == [True, True, False, False]
    assert purse.spent == pytest.approx(0.04)
    assert purse.pay(0.02, 86400.0)
