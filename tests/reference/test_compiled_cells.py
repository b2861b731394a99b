"""The compiled search finds what numpy finds, to the last bit: cells, deviations and values beyond the range."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inference_exporter.reference import grid as grid_module
from inference_exporter.reference.compiled_cells import is_compiled
from inference_exporter.reference.grid import BLOCK, Grid
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

pytestmark = pytest.mark.skipif(not is_compiled(), reason="installed without a C compiler")
CLOSE = st.integers(-5, 5).map(lambda steps: 1.0 + steps * np.finfo(float).eps)
SMALL = st.integers(-9, 9).map(float)
LEARNED = arrays(np.float64, 40, elements=st.floats(allow_infinity=False) | SMALL | CLOSE)
NUMBERS = arrays(np.float64, st.integers(1, 40), elements=st.floats() | SMALL | CLOSE)


def located(grid: Grid, batch: Batch, compiled: bool):
    """Return a batch located on one path, with the tails in a common order."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid_module, "is_compiled", lambda: compiled)
        found = grid.locate(batch)
    order = np.lexsort((found.tails.rows, found.tails.sums))
    return found, [part[order] for part in found.tails]


def assert_same(grid: Grid, batch: Batch) -> None:
    """Compare the paths, NaN and signs of zero included."""
    (one, tails), (other, other_tails) = located(grid, batch, True), located(grid, batch, False)
    np.testing.assert_array_equal(one.cells, other.cells)
    assert one.deviations.tobytes() == other.deviations.tobytes()
    for part, other_part in zip(tails, other_tails, strict=True):
        np.testing.assert_array_equal(part, other_part)
        assert part.dtype == other_part.dtype


def grid_of(**columns) -> Grid:
    """Return the grid of a reference with these features, and a category in between, which no number belongs to."""
    rows = len(next(iter(columns.values())))
    names = [*columns]
    features = {"category": np.resize(["a", "b"], rows).tolist(), **columns}
    return Grid(build({name: features[name] for name in [names[0], "category", *names[1:]]}, rows))


@settings(max_examples=60, deadline=None)
@given(st.lists(LEARNED, min_size=1, max_size=3), NUMBERS)
def test_any_numbers_in_any_columns(learned, numbers):
    """Columns of any spread, with numbers at and beside every cut, missing and infinite ones."""
    grid = grid_of(**{f"x{place}": column for place, column in enumerate(learned)})
    with np.errstate(over="ignore"):
        cuts = [np.asarray(column.buckets.cuts) for column in grid.columns if column.numeric]
        ends = np.concatenate([*cuts, *learned])
        near = np.concatenate([numbers, ends, np.nextafter(ends, np.inf), np.nextafter(ends, -np.inf)])
    features = {f"x{place}": np.roll(near, place) for place in range(len(learned))}
    assert_same(grid, Batch(len(near), ModelKey(), np.zeros(len(near)), features=features))


def test_blocks_of_rows_and_of_columns():
    """More rows than a block, a column that the batch lacks, and one with a few far values, which has no guide."""
    rng = np.random.default_rng(0)
    plain = {f"x{i}": rng.normal(size=2_000) for i in range(3)}
    grid = grid_of(**plain, far=np.append(rng.normal(size=1_996), [1e300, -1e300, 1e200, 1e150]))
    for size in (1, 3, BLOCK + 7):
        sent = {name: rng.normal(scale=3, size=size) for name in ("x0", "x2", "far")}
        sent["x2"][::3], sent["far"][1::5] = np.nan, 1e250
        assert_same(grid, Batch(size, ModelKey(), np.zeros(size), features=sent))


@pytest.mark.parametrize("change", ["numbers", "cells", "first", "row"])
def test_arrays_that_do_not_fit_are_refused(change):
    """Nothing is read or written outside the arrays."""
    grid = grid_of(x=np.arange(50.0), y=np.arange(50.0))
    numbers, deviations = np.zeros((2, 4)), np.zeros((2, 4))
    cells, first, row = np.zeros((3, 4), dtype=np.int32), 0, 0
    if change == "numbers":
        numbers = np.zeros((2, 5))
    if change == "cells":
        cells = np.zeros((3, 4))
    first, row = int(change == "first"), int(change == "row")
    with pytest.raises(ValueError, match="expected arrays"):
        grid._compiled.locate(numbers, first, deviations, cells, row)
