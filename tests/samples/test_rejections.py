"""Rejections: all are counted, only the first are shown."""

from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.samples.rejections import MESSAGE_LENGTH_AT_MOST, SHOWN_AT_MOST, Rejections

GROUPS = st.lists(st.tuples(st.lists(st.integers(0, 999)), st.sampled_from("ab")), max_size=5)


@given(GROUPS, st.integers(0, 20))
def test_all_are_counted_and_the_first_shown(groups, number):
    """All are counted by reason; the first by position are shown."""
    rejected = Rejections()
    for places, reason in groups:
        rejected.add_all(sorted(places), "why", reason)
    every = sorted(place for places, _ in groups for place in places)
    assert len(rejected) == len(every) == rejected.counts.total()
    assert [item.index for item in rejected] == every
    assert [item.index for item in rejected.first(number)] == every[:number]


def test_a_long_message_is_cut():
    """Long messages are truncated."""
    rejected = Rejections()
    rejected.add(0, "x" * 1_000_000, "r")
    assert len(rejected.first(SHOWN_AT_MOST)[0].message) == MESSAGE_LENGTH_AT_MOST


def test_merged():
    """Merged rejections hold those of both."""
    one, other = Rejections(), Rejections()
    one.add(3, "a", "r")
    other.add(1, "b", "s")
    one.merge(other)
    assert [(item.index, item.reason) for item in one] == [(1, "s"), (3, "r")]
