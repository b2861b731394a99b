"""CPU use from two readings."""

import math

import pytest
from inference_exporter.model.process import ProcessView
from inference_exporter.page.cpu import CpuRates
from inference_exporter.samples.batch import ModelKey

KEY, OTHER = ModelKey("m", "1", "champion"), ModelKey("n", "1", "champion")


def process(cpu_seconds, up=True):
    return ProcessView(up=up, cpu_seconds=cpu_seconds)


def test_the_first_look_knows_no_rate():
    """A single reading gives no rate."""
    assert math.isnan(CpuRates().cores(KEY, process(100.0), 0.0))


def test_a_later_look_knows_the_rate():
    """Two CPU seconds in four seconds are half a core, for each model separately."""
    rates = CpuRates()
    rates.cores(KEY, process(100.0), 0.0)
    rates.cores(OTHER, process(7.0), 0.0)
    assert rates.cores(KEY, process(102.0), 4.0) == 0.5
    assert rates.cores(OTHER, process(7.0), 4.0) == 0.0


def test_readers_at_once_share_a_reading():
    """Readings in quick succession share an earlier reading."""
    rates = CpuRates()
    rates.cores(KEY, process(100.0), 0.0)
    assert math.isnan(rates.cores(KEY, process(100.1), 0.1))
    assert rates.cores(KEY, process(105.0), 10.0) == 0.5
    assert rates.cores(KEY, process(105.05), 10.1) == pytest.approx(5.05 / 10.1)


def test_old_readings_are_forgotten():
    """After minutes without readings, the rate is unknown at first."""
    rates = CpuRates()
    rates.cores(KEY, process(100.0), 0.0)
    assert math.isnan(rates.cores(KEY, process(300.0), 600.0))
    assert rates.cores(KEY, process(303.0), 603.0) == 1.0


def test_a_process_that_is_gone_has_no_rate():
    """Without a readable process the rate is unknown; after a restart it is not negative."""
    rates = CpuRates()
    assert math.isnan(rates.cores(KEY, None, 0.0))
    assert math.isnan(rates.cores(KEY, process(None), 0.0))
    assert math.isnan(rates.cores(KEY, process(5.0, up=False), 0.0))
    rates.cores(KEY, process(100.0), 0.0)
    assert rates.cores(KEY, process(1.0), 5.0) == 0.0
