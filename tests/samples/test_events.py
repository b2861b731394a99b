"""Events: the last ones are kept, newest first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.samples.events import TAGS_AT_MOST, TEXT_LENGTH_AT_MOST, Event, EventLog, events_of
from inference_exporter.samples.labels import LABEL_LENGTH_AT_MOST
from inference_exporter.samples.records import Columns, Rows

NOW = 1_800_000_000.0


def read(*records):
    return events_of(Rows(records, range(len(records))), NOW)


def test_each_field_is_read():
    """Time, kind, title, text, model, version and tags are read."""
    (event,), rejected = read({
        "time": NOW - 5, "kind": "deployment", "title": "fraud 7", "text": "new features", "model": "fraud",
        "version": 7, "tags": {"commit": "abc", "canary": True},
    })  # fmt: skip
    assert event == Event(
        NOW - 5, "deployment", "fraud 7", "new features", "fraud", "7", {"commit": "abc", "canary": "True"}, NOW
    )
    assert not rejected


def test_an_event_without_a_time_is_now():
    """An event without a time happened on arrival; milliseconds are distinguished from seconds."""
    events, _ = read({"kind": "k", "title": "t"}, {"kind": "k", "title": "t", "time": (NOW - 60) * 1000})
    assert [event.time for event in events] == [NOW, NOW - 60]


def test_long_texts_are_cut():
    """Long texts are truncated."""
    (event,), _ = read({"kind": "k", "title": "t", "text": "x" * 10_000})
    assert len(event.text) == TEXT_LENGTH_AT_MOST


def test_tags_are_bounded():
    """The number and length of tags are bounded."""
    (event,), _ = read({"kind": "k", "title": "t", "tags": {f"{i}" + "k" * 999: "v" * 999 for i in range(100)}})
    assert len(event.tags) == TAGS_AT_MOST
    assert {len(text) for pair in event.tags.items() for text in pair} == {LABEL_LENGTH_AT_MOST}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (3, "expected an object, got 3"),
        ({"title": "t"}, "kind: expected text, got nothing"),
        ({"kind": "k", "title": ""}, "title: expected text, got nothing"),
        ({"kind": "k", "title": []}, "title: expected text of at most 128 characters, got a list"),
        ({"kind": "k", "title": "t", "text": 3}, "text, tags: expected text and an object"),
        ({"kind": "k", "title": "t", "tags": ["a"]}, "text, tags: expected text and an object"),
        ({"kind": "k", "title": "t", "time": "noon"}, "time: expected RFC 3339 or Unix seconds, got 'noon'"),
        ({"kind": "k", "title": "t", "version": 1.5}, "version: expected text of at most 128 characters, got 1.5"),
    ],
)
def test_a_bad_one_is_told_its_field(record, message):
    """The answer names the field, the expectation and the value."""
    events, (rejected,) = read(record)
    assert (events, rejected.message, rejected.reason) == ([], message, "invalid_field")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ("time", "kind", "title", "text", "model", "version", "tags")


@pytest.mark.slow
@given(st.lists(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)), max_size=4))
def test_every_record_is_an_event_or_refused(records):
    """Any JSON value is an event with a finite time, or rejected."""
    events, rejected = read(*records)
    assert len(events) + len(rejected) == len(records)
    assert all(event.kind and event.title and event.time == event.time for event in events)
    assert all(item.message for item in rejected)


def test_good_ones_of_a_bad_batch_are_kept():
    """Only the bad event is rejected, with its position."""
    events, rejected = read({"kind": "k", "title": "a"}, {"kind": "k"}, {"kind": "k", "title": "b"})
    assert [event.title for event in events] == ["a", "b"]
    assert [item.index for item in rejected] == [1]


def test_columns_are_no_events():
    """Columns of events are rejected."""
    events, rejected = events_of(Columns({"kind": ["k"]}, {}), NOW)
    assert events == []
    assert rejected.first()[0].message == "expected an event object, got columns"


def test_the_last_are_kept():
    """The latest events are kept, and listed newest first."""
    log = EventLog(3)
    log.add([Event(time, "k", f"t{time}") for time in (1.0, 5.0, 2.0, 4.0, 3.0)])
    assert [event.time for event in log.latest()] == [4.0, 3.0, 2.0]


def test_what_is_kept_is_bounded_in_bytes():
    """Long texts evict the oldest events."""
    log = EventLog(1000, 50_000)
    log.add([Event(float(time), "k", f"t{time}", "x" * 2000) for time in range(100)])
    assert 10 < len(log.latest()) < 30
    assert log.latest()[0].title == "t99"
