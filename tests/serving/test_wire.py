"""Frames between front and worker."""

import orjson
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.serving.wire import LENGTHS, frame_start


@given(st.dictionaries(st.text(), st.text() | st.integers(-(2**53), 2**53)), st.integers(0, 2**32 - 1))
def test_a_head_comes_back(head, body_size):
    """The lengths say where the head ends and how long the body is."""
    frame = frame_start(head, body_size)
    head_size, size = LENGTHS.unpack_from(frame)
    assert (orjson.loads(frame[LENGTHS.size :]), size) == (head, body_size)
    assert len(frame) == LENGTHS.size + head_size
