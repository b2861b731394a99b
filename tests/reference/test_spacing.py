"""One number is in one cell, however it is written."""

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
    """Return a column less the values that lie closer to another than single precision can tell."""
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
    """Each value lies in one cell in double and in single precision, none out of range."""
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
    """Tenths, prices, thirds and constants measure no drift and nothing out of range in any representation."""
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


def test_edges_of_few_values_are_half_way_and_short():
    """The exposed edges between tenths are their middles, in as few digits as that takes."""
    buckets = numeric_buckets(np.repeat([0.1, 0.2, 0.3], 5), 15)
    assert buckets.cuts[buckets.exposed][1:-1].tolist() == [0.15, 0.25]
    hours = numeric_buckets(np.repeat(np.arange(6.0), 5), 30)
    assert hours.cuts[hours.exposed][1:-1].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]


def test_a_density_has_its_cuts_on_values():
    """Of very many different values each cut is a value, as quantiles are."""
    values = np.random.default_rng(1).normal(size=FEW_VALUES + 1)
    buckets = numeric_buckets(values, len(values))
    assert set(buckets.cuts[buckets.exposed][:-1].tolist()) <= set(values.tolist())
    assert buckets.cuts[-1] == np.nextafter(values.max(), np.inf)


@given(columns())
def test_each_value_is_in_its_own_spacing(column):
    """Starts ascend with the values, and each value lies between its start and its end."""
    spacing = spacing_of(column)
    assert (spacing.starts <= spacing.values).all() and (spacing.values < spacing.ends).all()
    assert (spacing.ends[:-1] <= spacing.starts[1:]).all() or len(spacing.values) == 1
    assert (spacing.edges <= spacing.starts).all()


def test_a_heavy_value_is_the_atom_of_its_cell():
    """Where a value comes again and again, its cell holds nothing else."""
    values = np.concatenate([np.zeros(500), np.random.default_rng(2).random(500)])
    buckets = numeric_buckets(values, 1000)
    assert atoms_of(buckets, values)[buckets.locate(np.array([0.0]))[0] - 1] == 1
