"""Mean cost by a configured matrix."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.performance._base import ClassificationTotals
from inference_exporter.measures.performance._cost import mean_cost

COSTS = {"bad": {"good": 100.0, "bad": 2.0}, "good": {"bad": 5.0, "other": 1.0}, "unheard of": {"bad": 7.0}}


def totals_of(confusion):
    return ClassificationTotals(("bad", "good"), np.array(confusion, dtype=float), {}, 0.0, 0.0)


@given(st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(lambda counts: sum(counts) > 1))
def test_the_mean_is_that_of_all_cases(counts):
    """Mean and limits are those of the costs of all cases written out; unlisted pairs cost nothing."""
    value, limits = mean_cost(totals_of([counts[:2], counts[2:]]), COSTS)
    cases = np.repeat([2.0, 100.0, 5.0, 0.0], counts)
    assert value == pytest.approx(cases.mean())
    assert limits.upper - value == pytest.approx(1.959964 * scipy.stats.sem(cases), rel=1e-6, abs=1e-9)


def test_without_outcomes_it_is_unknown():
    """No cases have no mean cost."""
    assert math.isnan(mean_cost(totals_of([[0, 0], [0, 0]]), COSTS)[0])
