"""Options: the valid numbers."""

import pytest
from inference_exporter.client import Options


@pytest.mark.parametrize("name", ["queue_samples", "batch_samples", "batch_bytes"])
def test_bounds_are_at_least_one(name):
    """A limit below 1 raises an error that names it."""
    with pytest.raises(ValueError, match=f"{name}: expected at least 1, got 0"):
        Options(**{name: 0})


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_times_are_positive(value):
    """A time that is not positive raises an error that names it."""
    with pytest.raises(ValueError, match="batch_seconds: expected a positive number of seconds"):
        Options(batch_seconds=value)
