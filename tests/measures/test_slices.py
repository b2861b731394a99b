"""Slices against the rest, corrected for their number; fairness against its definitions."""

import math

import numpy as np
import pytest
from inference_exporter.measures.slices import excess, fairness, holm, rates


def test_a_worse_slice_is_found():
    """The difference is that of the mean losses, and its p-value that of the two-proportion test."""
    n, wrong = np.array([100.0, 300.0, 10.0]), np.array([30.0, 45.0, 9.0])
    found = excess(n, wrong, wrong, minimum=20)
    assert found.difference[0] == pytest.approx(0.3 - 54 / 310)
    assert np.isnan(found.difference[2])
    share = 84 / 410
    z = (0.3 - 54 / 310) / np.sqrt(share * (1 - share) * (1 / 100 + 1 / 310))
    assert found.pvalue[0] == pytest.approx(math.erfc(z / math.sqrt(2)) / 2)


@pytest.mark.slow
def test_equal_slices_are_rarely_called_worst():
    """Among 200 slices without any difference, one is significant at 1 % in about 1 % of the windows."""
    random, hits = np.random.default_rng(1), 0
    for _ in range(400):
        errors = random.binomial(200, 0.2, (20, 10)).astype(float)
        pvalues = np.concatenate([excess(np.full(10, 200.0), wrong, wrong, 50).pvalue for wrong in errors])
        hits += bool((holm(pvalues) <= 0.01).any())
    assert hits / 400 <= 0.03


def test_holm():
    """Corrected p-values are those of Holm's procedure; unknown ones stay and do not count."""
    assert holm(np.array([0.01, np.nan, 0.04, 0.03])) == pytest.approx([0.03, np.nan, 0.06, 0.06], nan_ok=True)


def test_fairness_by_its_definitions():
    """Parity, impact, opportunity and odds follow from the confusion of each group."""
    confusion = np.array([[[80, 20], [10, 90]], [[40, 60], [5, 95]], [[1, 0], [0, 1]]], dtype=float)
    predicted, favoured = confusion.sum(axis=(1, 2)), confusion[:, :, 0].sum(axis=1)
    found = rates(predicted, favoured, confusion, 0, minimum=50)
    assert found.selection == pytest.approx([0.45, 0.225, np.nan], nan_ok=True)
    assert found.true_positive == pytest.approx([0.8, 0.4, np.nan], nan_ok=True)
    assert found.false_positive == pytest.approx([0.1, 0.05, np.nan], nan_ok=True)
    fair = fairness(found, 0)
    assert fair.parity_difference[1] == pytest.approx(-0.225)
    assert fair.impact_ratio[1] == pytest.approx(0.5)
    assert fair.opportunity_difference[1] == pytest.approx(-0.4)
    assert fair.odds_difference[1] == pytest.approx(0.4)


def test_no_favourable_prediction_is_no_ratio():
    """Where the privileged group is never predicted favourably, the ratio is unknown."""
    confusion = np.zeros((2, 2, 2))
    found = rates(np.full(2, 100.0), np.array([0.0, 5.0]), confusion, 0, minimum=50)
    assert np.isnan(fairness(found, 0).impact_ratio).all()
