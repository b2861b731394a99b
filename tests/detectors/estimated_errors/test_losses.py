"""Losses beside expected ones: chance leaves nothing, and what varies or is missed is found."""

import numpy as np
import pytest
from inference_exporter.detectors.estimated_errors.error_cells import CELLS
from inference_exporter.detectors.estimated_errors.losses import Losses

N = 20_000


def losses_of(times=1.0):
    """Return losses that chance explains, times a factor of each row."""
    random = np.random.default_rng(0)
    cells = np.arange(N) % CELLS
    return Losses.of(cells, random.exponential(1.0 + cells) * times)


def test_chance_adds_nothing():
    """Independent losses leave neither a spread nor a misfit worth mentioning."""
    losses = losses_of()
    assert losses.spread(20) < 0.02
    assert losses.misfit([np.random.default_rng(1).integers(0, 9, N)], [9]) < 0.02


def test_stretches_that_differ_have_a_spread():
    """Stretches 20 % above and below the mean have a spread of 20 %, and a quarter more for being few."""
    times = np.where(np.arange(N) * 20 // N % 2 == 0, 1.2, 0.8)
    assert losses_of(times).spread(20) == pytest.approx(0.2 * 1.25, rel=0.1)


def test_what_a_column_does_and_nobody_knows_is_a_misfit():
    """A column that raises losses by its value, beside the cells, is off by that much in its thirds."""
    code = np.random.default_rng(1).integers(0, 3, N)
    losses = losses_of(np.array([0.7, 1.0, 1.3])[code])
    assert losses.misfit([code], [3]) == pytest.approx(0.3 * np.sqrt(2 / 3), rel=0.1)
