"""Curves: counts below each cut, whatever the layout of the columns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inference_exporter.reference.distribution_functions import GROUP, curves_of, running_sums
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import build

COUNTS = arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 60)), elements=st.integers(0, 2**40))


@given(COUNTS)
def test_running_sums_are_exact(counts):
    """Counts summed in groups equal those summed one after another, to the last sample."""
    rows, width = counts.shape
    groups = -(-width // (GROUP - 1))
    padded = np.zeros((rows, groups * (GROUP - 1)))
    padded[:, :width] = counts
    grouped = np.pad(padded.reshape(rows, groups, GROUP - 1), [(0, 0), (0, 0), (1, 0)])
    sums = running_sums(grouped)[:, :, 1:].reshape(rows, -1)[:, :width]
    np.testing.assert_array_equal(sums, np.cumsum(counts, axis=1))


@pytest.mark.slow
@pytest.mark.parametrize("n_columns", [1, 40, 300])
def test_below_each_cut_lies_what_a_search_finds(n_columns):
    """With columns of different layouts, categories between them, every cut has its count, in several blocks too."""
    rng = np.random.default_rng(n_columns)
    columns = {}
    for index in range(n_columns):
        values = rng.normal(size=400) if index % 3 else rng.poisson(index + 1, 400).astype(float)
        columns[f"x{index}"] = values
        if index % 7 == 0:
            columns[f"c{index}"] = rng.choice(["a", "b"], 400).tolist()
    grid = Grid(build(columns, 400))
    seen = 0
    for curves in curves_of(grid):
        below = curves.below(grid.reference_counts())
        for row, index in enumerate(grid.numeric[curves.own]):
            column = grid.columns[index]
            expected = [int((columns[column.name] < cut).sum()) for cut in column.buckets.cuts]
            assert np.unique(below[row]).tolist() == np.unique([0, *expected, 400]).tolist()
            assert (np.diff(below[row]) >= 0).all()
            assert curves.cuts.widths[row].sum() * column.stddev == pytest.approx(np.ptp(column.cut_points))
            seen += 1
    assert seen == n_columns
