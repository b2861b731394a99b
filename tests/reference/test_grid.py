"""The grid: a batch located in the cells of all columns at once."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

REFERENCE = build(
    {"x": np.arange(100.0), "c": ["a", "b"] * 50, "never": np.full(100, np.nan), "constant": np.full(100, 3.0)},
    100,
    prediction=["yes", "no"] * 50,
    scores={"yes": np.linspace(0, 1, 100)},
)
VALUES = st.one_of(st.none(), st.floats(), st.integers(-5, 200), st.sampled_from(["a", "z", "5", True, [1], {}]))


def batch(size, **columns):
    return Batch(size, ModelKey(), np.zeros(size), **columns)


ROWS = st.integers(1, 20).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.dictionaries(st.sampled_from(["x", "c", "never", "constant", "other"]),
                        st.lists(VALUES, min_size=size, max_size=size)),
        st.none() | st.lists(VALUES, min_size=size, max_size=size),
    )
)  # fmt: skip


@given(ROWS)
def test_each_value_is_counted_once_in_its_column(rows):
    """Each column counts each sample once, in its own cells, with finite moments, whatever arrives or is missing."""
    size, features, prediction = rows
    grid = Grid(REFERENCE)
    located = grid.locate(batch(size, features=features, prediction=prediction))
    counts = located.counts(slice(None), grid.n_cells)
    for index, column in enumerate(grid.columns):
        own = grid.column_counts(counts, index)
        assert own.sum() == size
        name = column.name if column.group == "feature" else None
        if (name and name not in features) or (column.group == "prediction" and prediction is None):
            assert own[-1] == size, "what a batch lacks is missing in each of its samples"
    assert counts.sum() == size * len(grid.columns)
    assert grid.fold(counts).sum() == size * len(grid.columns)
    assert not np.isnan(located.sums(slice(None))).any() or any(map(_extreme, features.values()))


def _extreme(column):
    return any(isinstance(value, float) and math.isfinite(value) and abs(value) > 1e150 for value in column)


@given(ROWS, st.data())
def test_some_rows_and_the_others_are_all(rows, data):
    """Counts and sums of a part and of the rest add up to those of the whole, so windows can share a batch."""
    size, features, prediction = rows
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    grid = Grid(REFERENCE)
    tame = {name: [None if _extreme([value]) else value for value in column] for name, column in features.items()}
    located = grid.locate(batch(size, features=tame, prediction=prediction))
    parts = [np.flatnonzero(chosen), np.flatnonzero(~chosen)]
    whole = located.counts(slice(None), grid.n_cells)
    np.testing.assert_array_equal(sum(located.counts(part, grid.n_cells) for part in parts), whole)
    np.testing.assert_allclose(
        sum(located.sums(part) for part in parts), located.sums(slice(None)), rtol=1e-9, atol=1e-9
    )


def test_the_reference_over_its_own_grid():
    """The reference's counts are those of its columns, end to end."""
    grid = Grid(REFERENCE)
    counts = grid.reference_counts()
    assert len(counts) == grid.n_cells
    assert [int(grid.column_counts(counts, index).sum()) for index in range(len(grid.columns))] == [100] * 6
    assert grid.feature_names == {"x", "c", "never", "constant"}
