"""Cells of expected error: counted, and calibrated by pooling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.estimated_errors.error_cells import CELLS, ErrorCells, ascending_means
from inference_exporter.detectors.estimated_errors.learn import RECORD
from inference_exporter.reference.grid import Grid
from scipy.optimize import isotonic_regression

from .rented import batch_of, drawn, reference_of

NUMBERS = st.lists(st.tuples(st.integers(1, 50), st.floats(0, 1e6)), min_size=1, max_size=60)


@given(NUMBERS)
def test_means_ascend_like_scipys_isotonic_regression(cells):
    """Pooled means are the isotonic regression of the cells' means, weighted by their rows."""
    n, means = np.array(cells, dtype=float).T
    expected = isotonic_regression(means, weights=n).x
    assert ascending_means(n, n * means) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_an_empty_cell_has_its_neighbours_mean():
    """Cells without rows take part in the order, and add nothing."""
    assert ascending_means(np.array([0.0, 2.0, 0.0, 1.0]), np.array([0.0, 4.0, 0.0, 8.0])).tolist() == [2, 2, 2, 8]


def test_cells_are_those_of_prediction_and_features():
    """Samples with a larger expected error are in a higher cell; rows without a prediction in none."""
    reference = reference_of(np.random.default_rng(0))
    grid = Grid(reference)
    cells = ErrorCells(RECORD.of(reference), grid)
    prediction = np.array([10.0, 90.0, 90.0, np.nan, 1e9, np.inf])
    features = {"age": ["new", "new", "old", "old", "new", "new"], "other": np.full(6, 0.5)}
    found, beyond = cells.of(grid.locate(batch_of(prediction, features)))
    assert found[0] < found[1] < found[2]
    assert np.isnan(found).tolist() == [False, False, False, True, False, True]
    assert beyond[[0, 1, 2, 4]].tolist() == [0, 0, 0, 1]
    counts = cells.counts(found, beyond)
    assert (int(counts[:CELLS].sum()), int(counts[CELLS])) == (4, 1)


def test_counts_of_parts_add_up_to_those_of_the_whole():
    """Cells are mergeable: replicas that each count a part have together the counts of all."""
    reference = reference_of(np.random.default_rng(0))
    grid = Grid(reference)
    cells = ErrorCells(RECORD.of(reference), grid)
    prediction, features, _ = drawn(np.random.default_rng(1), 500)
    found, beyond = cells.of(grid.locate(batch_of(prediction, features)))
    parts = cells.counts(found[:200], beyond[:200]) + cells.counts(found[200:], beyond[200:])
    assert (parts == cells.counts(found, beyond)).all()
