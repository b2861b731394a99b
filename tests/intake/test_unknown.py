"""Payloads that could not be read are kept without their values, in a bounded ring."""

import orjson
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.intake.unknown import BODIES_AT_MOST, BODY_LENGTH_AT_MOST, BYTES_AT_MOST, UnknownPayloads

SECRET = {"name": "Ada", "age": 31, "tags": ["a", "b"], "inner": {"ok": True, "none": None}}


def test_names_and_types_are_kept():
    """Values are not in the ring, nor is what the message says of them."""
    ring = UnknownPayloads()
    ring.add(SECRET, "name: expected a number, got 'Ada'", "unreadable_payload", 5.0)
    [one] = ring.latest()
    assert orjson.loads(one.payload) == {
        "name": "text of 3", "age": "number", "tags": ["text of 1", "2 items"],
        "inner": {"ok": "boolean", "none": "null"},
    }  # fmt: skip
    assert (one.message, one.reason) == ("name: expected a number", "unreadable_payload")


def test_values_are_kept_if_configured():
    """With the setting a person sees what came."""
    ring = UnknownPayloads(show=True)
    ring.add(SECRET, "expected x, got 'Ada'", "unknown_payload", 5.0)
    assert '"name":"Ada"' in ring.latest()[0].payload
    assert ring.latest()[0].message.endswith("'Ada'")


def test_the_ring_is_bounded():
    """The oldest makes room, in number and in bytes."""
    ring = UnknownPayloads(show=True)
    for number in range(2 * BODIES_AT_MOST):
        ring.add({f"{place}" * 30: "x" * 200 for place in range(40)} | {"n": number}, "m", "unknown_payload", number)
    kept = ring.latest()
    assert sum(len(one.payload) for one in kept) <= BYTES_AT_MOST
    assert [one.received_timestamp_seconds for one in kept[:2]] == [2 * BODIES_AT_MOST - 1, 2 * BODIES_AT_MOST - 2]


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=30,
    ),
    st.booleans(),
)
def test_any_payload_can_be_kept(value, show):
    """Whatever came, its description is short text."""
    ring = UnknownPayloads(show)
    ring.add(value, "m", "unknown_payload", 0.0)
    ring.add([2**70, "\ud800"], "m", "unknown_payload", 0.0)
    assert all(len(one.payload.encode()) <= 4 * BODY_LENGTH_AT_MOST for one in ring.latest())
