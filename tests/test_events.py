"""Events: the last ones are kept, newest first."""

from inference_exporter.decode._base import Columns, Rows
from inference_exporter.events import TEXT_LENGTH_AT_MOST, Event, EventLog, events_of

NOW = 1_800_000_000.0


def read(*records):
    return events_of(Rows(records, range(len(records))), NOW)


def test_each_field_is_read():
    """Time, kind, title, text, model, version and tags, as they were sent."""
    (event,), rejected = read({
        "time": NOW - 5, "kind": "deployment", "title": "fraud 7", "text": "new features", "model": "fraud",
        "version": 7, "tags": {"commit": "abc", "canary": True},
    })  # fmt: skip
    assert event == Event(
        NOW - 5, "deployment", "fraud 7", "new features", "fraud", "7", {"commit": "abc", "canary": "True"}
    )
    assert rejected == []


def test_an_event_without_a_time_is_now():
    """What brings no time happened when it came; milliseconds are told from seconds."""
    events, _ = read({"kind": "k", "title": "t"}, {"kind": "k", "title": "t", "time": (NOW - 60) * 1000})
    assert [event.time for event in events] == [NOW, NOW - 60]


def test_long_texts_are_cut():
    """A text is for a person's glance, not a log file."""
    (event,), _ = read({"kind": "k", "title": "t", "text": "x" * 10_000})
    assert len(event.text) == TEXT_LENGTH_AT_MOST


def test_good_ones_of_a_bad_batch_are_kept():
    """A bad event costs itself, and is named by its place."""
    events, rejected = read({"kind": "k", "title": "a"}, {"kind": "k"}, {"kind": "k", "title": "b"})
    assert [event.title for event in events] == ["a", "b"]
    assert [item.index for item in rejected] == [1]


def test_columns_are_no_events():
    """Events come as objects."""
    events, rejected = events_of(Columns({"kind": ["k"]}, {}), NOW)
    assert events == []
    assert rejected[0].message == "expected an event object, got columns"


def test_the_last_are_kept():
    """Memory is bounded; what is kept comes newest first by its own time."""
    log = EventLog(3)
    log.add([Event(time, "k", f"t{time}") for time in (1.0, 5.0, 2.0, 4.0, 3.0)])
    assert [event.time for event in log.latest()] == [4.0, 3.0, 2.0]
