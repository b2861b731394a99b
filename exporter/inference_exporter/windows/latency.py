"""Latency in logarithmic cells: quantiles of a window, exact to the width of a cell, 2.2 %."""

import numpy as np

from ..arrays import Cells, Counts, Floats

CELLS_PER_OCTAVE = 32  # neighbouring cells differ by 2^(1/32), 2.2 %
LOWEST_OCTAVE = -17  # 7.6 microseconds
OCTAVES = 28  # up to 2048 seconds
N_CELLS = CELLS_PER_OCTAVE * OCTAVES

QUANTILES = (0.5, 0.9, 0.95, 0.99)
DEFAULT_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def locate(seconds: Floats) -> Cells:
    """Return the cell of each positive duration; shorter and longer ones fall into the outermost cells."""
    with np.errstate(divide="ignore"):
        cells = np.floor((np.log2(seconds) - LOWEST_OCTAVE) * CELLS_PER_OCTAVE)
    return np.asarray(np.clip(cells, 0, N_CELLS - 1), dtype=np.intp)


def quantiles(counts: Counts) -> Floats:
    """Return the latencies at QUANTILES, interpolated inside their cell; NaN without counts."""
    total = counts.sum()
    if total == 0:
        return np.full(len(QUANTILES), np.nan)
    cumulative = np.cumsum(counts)
    ranks = np.array(QUANTILES) * total
    cells = np.searchsorted(cumulative, ranks, side="left")
    inside = (ranks - (cumulative[cells] - counts[cells])) / counts[cells]
    return np.asarray(2.0 ** (LOWEST_OCTAVE + (cells + inside) / CELLS_PER_OCTAVE))


def bounds_with(threshold: float) -> tuple[float, ...]:
    """Return the upper bounds of the exposed histogram, including the threshold of the service level."""
    return tuple(sorted({*DEFAULT_BOUNDS, threshold}))
