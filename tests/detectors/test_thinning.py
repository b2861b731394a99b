"""Sampling rows at random."""

import numpy as np
import pytest
from inference_exporter.detectors._thinning import ROWS_A_BATCH, ROWS_A_SLOT, Thinning


def test_few_rows_are_all_taken():
    """While rows are few each is chosen, and stands for itself."""
    thinning = Thinning(10, seed=0)
    for second in range(100):
        rows, weight = thinning.rows(20)
        assert (rows.tolist(), weight) == (list(range(20)), 1.0)
        thinning.saw(20, second)


def test_many_rows_are_thinned_without_bias():
    """Of many rows a fixed number per slot is chosen, and together they stand for about as many as arrived."""
    thinning = Thinning(10, seed=0)
    taken = stood_for = 0.0
    for second in range(100):
        rows, weight = thinning.rows(5000)
        taken += len(rows)
        stood_for += len(rows) * weight
        thinning.saw(5000, second)
    assert taken < 10 * ROWS_A_SLOT * 1.5
    assert stood_for == pytest.approx(500_000, rel=0.05)


def test_one_large_batch_is_bounded():
    """The very first batch, however large, costs no more than any other."""
    rows, weight = Thinning(10, seed=0).rows(1_000_000)
    assert len(rows) == pytest.approx(ROWS_A_BATCH, rel=0.2)
    assert weight == 1000
    assert (np.diff(rows) > 0).all()


def test_quiet_hours_take_all_again():
    """After a flood the probability returns to one."""
    thinning = Thinning(10, seed=0)
    thinning.saw(1_000_000, 5)
    assert thinning.rows(100)[1] > 100
    thinning.saw(10, 15)
    thinning.saw(10, 25)
    assert thinning.rows(100)[1] == 1.0
    thinning.saw(1_000_000, 35)
    thinning.saw(10, 1000)
    assert thinning.rows(100)[1] == 1.0
