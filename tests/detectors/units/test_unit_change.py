"""Changes of unit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.units.unit_change import (
    MAPS,
    N_CELLS,
    UNITS,
    UnitMap,
    located,
    suspects,
    unit_cells,
    unit_change,
)
from inference_exporter.reference.reference import build

# Units that a quantity of this kind may have, with typical spreads.
QUANTITIES = {
    "amount": lambda draw, n: draw.lognormal(3, 0.6, n),
    "centred": lambda draw, n: draw.normal(0, 1, n),
    "count": lambda draw, n: draw.poisson(6, n).astype(float),
    "celsius": lambda draw, n: draw.normal(11, 6, n),
    "metres": lambda draw, n: draw.normal(1.72, 0.1, n),
    "skewed": lambda draw, n: draw.exponential(40, n),
    "heavy": lambda draw, n: np.where(draw.random(n) < 0.3, 5.0, draw.normal(20, 4, n)),
}
FAR = [each for each in UNITS if each.name.startswith("x")]


def cells_of(kind, seed=0, size=5000):
    return unit_cells(build({"x": QUANTITIES[kind](np.random.default_rng(seed), size)}, size, created=0.0).columns[0])


def found(cells, values):
    counts = np.bincount(located([cells], np.asarray(values)[np.newaxis])[0], minlength=N_CELLS)
    change = unit_change(cells, counts)
    return change and change.unit


def by_name(name):
    return next(each for each in UNITS if each.name == name)


def applied(unit, values):
    return values * unit.factor + unit.offset


@pytest.mark.parametrize("unit", FAR, ids=lambda unit: unit.name)
@pytest.mark.parametrize("kind", QUANTITIES)
def test_powers_of_ten_are_named_at_50_samples(kind, unit):
    """A window of 50 samples in another unit is recognised at least 19 times of 20, and never misidentified."""
    cells, draw = cells_of(kind), np.random.default_rng(5)
    names = [found(cells, applied(unit, QUANTITIES[kind](draw, 50))) for _ in range(60)]
    assert names.count(unit.name) >= 57
    assert set(names) <= {unit.name, None}


@pytest.mark.parametrize(
    ("kind", "name", "size"),
    [
        ("celsius", "celsius_to_fahrenheit", 50),
        ("celsius", "celsius_to_kelvin", 50),
        ("metres", "metre_to_foot", 100),
        ("metres", "mile_to_kilometre", 100),
        ("metres", "inch_to_centimetre", 100),
        ("heavy", "kilogram_to_pound", 10_000),
        ("heavy", "pound_to_kilogram", 10_000),
    ],
)
def test_other_units_are_named(kind, name, size):
    """Temperatures, lengths and weights are recognised too; with factors near 1, once the factor is certain."""
    cells, draw = cells_of(kind), np.random.default_rng(6)
    names = [found(cells, applied(by_name(name), QUANTITIES[kind](draw, size))) for _ in range(40)]
    assert names.count(name) >= 37
    assert set(names) <= {name, None}


@pytest.mark.slow
@pytest.mark.parametrize("size", [50, 200, 1000, 20_000])
@pytest.mark.parametrize("kind", QUANTITIES)
def test_clean_windows_and_ordinary_drift_are_no_change_of_unit(kind, size):
    """Windows that are clean, or shifted, spread, doubled or truncated, are not changes of unit."""
    cells, draw = cells_of(kind), np.random.default_rng(7)
    for _ in range(20 if size < 20_000 else 3):
        values = QUANTITIES[kind](draw, size)
        mean, spread = values.mean(), values.std()
        drifted = [
            values, values + spread / 2, values + 2 * spread, values - spread, mean + 2 * (values - mean),
            mean + (values - mean) / 2, values * 1.3, values * 2, values / 2, np.minimum(values, mean),
            np.full(size, mean), draw.normal(mean, spread, size),
        ]  # fmt: skip
        assert [found(cells, window) for window in drifted] == [None] * len(drifted)


def test_one_outlier_hides_no_change_and_makes_none():
    """A far value neither hides a change of unit nor looks like one."""
    cells, values = cells_of("amount"), QUANTITIES["amount"](np.random.default_rng(8), 60)
    assert found(cells, [*(values * 10), 1e9]) == "x10"
    assert found(cells, [*values, 1e9]) is None


def test_half_a_window_is_not_named():
    """While senders disagree there is no single change to report."""
    cells, values = cells_of("amount"), QUANTITIES["amount"](np.random.default_rng(8), 200)
    assert found(cells, [*(values[:100] * 10), *values[100:]]) is None


def test_too_few_samples_tell_nothing():
    """Fewer than 50 samples are not judged."""
    assert found(cells_of("amount"), QUANTITIES["amount"](np.random.default_rng(8), 49) * 10) is None


@pytest.mark.parametrize("column", [[1.0] * 200, [0.0, 1.0] * 100, [None] * 200, ["a"] * 200])
def test_ambiguous_columns_have_no_cells(column):
    """A constant, a column with two values, an empty column and text fit too many maps, or no map."""
    assert unit_cells(build({"x": column}, 200, created=0.0).columns[0]) is None


@given(st.sampled_from(list(QUANTITIES)), st.sampled_from(MAPS), st.integers(0, 1000))
def test_cells_tell_each_maps_own_shares(kind, unit, seed):
    """For every map, the counts over the merged cells are those of the window mapped back."""
    cells = cells_of(kind)
    values = applied(unit, QUANTITIES[kind](np.random.default_rng(seed), 100))
    counts = np.bincount(located([cells], values[np.newaxis])[0], minlength=N_CELLS)
    below = np.cumsum(counts)[:-1][cells.order]
    for place, own in enumerate(cells.order):
        assert below[place].tolist() == [(values < edge).sum() for edge in cells.edges[own]]


def test_values_on_a_lattice_fit_exactly():
    """Whole numbers moved through a map fall into the buckets that they came from, despite rounding."""
    values = np.repeat(np.arange(1.0, 11.0), 50)
    cells = unit_cells(build({"x": values}, 500, created=0.0).columns[0])
    for place, unit in enumerate(MAPS):
        back = applied(unit, values)
        counts = np.bincount(located([cells], back[np.newaxis])[0], minlength=N_CELLS)
        shares = np.cumsum(counts)[:-1][cells.order[place]] / 500
        assert shares == pytest.approx(cells.shares, abs=1e-12)


def test_small_and_large_batches_are_located_alike():
    """Both ways to find cells agree."""
    all_cells = [cells_of(kind) for kind in QUANTITIES]
    numbers = np.stack([QUANTITIES[kind](np.random.default_rng(1), 24) for kind in QUANTITIES])
    whole = located(all_cells, numbers)
    parts = [located(all_cells, numbers[:, first : first + 8]) for first in (0, 8, 16)]
    assert (np.concatenate(parts, axis=1) == whole).all()


@given(st.integers(0, 1000), st.sampled_from(MAPS))
def test_who_is_no_suspect_has_no_change(seed, unit):
    """The check of all features at once misses none whose unit changed."""
    all_cells, draw = [cells_of(kind) for kind in QUANTITIES], np.random.default_rng(seed)
    windows = [applied(unit, QUANTITIES[kind](draw, 100)) for kind in QUANTITIES]
    counts = np.stack([np.bincount(row, minlength=N_CELLS) for row in located(all_cells, np.stack(windows))])
    changed = [place for place, cells in enumerate(all_cells) if unit_change(cells, counts[place])]
    assert set(changed) <= set(suspects(all_cells, counts).tolist())
    assert suspects([], np.zeros((0, N_CELLS), dtype=int)).size == 0


def test_every_map_has_its_way_back():
    """The table has the inverse of each map."""
    for unit in UNITS:
        back = UnitMap("", 1 / unit.factor, -unit.offset / unit.factor)
        assert any(
            other.factor == pytest.approx(back.factor) and other.offset == pytest.approx(back.offset) for other in UNITS
        )
