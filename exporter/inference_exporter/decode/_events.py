"""Reads server-sent events as one record: a streamed response."""

from collections.abc import Iterable, Iterator

from ..errors import DecodeError
from ..samples.records import EVENT_STREAM, Rows
from ..values.event_stream import documents_of
from ..values.faults import Fault
from ._limits import DOCUMENT_BYTES, decoded_bytes


def read_events(chunks: Iterable[bytes]) -> Iterator[Rows]:
    """Yield a stream as one record."""
    body = b"".join(chunks)
    if decoded_bytes(body) > DOCUMENT_BYTES:
        raise DecodeError(
            f"expected a stream of at most {DOCUMENT_BYTES} bytes once decoded, got more", "too_large", 413
        )
    try:
        documents = documents_of(body.decode("utf-8", "replace").replace("\0", "\ufffd"))
    except Fault as fault:
        raise DecodeError(str(fault), "not_json") from fault
    yield Rows([{EVENT_STREAM: documents}] if documents else (), range(len(documents[:1])))
