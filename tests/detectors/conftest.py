"""Fixtures of the tests of detectors."""

import pytest
from inference_exporter.learning.learning import learn
from unusual_samples import like_the_reference


@pytest.fixture(scope="session")
def reference():
    """Return a reference of 4,000 rows."""
    return learn(like_the_reference(4000, 1), in_order=False)
