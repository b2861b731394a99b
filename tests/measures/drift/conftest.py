"""Comparisons made by hand: histograms whose buckets are also the cells of distribution functions."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from inference_exporter.arrays import Floats
from inference_exporter.measures.drift._base import Comparison, Cumulative, Cuts
from inference_exporter.measures.drift.kolmogorov_smirnov import kolmogorov_smirnov
from inference_exporter.measures.drift.wasserstein import expected_wasserstein, wasserstein


def comparison(reference: Any, window: Any, padding: int = 0) -> Comparison:
    """Return the comparison of two histograms over buckets of width 1, the outermost being under- and overflow.

    A value is the number of its bucket, and the standard deviation 1.
    """
    reference, window = np.asarray(reference, dtype=np.float64), np.asarray(window, dtype=np.float64)
    n_buckets = np.full(reference.shape[:-1], reference.shape[-1], dtype=np.float64)
    widths = np.ones((*reference.shape[:-1], reference.shape[-1] - 1))
    widths[..., -1] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        below = [side.cumsum(axis=-1)[..., :-1] / side.sum(axis=-1, keepdims=True) for side in (reference, window)]
        tails = [window[..., place] / window.sum(axis=-1) for place in (0, -1)]
        (centre, spread), (mean, variance) = map(_moments, (reference, window))
        moments = (mean - centre) / np.sqrt(spread), variance / spread
    singletons = np.zeros(reference.shape[:-1])
    if padding:
        reference, window = (np.pad(a, [(0, 0)] * (a.ndim - 1) + [(0, padding)]) for a in (reference, window))
        widths = np.pad(widths, [(0, 0)] * (widths.ndim - 1) + [(0, padding)])
        below = [np.concatenate([side, np.repeat(side[..., -1:], padding, axis=-1)], axis=-1) for side in below]
    totals = reference.sum(axis=-1), window.sum(axis=-1)
    gaps = below[1] - below[0]
    area = wasserstein(np.abs(gaps), Cuts(widths, np.zeros_like(widths))) + tails[0] + tails[1]
    expected = expected_wasserstein(below[0], Cuts(widths, np.zeros_like(widths)))
    cumulative = Cumulative(kolmogorov_smirnov(np.abs(gaps)), area, *totals, *moments, expected)
    return Comparison(reference, window, n_buckets, cumulative, singletons)


def _moments(counts: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of bucket numbers."""
    numbers, n = np.arange(counts.shape[-1]), counts.sum(axis=-1)
    mean = (counts * numbers).sum(axis=-1) / n
    return mean, (counts * np.square(numbers - mean[..., np.newaxis])).sum(axis=-1) / (n - 1)


@pytest.fixture(scope="session", name="comparison")
def _comparison() -> Callable[..., Comparison]:
    return comparison
