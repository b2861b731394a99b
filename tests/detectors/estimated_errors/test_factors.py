"""Factors: errors that multiply are taken apart, column by column."""

from itertools import pairwise

import numpy as np
from inference_exporter.detectors.estimated_errors.factors import deviance, fitted, log_expected


def test_factors_that_multiply_are_found():
    """Two columns that raise the error by known factors get them, a third column stays at 1."""
    random = np.random.default_rng(0)
    codes = [random.integers(0, size, 40_000) for size in (2, 3, 4)]
    expected = np.array([1.0, 3.0])[codes[0]] * np.array([1.0, 2.0, 4.0])[codes[1]]
    errors = expected * random.exponential(1, 40_000)
    first, second, third = fitted(codes, [2, 3, 4], errors / errors.mean(), 80)[-1]
    assert np.exp(first[1] - first[0]) == np.clip(np.exp(first[1] - first[0]), 2.8, 3.2)
    assert np.allclose(np.exp(second - second[0]), [1, 2, 4], rtol=0.08)
    assert np.ptp(third) < 0.1


def test_each_round_fits_better():
    """Every round explains the rows it learns from at least as well as the one before."""
    random = np.random.default_rng(1)
    codes = [random.integers(0, 5, 2000) for _ in range(3)]
    errors = random.exponential(1 + codes[0])
    path = fitted(codes, [5, 5, 5], errors / errors.mean(), 30)
    fits = []
    for logs in path:
        expected = np.exp(log_expected(codes, logs))
        fits.append(deviance(errors / errors.mean(), expected / expected.mean()))
    assert fits[-1] < fits[0]
    assert all(after <= before + 1 for before, after in pairwise(fits))


def test_few_rows_move_a_factor_little():
    """A bucket of two rows with huge errors does not become a tenfold risk."""
    code = np.array([0] * 1000 + [1] * 2)
    errors = np.array([1.0] * 1000 + [50.0] * 2)
    (logs,) = fitted([code], [2], errors / errors.mean(), 80)[-1]
    assert np.exp(logs[1] - logs[0]) < 7
