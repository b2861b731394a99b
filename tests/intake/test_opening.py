"""What is around a payload is opened, to a bounded depth and size."""

import gzip
from base64 import b64encode

import orjson
from inference_exporter.intake.opening import DEPTH_AT_MOST, UNPACKED_BYTES, Part, Unopened, opened

EVENT = {"specversion": "1.0", "type": "t", "id": "1", "source": "/"}


def wrapped(content, times):
    """Return a document inside of that many events."""
    for _ in range(times):
        content = EVENT | {"data_base64": b64encode(orjson.dumps(content)).decode()}
    return content


def test_other_documents_keep_their_attributes():
    """A document that is no envelope is left alone."""
    assert list(opened({"instances": []}, {"type": "t"})) == [Part({"instances": []}, {"type": "t"})]


def test_envelopes_around_envelopes_are_opened():
    """Up to the maximum depth the innermost document is found."""
    [part] = opened(wrapped({"instances": [[1]]}, DEPTH_AT_MOST), {})
    assert part.document == {"instances": [[1]]}


def test_too_many_envelopes_are_refused():
    """One envelope more is a reason, not a recursion."""
    [refused] = opened(wrapped({}, DEPTH_AT_MOST + 1), {})
    assert refused == Unopened("expected at most 4 envelopes around each other, got more", "unreadable_payload")


def test_compressed_content_is_bounded():
    """Content that unpacks to too much costs only itself."""
    bomb = gzip.compress(bytes(UNPACKED_BYTES + 1), compresslevel=1)
    [refused] = opened(EVENT | {"data_base64": b64encode(bomb).decode()}, {})
    assert refused.reason == "too_large"


def test_lines_inside_become_documents():
    """A body of lines gives a document for each; a bad line costs only itself."""
    found = list(opened(b'{"instances": [1]}\nnot JSON\n{"instances": [2]}', {}))
    assert [part.document for part in found if isinstance(part, Part)] == [{"instances": [1]}, {"instances": [2]}]
    assert [part.reason for part in found if isinstance(part, Unopened)] == ["not_json"]
