"""Which columns matter most."""

import numpy as np
import pytest
from inference_exporter.explain.ranking import drifted_of, indices_of, ranked

RNG = np.random.default_rng(7)
SAME = {name: RNG.normal(0, 1, 3000) for name in "abcd"}


@pytest.fixture
def drifted(histograms):
    """Return a window in which c drifted most, then a."""
    shifts = {"a": 1.0, "b": 0.0, "c": 2.0, "d": 0.0}
    return histograms(SAME, {name: RNG.normal(shift, 1, 600) for name, shift in shifts.items()})


def test_the_drifted_come_first(drifted):
    """Columns are ranked by verdict, then by effect."""
    order = ranked(drifted, indices_of(drifted, "feature"))
    assert [drifted.grid.columns[index].name for index in order[:2]] == ["c", "a"]
    effects = drifted.drift["psi_debiased"][order]
    assert list(effects) == sorted(effects, reverse=True)


def test_only_the_drifted_are_drifted(drifted):
    """Columns that have not drifted are not listed among those that have."""
    assert drifted_of(drifted, "feature") == [2, 0]
    assert drifted_of(drifted, "prediction", "score") == []


def test_the_unknown_come_in_the_reference_order(histograms):
    """Columns without a verdict keep the order of the reference."""
    view = histograms(SAME, {"a": np.zeros(3)})
    indices = indices_of(view, "feature")
    assert ranked(view, indices) == list(indices)
    assert drifted_of(view, "feature") == []
