"""The kind of change of a column."""

import numpy as np
import pytest
from inference_exporter.explain.changes import changes_of
from inference_exporter.explain.kinds import kind_of, spread_of
from scipy.special import ndtr

EDGES = np.linspace(-2, 2, 19)


def counts(mean=0.0, stddev=1.0, size=10_000.0):
    """Return the counts of a normal distribution in twenty ranges."""
    return np.diff(ndtr((np.array([-np.inf, *EDGES, np.inf]) - mean) / stddev)) * size


@pytest.mark.parametrize("shift", [-1.0, -0.3, 0.0, 0.3, 1.0])
def test_location_is_in_standard_deviations(shift):
    """A shift of a normal feature is measured in standard deviations."""
    assert spread_of(counts(), counts(shift)).location == pytest.approx(shift, abs=0.1)


@pytest.mark.parametrize("ratio", [0.5, 0.8, 1.0, 1.25])
def test_scale_is_the_logarithm_of_a_ratio(ratio):
    """The scale of a normal feature is measured as the ratio of its spread."""
    assert spread_of(counts(), counts(0.0, ratio)).scale == pytest.approx(np.log(ratio), abs=0.1)


def test_no_samples_are_nowhere():
    """Without numbers the location is unknown."""
    assert np.isnan(spread_of(counts(), np.zeros(20)).location)


def test_one_outlier_moves_nothing():
    """However far out a single value is, it counts as one beyond the greatest."""
    window = counts(size=200)
    window[-1] += 1
    spread = spread_of(counts(), window)
    assert abs(spread.location) < 0.02
    assert abs(spread.scale) < 0.02


def test_noise_is_no_part_of_what_is_explained(histograms):
    """A fault that matters is reported even if the noise of twenty buckets adds more to PSI."""
    reference = {"x": np.where(np.arange(6000) < 600, np.nan, np.linspace(0, 1, 6000))}
    rng = np.random.default_rng(2)
    view = histograms(reference, {"x": np.where(np.arange(400) < 60, np.nan, rng.uniform(0.1, 1, 400))})
    changes, column = changes_of(view.comparison), view.grid.columns[0]
    assert changes.contributions[0, -1] < 0.5 * changes.contributions[0].sum()
    assert kind_of(changes, 0, column.buckets.bounds, column.buckets) == "missing_up"
