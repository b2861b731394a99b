"""Comparisons made by hand: histograms whose buckets are also the cells of distribution functions."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from inference_exporter.measures.drift._base import Comparison, Cumulative


def comparison(reference: Any, window: Any, padding: int = 0) -> Comparison:
    """Return the comparison of two histograms over buckets of width 1, the outermost being under- and overflow."""
    reference, window = np.asarray(reference, dtype=np.float64), np.asarray(window, dtype=np.float64)
    n_buckets = np.full(reference.shape[:-1], reference.shape[-1], dtype=np.float64)
    widths = np.ones((*reference.shape[:-1], reference.shape[-1] - 1))
    widths[..., -1] = 0.0
    with np.errstate(invalid="ignore"):
        below = [side.cumsum(axis=-1)[..., :-1] / side.sum(axis=-1, keepdims=True) for side in (reference, window)]
        tails = [window[..., place] / window.sum(axis=-1) for place in (0, -1)]
    if padding:
        reference, window = (np.pad(a, [(0, 0)] * (a.ndim - 1) + [(0, padding)]) for a in (reference, window))
        widths = np.pad(widths, [(0, 0)] * (widths.ndim - 1) + [(0, padding)])
        below = [np.concatenate([side, np.repeat(side[..., -1:], padding, axis=-1)], axis=-1) for side in below]
    totals = reference.sum(axis=-1), window.sum(axis=-1)
    cumulative = Cumulative(below[0], below[1], widths, np.zeros_like(widths), tails[0], tails[1], *totals)
    return Comparison(reference, window, n_buckets, cumulative)


@pytest.fixture(scope="session", name="comparison")
def _comparison() -> Callable[..., Comparison]:
    return comparison
