"""Arrays as text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.reference.base64_arrays import packed, unpacked


@given(st.lists(st.floats(allow_nan=True)))
def test_what_is_packed_comes_back(values):
    """Every float, NaN and infinities included, survives the way through text."""
    assert unpacked(packed(np.array(values))).tobytes() == np.array(values, dtype="<f8").tobytes()


@pytest.mark.parametrize("text", ["AAA", "A===", "é"])
def test_broken_text_is_rejected(text):
    """Text that is not an array of whole values raises ValueError."""
    with pytest.raises(ValueError):
        unpacked(text)
