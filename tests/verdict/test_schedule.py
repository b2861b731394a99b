"""When a window is judged, and how the verdict persists between two looks."""

from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.measures.evidence import TESTS
from inference_exporter.verdict.decision import Judgement
from inference_exporter.verdict.memory import Memory
from inference_exporter.verdict.schedule import AlphaSpending, WindowVerdict


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
    assert looks.due(0.0, 100)
    looks.take(judgement([False]), 0.0, 100)
    assert [looks.due(now, 100) for now in (1.0, 59.0, 60.0)] == [False, False, True]


def test_a_window_that_fills_is_looked_at_sooner():
    """A tenth more samples than at the last look justify another one."""
    looks = WindowVerdict(1, 86400.0)
    looks.take(judgement([False]), 0.0, 100)
    assert not looks.due(1.0, 109)
    assert looks.due(1.0, 110)


def test_a_verdict_holds_until_the_effect_is_gone():
    """A flagged column stays flagged while it nearly would be again, and its start does not change."""
    looks = WindowVerdict(2, 300.0)
    looks.take(judgement([True, False]), 0.0, 100)
    looks.take(judgement([False, False], still=[True, True]), 60.0, 100)
    assert looks.verdict.state.tolist() == [1.0, 0.0]
    assert looks.verdict.since.tolist() == pytest.approx([0.0, np.nan], nan_ok=True)
    looks.take(judgement([False, False], still=[False, True]), 120.0, 100)
    assert looks.verdict.state.tolist() == [0.0, 0.0]
    looks.take(judgement([True, False]), 180.0, 100)
    assert looks.verdict.since[0] == 180.0
    assert looks.number == 4


def test_the_deciding_test_is_kept_while_a_column_is_flagged():
    """A column that stays flagged keeps its reason."""
    looks = WindowVerdict(1, 300.0)
    looks.take(judgement([True]), 0.0, 100)
    assert looks.verdict.decisive == ("scale",)
    looks.take(replace(judgement([False], still=[True])), 60.0, 100)
    assert looks.verdict.decisive == ("scale",)
    looks.take(judgement([False]), 120.0, 100)
    assert looks.verdict.decisive == ("",)


def test_unknown_stays_unknown():
    """A column without a p-value has no verdict, and after the window is forgotten no column has."""
    looks = WindowVerdict(2, 300.0)
    looks.take(judgement([False, False], pvalues=[np.nan, 0.5]), 0.0, 100)
    assert np.isnan(looks.verdict.state).tolist() == [True, False]
    looks.forget()
    assert np.isnan(looks.verdict.state).all()
    assert looks.due(1.0, 1)


def test_an_empty_account_pays_for_nothing():
    """A look that cannot be paid for does not happen, and does not count as spent."""
    purse = AlphaSpending(1.0)
    paid = [purse.pay(0.02, 0.0) for _ in range(4)]
    assert paid == [True, True, False, False]
    assert purse.spent == pytest.approx(0.04)
    assert purse.pay(0.02, 86400.0)
