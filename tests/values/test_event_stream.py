"""Server-sent events as their specification reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.values.event_stream import documents_of, looks_like_events
from inference_exporter.values.faults import Fault


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_events_in_any_line_ends(end):
    """Events end with an empty line or the end of the text; comments, names and ids say nothing."""
    lines = [": hello", "event: a", "id: 1", 'data: {"a": 1}', "", 'data:{"a":', "data: 2}", "", "data: [DONE]", "",
             "data", "", 'data: {"a": 3}']  # fmt: skip
    assert documents_of(end.join(lines)) == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_lines_of_json():
    """Text without events is NDJSON."""
    assert documents_of('{"a": 1}\n\n{"a": 2}\n') == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1}, {"a": 2}]',
        '[{"a": 1}\n,\r\n{"a": 2}\n]\n',
        '{"a": 1}{"a": 2}',
        '{\n"a": 1\n}\n{\n"a": 2\n}',
        '\ufeff[{"a": 1},{"a": 2}, {"a"',
        '{"a": 1}\n{"a": 2}\n{"a"',
    ],
)
def test_arrays_and_documents_over_lines(text):
    """An array, and documents one after another, are read wherever lines end; a last one that is cut is left out."""
    assert documents_of(text) == [{"a": 1}, {"a": 2}]


def test_arrays_of_other_things_are_refused():
    """A stream consists of objects."""
    with pytest.raises(Fault, match="document 0: expected an object, got '1"):
        documents_of("[1, 2]")
    with pytest.raises(Fault, match="document 0: expected JSON"):
        documents_of('[{"a": ' + "[" * 100_000)


def test_other_line_separators_stay_inside_data():
    """Only the line ends of the specification end a line: JSON may contain U+2028."""
    assert documents_of('data: {"a": "x\u2028y"}\n\n') == [{"a": "x\u2028y"}]


def test_broken_data_says_which():
    """The message names the event."""
    with pytest.raises(Fault, match="event 1: expected JSON"):
        documents_of('data: {"a": 1}\n\ndata: {"a"\n\ndata: {"a": 2}\n\n')
    with pytest.raises(Fault, match="event 0: expected JSON"):
        documents_of("data: hello\n\n")


def test_a_stream_that_was_cut_is_read_up_to_there():
    """The last event may be cut: its client has gone."""
    assert documents_of('data: {"a": 1}\n\ndata: {"a": "hel') == [{"a": 1}]


@given(st.text(alphabet='data: {}[]"1\n\r', max_size=60))
def test_any_text_is_read_or_refused(text):
    """No other error is raised."""
    try:
        documents_of(text)
    except Fault as fault:
        assert str(fault)


@pytest.mark.parametrize(
    ("text", "are"), [(b"data: 1", True), (b": ping", True), (b'{"data": 1}', False), (b"", False)]
)
def test_recognised_by_their_start(text, are):
    """JSON never starts as events do."""
    assert looks_like_events(text) == are
