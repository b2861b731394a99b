"""Arrays that last."""

import numpy as np
from inference_exporter.model.lasting import grown


def test_keep_what_they_held():
    """Rows stay as they were, new ones are zero and writable; shape and type remain."""
    before = np.arange(6, dtype=np.float32).reshape(3, 2)
    after = grown(before, 5)
    assert after.dtype == np.float32
    assert after.tolist() == [*before.tolist(), [0, 0], [0, 0]]
    after[4] = 1
    assert grown(after, 5).tolist() == after.tolist()


def test_may_have_no_columns():
    """A model without scores has an array without columns."""
    assert grown(np.zeros((0, 0)), 7).shape == (7, 0)
