"""Tails of a difference between means, against exact convolutions."""

import numpy as np
import pytest
from inference_exporter.measures.saddlepoint import two_sample_tail

# Half an atom of a lattice: the approximation is continuous, the exact distribution is not (it is a mid-p-value).
TOLERANCE = 0.35


def law_of_sum(shares, times):
    """Return the exact distribution of a sum of scores 0, 1, 2, …"""
    exact = np.array([1.0])
    power = shares
    while times:
        if times & 1:
            exact = np.convolve(exact, power)
        power, times = np.convolve(power, power), times >> 1
    return exact


def exact(shares, n, m, difference):
    """Return the probability that mean of n minus mean of m is at least as far from 0, counting half of its atom."""
    own, other = law_of_sum(shares, n), law_of_sum(shares, m)
    means = np.arange(len(own))[:, np.newaxis] / n - np.arange(len(other)) / m
    chances = own[:, np.newaxis] * other
    side = np.sign(difference)
    beyond, on = means * side > abs(difference) + 1e-12, np.abs(means - difference) <= 1e-12
    return chances[beyond].sum() + chances[on].sum() / 2


CASES = [
    ([500, 300, 200], [10, 15, 25]), ([990, 8, 2], [45, 2, 3]), ([100, 200, 300, 400], [20, 10, 5, 5]),
    ([950, 50], [42, 8]), ([400, 600], [40, 10]), ([300, 300, 300], [30, 20, 50]),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "window"), CASES)
def test_is_the_exact_tail_of_the_pooled_law(reference, window):
    """Far in the tail of skewed scores it is right to a third, where the normal approximation is off a hundredfold."""
    reference, window = np.array(reference, dtype=float), np.array(window, dtype=float)
    n, m, scores = int(window.sum()), int(reference.sum()), np.arange(len(window), dtype=float)
    difference = (window @ scores) / n - (reference @ scores) / m
    expected = exact((window + reference) / (n + m), n, m, difference)
    found = two_sample_tail(scores[np.newaxis], reference[np.newaxis], window[np.newaxis])
    assert 1e-12 < expected < 0.02
    assert np.log(found[0]) == pytest.approx(np.log(expected), abs=TOLERANCE)


def test_no_difference_is_no_evidence():
    """Equal sides have a p-value of 1, and an empty side an unknown one."""
    sides = np.array([[5.0, 5.0], [0.0, 0.0]])
    found = two_sample_tail(np.array([[0.0, 1.0]] * 2), np.array([[50.0, 50.0]] * 2), sides)
    assert found[0] == 1.0
    assert np.isnan(found[1])
