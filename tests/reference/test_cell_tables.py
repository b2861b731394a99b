"""The compiled sums over the cells of a batch are those of numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_exporter.reference import cell_tables
from inference_exporter.reference.cell_tables import (
    add_bits,
    counts_of,
    is_compiled,
    picked_of,
    sum_and_greatest,
    sums_by_group,
)

pytestmark = pytest.mark.skipif(not is_compiled(), reason="installed without a C compiler")
N_CELLS = 40
SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 2500), st.integers(0, 2**32))


def both(function, *arguments):
    """Return the results of both paths."""
    found = function(*arguments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cell_tables, "is_compiled", lambda: False)
        return found, function(*arguments)


def batch_of(shape):
    """Return a generator of random numbers, cells, and some of their columns in any order."""
    n_columns, n, seed = shape
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, N_CELLS, (n_columns, n)).astype(np.int32)
    return rng, cells, rng.permutation(n_columns)[: rng.integers(1, n_columns + 1)].astype(np.intp)


@settings(max_examples=30, deadline=None)
@given(SHAPES)
def test_sums_of_words_are_equal(shape):
    """Sums of 64 bits wrap around as numpy's do, in any groups of columns."""
    rng, cells, columns = batch_of(shape)
    table = rng.integers(0, 2**64, N_CELLS, dtype=np.uint64)
    cuts = rng.permutation(np.arange(1, len(columns)))[: rng.integers(0, len(columns))]
    starts = np.concatenate([[0], np.sort(cuts)]).astype(np.intp)
    np.testing.assert_array_equal(*both(sums_by_group, table, cells, columns, starts))


@settings(max_examples=30, deadline=None)
@given(SHAPES)
def test_sums_of_numbers_are_near(shape):
    """Sums in single precision agree but for the order of additions; what is picked, and the greatest, is equal."""
    rng, cells, columns = batch_of(shape)
    table = rng.normal(size=N_CELLS).astype(np.float32)
    (total, greatest), (other_total, other_greatest) = both(sum_and_greatest, table, cells, columns)
    np.testing.assert_allclose(total, other_total, atol=1e-5)
    np.testing.assert_array_equal(greatest, other_greatest)
    np.testing.assert_array_equal(*both(picked_of, table, cells, columns))
    np.testing.assert_array_equal(*both(picked_of, table, cells[:, ::2], columns))


@settings(max_examples=30, deadline=None)
@given(SHAPES)
def test_counts_are_equal(shape):
    """Each cell is counted as often as it occurs, in all rows and in chosen ones."""
    rng, cells, columns = batch_of(shape)
    rows = rng.integers(0, cells.shape[1], 20)
    for some in (cells, cells[columns], cells[:, rows], cells[:, 1:1], cells[:0]):
        np.testing.assert_array_equal(*both(counts_of, some, N_CELLS))


@settings(max_examples=30, deadline=None)
@given(SHAPES, st.data())
def test_bits_are_equal(shape, data):
    """The bits of any numbers, NaN and infinities included, add up to the same."""
    rng, cells, rows = batch_of(shape)
    numbers = rng.normal(size=cells.shape)
    numbers[:, 0] = data.draw(st.floats())
    factors = rng.integers(0, 2**64, len(rows), dtype=np.uint64)

    def summed():
        sums = np.ones(cells.shape[1], dtype=np.uint64)
        add_bits(numbers, rows, factors, sums)
        return sums

    np.testing.assert_array_equal(*both(summed))


def test_nothing_outside_the_arrays():
    """Columns that a batch lacks are refused, and a cell outside the grid counts for none."""
    cells, table = np.array([[3, -1, N_CELLS]], dtype=np.int32), np.zeros(N_CELLS, dtype=np.float32)
    assert counts_of(cells, N_CELLS).sum() == 1
    for columns in ([1], [-1]):
        with pytest.raises(ValueError, match="go together"):
            picked_of(table, cells, np.array(columns, dtype=np.intp))
    with pytest.raises(ValueError, match="other types"):
        sum_and_greatest(table.astype(np.float64), cells, np.array([0], dtype=np.intp))
    with pytest.raises(ValueError, match="go together"):
        sums_by_group(table.astype(np.uint64), cells, np.array([0], dtype=np.intp), np.array([0, 1], dtype=np.intp))
