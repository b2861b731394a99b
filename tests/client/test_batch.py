"""Batch: its content, and the result in the answer."""

import pytest
from inference_exporter.client.batch import accepted_of, next_batch
from inference_exporter.client.encoding import LineEncoder
from inference_exporter.client.options import Options
from inference_exporter.client.outbox import Outbox
from inference_exporter.client.transport import Answer


@pytest.mark.parametrize(
    ("status", "body", "accepted"),
    [
        (200, b'{"accepted": 3, "rejected": 2, "errors": []}', 3),
        (202, b"", 5),
        (204, b"thanks", 5),
        (200, b'{"accepted": 6}', 5),
        (200, b'{"accepted": -1}', 0),
        (200, b"[]", 5),
        (200, b"\xff", 5),
        (200, b'{"accepted": 1e999}', 5),
        (200, b"[" * 100_000, 5),
        (400, b'{"accepted": 2, "rejected": 3}', 2),
        (400, b"bad request", 0),
        (302, b"", 0),
    ],
)
def test_accepted(status, body, accepted):
    """The accepted number is the answer's, within the batch; else all or nothing by its status."""
    assert accepted_of(Answer(status, body), 5) == accepted


def test_a_huge_message_is_dropped_before_it_is_encoded():
    """An unweighed message that is too large for the queue is dropped before encoding."""
    outbox = Outbox("samples", ("features",), room=10, most_bytes=10_000)
    outbox.entries.extend([({"text": "x"},), ({"text": "x" * 6_000},)])
    batch = next_batch(outbox, LineEncoder(), Options())
    assert len(batch.lines) == 1
    assert outbox.flow().dropped == {"too_large": 1}
    assert "of 6," in batch.fault
