"""Options: what a number may be."""

import pytest
from inference_exporter.client import Options


@pytest.mark.parametrize("name", ["queue_samples", "batch_samples", "batch_bytes"])
def test_bounds_are_at_least_one(name):
    """A bound of nothing is a mistake in the code, and said so by name."""
    with pytest.raises(ValueError, match=f"{name}: expected at least 1, got 0"):
        Options(**{name: 0})


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_times_are_positive(value):
    """A time that is not positive is a mistake in the code, and said so by name."""
    with pytest.raises(ValueError, match="batch_seconds: expected a positive number of seconds"):
        Options(batch_seconds=value)
