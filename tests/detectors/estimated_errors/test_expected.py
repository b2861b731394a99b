"""Expected errors: sums of the cells' means, with limits."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from inference_exporter.detectors.estimated_errors.error_cells import CELLS, CalibratedErrors
from inference_exporter.detectors.estimated_errors.expected import estimates_of


def cells_of(spread=0.0, known=1e9, misfit=0.0):
    """Return cells whose mean error is their place plus one, always of the same size."""
    mean = np.arange(1.0, CELLS + 1)
    errors = CalibratedErrors(np.full(CELLS, known), mean, mean**2 * 1.5, mean**4 * 4)
    return SimpleNamespace(
        calibrated=errors, learned=SimpleNamespace(unit=2.0, spreads=[[spread, spread]], misfits=[misfit] * 2)
    )


def counts(**n):
    """Return a window with samples in some cells."""
    found = np.zeros(CELLS)
    for cell, number in n.items():
        found[int(cell[1:])] = number
    return found


def test_estimates_are_the_weighted_means():
    """Estimates are exact sums over cells, in the outcome's unit."""
    found = estimates_of(cells_of(), counts(c0=30, c3=10))
    assert found["mean_absolute_error"].value == pytest.approx(2 * (30 * 1 + 10 * 4) / 40)
    assert found["root_mean_squared_error"].value == pytest.approx(2 * np.sqrt(1.5 * (30 * 1 + 10 * 16) / 40))


def test_limits_narrow_with_samples_down_to_the_spread():
    """More samples narrow the limits, but not below what stretches of the reference vary."""
    few, many = (estimates_of(cells_of(0.1), counts(c5=n))["mean_absolute_error"] for n in (100, 1e9))
    assert few.upper - few.lower > many.upper - many.lower
    assert many.upper / many.value == pytest.approx(np.exp(1.96 * 0.1), rel=1e-3)


def test_limits_widen_with_a_small_reference():
    """A mean that few rows of the reference show is uncertain."""
    small, large = (estimates_of(cells_of(known=of), counts(c5=1000))["mean_absolute_error"] for of in (50, 1e9))
    assert small.upper > 1.05 * large.upper


def test_nothing_is_expected_of_an_empty_window():
    """Without samples every number is NaN."""
    for estimate in estimates_of(cells_of(), counts()).values():
        assert np.isnan(estimate).all()


def test_errors_of_zero_stay_zero():
    """Predictions that were always exact are expected to stay so."""
    cells = cells_of()
    nothing = np.zeros(CELLS)
    cells.calibrated = dataclasses.replace(cells.calibrated, absolute=nothing, squared=nothing, fourth=nothing)
    assert estimates_of(cells, counts(c1=5))["mean_absolute_error"] == (0, 0, 0)


def test_what_the_factors_miss_widens_the_limits():
    """A reference whose parts are off by a fifth leaves that much doubt, however many samples come."""
    found = estimates_of(cells_of(misfit=0.2), counts(c5=1e9))["mean_absolute_error"]
    assert found.upper / found.value == pytest.approx(np.exp(1.96 * 0.2), rel=1e-3)
