"""A number is in one cell, however it is written."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inference_exporter.measures.drift.population_stability import PSI
from inference_exporter.reference.buckets import atoms_of, numeric_buckets
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import build
from inference_exporter.reference.spacing import FEW_VALUES, spacing_of
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.verdict.comparing import Measuring

SINGLE = st.floats(-1e6, 1e6).map(lambda number: number if abs(number) > 1e-30 else 0.0)


def apart(values):
    """Return a column without values closer together than single precision resolves."""
    different = np.unique(values)
    near = 1e-6 * np.abs(different).max()
    kept = [different[0]]
    for value in different[1:]:
        if value - kept[-1] > near:
            kept.append(value)
    return np.array([value for value in values if value in set(kept)])


def columns():
    values = SINGLE | st.integers(-20, 20).map(lambda n: n / 10)
    return arrays(np.float64, st.integers(1, 60), elements=values).map(apart)


@given(columns(), st.sampled_from([10, 100_000]))
def test_the_float32_image_of_a_column_is_in_the_same_cells(column, rows):
    """Each value is in the same cell in double and in single precision, none out of range."""
    buckets = numeric_buckets(column, rows)
    image = column.astype(np.float32).astype(np.float64)
    assert buckets.locate(image).tolist() == buckets.locate(column).tolist()


@pytest.mark.parametrize(
    ("reference", "live"),
    [
        ([i / 10 for i in range(1, 10)], [i * 0.1 for i in range(1, 10)]),
        ([4.99, 9.99, 19.99], np.float32([4.99, 9.99, 19.99]).tolist()),
        ([1 / 3, 2 / 3, 1.0, 4 / 3], [0.333333, 0.666667, 1.0, 1.333333]),
        ([0.333333, 0.666667, 1.0], [1 / 3, 2 / 3, 1.0]),
        ([0.3], [0.1 + 0.2]),
        ([5.0], [5 + 1e-12]),
        ([5.0], [5 - 1e-12]),
        ([0.0], [1e-17]),
        ([0.0, 0.1, 0.2], [0.3 - 0.1 * 3, 0.1, 0.2]),
        (np.round(np.linspace(0, 1, 400), 3).tolist(), np.round(np.linspace(0, 1, 400), 3).astype(np.float32).tolist()),
        ([round(i * 0.01, 2) for i in range(3000)], np.float32([round(i * 0.01, 2) for i in range(3000)]).tolist()),
    ],
)
@pytest.mark.parametrize("times", [3, 400])
def test_the_same_numbers_are_no_drift(reference, live, times):
    """Tenths, prices, thirds and constants show no drift and nothing out of range in any representation."""
    columns = [np.tile(np.array(values, dtype=float), times) for values in (reference, live)]
    learned = build({"a": columns[0]}, len(columns[0]))
    grid = Grid(learned)
    measuring = Measuring(grid)
    located = grid.locate(Batch(len(columns[1]), ModelKey(), np.zeros(len(columns[1])), {"a": columns[1]}))
    everything = slice(0, len(columns[1]))
    cells = located.counts(everything, grid.n_cells)
    comparison = measuring.compare(cells, located.sums(everything))
    assert PSI.compute(comparison)[0] < 0.001
    assert comparison.cumulative.gap[0] < 0.001
    assert measuring.quality(cells).out_of_range[0] == 0


def bfloat16(values):
    bits = np.float32(values).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32).astype(float)


PRECISIONS = {
    "single": lambda values: np.float32(values).astype(float),
    "half": lambda values: np.float16(values).astype(float),
    "bfloat16": bfloat16,
}
FEW_VALUED = {
    "tenths": np.arange(1, 10) / 10,
    "hundredths": np.arange(101) / 100,
    "three prices": np.array([4.99, 9.99, 19.99]),
    "prices": np.round(np.arange(0.99, 60), 2),
    "one price": np.array([4.99]),
    "signs": np.array([-0.3, -0.1, 0.7]),
    "thirds": np.array([1 / 3, 2 / 3, 1, 4 / 3]),
    "learning rates": np.array([1e-6, 1e-5, 1e-4, 1e-3]),
    "lengths": np.array([160.5, 172.3, 181.1, 190.9]),
    "ages": np.arange(18.0, 91.0),
}


def statistics(reference, live):
    """Return PSI, the greatest gap and the share out of range of a live column against a reference."""
    grid = Grid(build({"a": reference}, len(reference)))
    measuring, rows = Measuring(grid), slice(0, len(live))
    located = grid.locate(Batch(len(live), ModelKey(), np.zeros(len(live)), {"a": live}))
    cells = located.counts(rows, grid.n_cells)
    comparison = measuring.compare(cells, located.sums(rows))
    return PSI.compute(comparison)[0], comparison.cumulative.gap[0], measuring.quality(cells).out_of_range[0]


@pytest.mark.parametrize("precision", PRECISIONS.values(), ids=PRECISIONS)
@pytest.mark.parametrize("values", FEW_VALUED.values(), ids=FEW_VALUED)
def test_few_values_are_the_same_in_any_precision(values, precision):
    """If the distance between values allows, they show no drift in single, half and bfloat16 precision."""
    column = np.tile(values, 50)
    assert statistics(column, precision(column)) == pytest.approx((0, 0, 0), abs=1e-9)


@pytest.mark.parametrize("apart", [86_400, 3600, 600])
def test_seconds_since_1970_are_the_same_in_single_precision(apart):
    """Single precision moves today's seconds by up to 64; days, hours and ten minutes stay the same."""
    column = np.tile(1_700_000_000.0 + apart * np.arange(60), 20)
    assert statistics(column, np.float32(column).astype(float)) == pytest.approx((0, 0, 0), abs=1e-9)


@pytest.mark.parametrize("values", [[1000.0], [1000.0, 1001.0], [0.5, 0.501]])
def test_the_next_value_is_another(values):
    """The margin ends where the next value would begin: another whole number, or the distance between values."""
    apart = values[-1] - values[0] or 1.0
    column = np.tile(values, 50)
    assert statistics(column, column + apart)[2] > 0


def test_edges_of_few_values_are_half_way_and_short():
    """The exposed edges between tenths are their middles, with as few digits as possible."""
    buckets = numeric_buckets(np.repeat([0.1, 0.2, 0.3], 5), 15)
    assert buckets.cuts[buckets.exposed][1:-1].tolist() == [0.15, 0.25]
    hours = numeric_buckets(np.repeat(np.arange(6.0), 5), 30)
    assert hours.cuts[hours.exposed][1:-1].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
    thirds = numeric_buckets(np.repeat([1 / 3, 2 / 3, 4.99, 19.99], 5), 20)
    assert thirds.cuts[thirds.exposed][1:-1].tolist() == [0.5, 3.0, 12.0]


@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6).map(lambda n: round(n, 3))))
def test_exposed_edges_have_few_digits(column):
    """A bucket's label never has many more digits than needed to separate the values."""
    buckets = numeric_buckets(column, len(column))
    for edge in buckets.cuts[buckets.exposed].tolist():
        assert len(repr(edge)) <= 13, edge


def test_a_density_has_short_edges_that_separate_as_its_quantiles():
    """With very many distinct values each edge is just below the value of a quantile, with few digits."""
    values = np.sort(np.random.default_rng(1).normal(size=10 * FEW_VALUES))
    buckets = numeric_buckets(values, len(values))
    edges = buckets.cuts[buckets.exposed]
    assert np.searchsorted(values, edges[:-1]).tolist() == [len(values) * k // 20 for k in range(20)]
    assert all(len(repr(edge)) <= 10 for edge in edges.tolist())


@given(columns())
def test_each_value_is_in_its_own_spacing(column):
    """Starts ascend with the values, and each value is between its start and its end."""
    spacing = spacing_of(column)
    assert (spacing.starts <= spacing.values).all() and (spacing.values < spacing.ends).all()
    assert (spacing.ends[:-1] <= spacing.starts[1:]).all() or len(spacing.values) == 1
    assert (spacing.edges <= spacing.starts).all()


def test_a_heavy_value_is_the_atom_of_its_cell():
    """If a value occurs often, its cell holds nothing else."""
    values = np.concatenate([np.zeros(500), np.random.default_rng(2).random(500)])
    buckets = numeric_buckets(values, 1000)
    atoms, points = atoms_of(buckets, values)
    assert atoms[buckets.locate(np.array([0.0]))[0] - 1] == 1
    assert points[buckets.locate(np.array([0.0]))[0] - 1] == 0


@given(columns())
def test_distances_are_measured_with_values(column):
    """The cuts of a value's cell stand for that value, in ascending order."""
    buckets = numeric_buckets(column, len(column))
    _, points = atoms_of(buckets, column)
    assert (np.diff(points) >= 0).all()
    assert set(np.unique(column).tolist()) <= set(points.tolist())
