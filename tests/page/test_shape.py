"""A column's counts as readable bars."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inference_exporter.page.shape import DISTINCT_AT_MOST, ROWS, STEPS, CategoricalShape, NumericShape, shape_of
from inference_exporter.reference.buckets import NumericBuckets
from inference_exporter.reference.reference import build

ANY = st.floats(-1e3, 1e3) | st.integers(-50, 50).map(float) | st.floats(allow_nan=False, allow_infinity=False)


def shape(reference, window):
    """Return the shape of a window over a reference."""
    column = build({"x": reference}, len(reference), created=0.0).columns[0]
    cells = np.bincount(column.buckets.locate(window), minlength=column.buckets.n_cells)
    return shape_of(column, cells)


def bars_of(drawn):
    """Return every bar of a numeric shape."""
    return [*drawn.steps, drawn.below, drawn.above, *drawn.others]


def test_a_density_looks_as_numpy_draws_it():
    """The steps approximate numpy's histogram of the values, to the width of a fine cell."""
    values = np.random.default_rng(0).normal(0, 1, 20_000)
    drawn = shape(values, values)
    assert len(drawn.steps) == STEPS
    assert drawn.ends == pytest.approx(np.quantile(values, [0.01, 0.99]), abs=0.05)
    expected = np.histogram(values, drawn.edges)[0] / len(values)
    assert [bar.reference for bar in drawn.steps] == pytest.approx(expected, abs=0.003)
    assert [bar.window for bar in drawn.steps] == pytest.approx(expected, abs=0.003)
    assert drawn.below.reference == pytest.approx(0.01, abs=0.003)


def test_what_left_the_range_is_a_bar_at_the_side():
    """Values out of the reference's range have a bar at the side."""
    drawn = shape(np.linspace(0, 1, 1000), np.concatenate([np.full(300, 5.0), np.full(100, -5.0), np.full(600, 0.5)]))
    assert drawn.above.window == pytest.approx(0.3)
    assert drawn.below.window == pytest.approx(0.1)


def test_whole_numbers_have_even_steps():
    """With 48 values each step holds two, without a comb pattern or a step for a median between values."""
    values = np.arange(48.0).repeat(20)
    drawn = shape(values, values)
    assert len({round(bar.reference, 12) for bar in drawn.steps}) == 1
    assert drawn.ends == (0.0, 47.0)
    assert not drawn.few_values


def test_few_values_have_a_bar_each():
    """A feature with few values has a bar for each, even for rare ones."""
    drawn = shape(np.repeat([0.0, 1.0, 2.0], [900, 95, 5]), np.repeat([0.0, 1.0, 2.0], [50, 40, 10]))
    assert drawn.few_values
    assert [bar.reference for bar in drawn.steps] == pytest.approx([0.9, 0.095, 0.005])
    assert [bar.window for bar in drawn.steps] == pytest.approx([0.5, 0.4, 0.1])
    assert len(drawn.steps) <= DISTINCT_AT_MOST


def test_values_far_apart_stand_side_by_side():
    """A code such as 999 for "unknown" does not squeeze the other values."""
    values = np.repeat([1.0, 2.0, 3.0, 999.0], 100)
    drawn = shape(values, values)
    assert [bar.reference for bar in drawn.steps] == pytest.approx([0.25] * 4)
    assert drawn.ends == (1.0, 999.0)


def test_rare_values_far_out_are_one_bar():
    """If a feature is mostly 0, common values have their bars, and the rare others share one."""
    values = np.concatenate([np.zeros(9700), np.ones(210), np.arange(2.0, 272.0, 3.0)])
    drawn = shape(values, values)
    assert [bar.reference for bar in drawn.steps] == pytest.approx([0.97, 0.021])
    assert drawn.above.reference == pytest.approx(0.009)
    assert drawn.ends == (0.0, 1.0)


def test_a_constant_is_one_bar():
    """A constant reference has one step, and other values have bars at the side."""
    drawn = shape(np.full(100, 7.0), np.repeat([7.0, 8.0], 50))
    assert [(bar.reference, bar.window) for bar in drawn.steps] == [(1.0, 0.5)]
    assert drawn.above.window == 0.5


def test_missing_is_drawn_where_it_is_seen():
    """Missing and non-finite values have a bar if there are more than a few."""
    values = np.linspace(0, 1, 1000)
    window = np.where(np.arange(1000) < 200, np.nan, values)
    window[900:] = np.inf
    assert {bar.label: round(bar.window, 3) for bar in shape(values, window).others} == {
        "missing": 0.2,
        "not a number": 0.1,
    }
    assert shape(values, values).others == ()


def test_a_column_of_nothing_has_no_steps():
    """A reference of missing values only is drawn without steps."""
    drawn = shape(np.full(100, np.nan), np.full(10, np.nan))
    assert drawn.steps == ()
    assert [bar.label for bar in drawn.others] == ["missing"]


def test_an_empty_window_is_unknown():
    """Without samples the window's bars are NaN, not 0."""
    drawn = shape(np.linspace(0, 1, 100), np.array([]))
    assert all(np.isnan(bar.window) for bar in drawn.steps)
    assert all(np.isnan(bar.window) for bar in shape(["a", "b"] * 50, []).bars)


@pytest.mark.slow
@given(
    arrays(float, st.integers(2, 300), elements=ANY),
    arrays(float, st.integers(1, 300), elements=ANY | st.just(np.nan)),
)
def test_no_value_is_drawn_twice_or_lost(reference, window):
    """For any values, the bars of each side add up to 1, except for shares too rare to show."""
    drawn = shape(reference, window)
    assert isinstance(drawn, NumericShape)
    assert isinstance(build({"x": reference}, len(reference), created=0.0).columns[0].buckets, NumericBuckets)
    assert sum(bar.reference for bar in bars_of(drawn)) == pytest.approx(1.0, abs=0.01)
    assert sum(bar.window for bar in bars_of(drawn)) == pytest.approx(1.0, abs=0.01)
    assert list(drawn.edges) == sorted(drawn.edges)
    assert len(drawn.steps) <= STEPS


def test_categories_are_named():
    """Categories keep their names and shares, in the reference's order."""
    drawn = shape(["a"] * 60 + ["b"] * 40, ["a"] * 10 + ["b"] * 30)
    assert [(bar.label, bar.reference, bar.window) for bar in drawn.bars] == [("a", 0.6, 0.25), ("b", 0.4, 0.75)]


def test_rare_categories_are_drawn_together():
    """The most frequent categories of either side have rows, and the rest is summed."""
    reference = [f"c{place:02d}" for place in range(40) for _ in range(40 - place)]
    drawn = shape(reference, ["c29"] * 50 + ["new"] * 30 + [None] * 20)
    assert isinstance(drawn, CategoricalShape)
    assert len(drawn.bars) == ROWS
    labels = [bar.label for bar in drawn.bars]
    assert labels[-3:] == ["other categories", "never seen before", "missing"]
    assert "c29" in labels
    assert sum(bar.reference for bar in drawn.bars) == pytest.approx(1.0)
    assert sum(bar.window for bar in drawn.bars) == pytest.approx(1.0)
