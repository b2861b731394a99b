"""Batch: messages of one kind as one request."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from time import sleep
from uuid import uuid4

from .encoding import LineEncoder
from .options import Options
from .outbox import Entry, Outbox
from .throttled_warnings import describe
from .transport import Answer
from .weight import weight_of

# Below this size, compression costs more than it saves on any network.
SMALLEST_COMPRESSED = 8 * 1024
# Encoding holds the GIL: yield to other threads after this many lines.
LINES_BEFORE_OTHERS = 16


@dataclass(slots=True)
class Batch:
    """The content of one request. Retries keep its idempotency key, so that it counts once."""

    outbox: Outbox
    lines: list[bytes] = field(default_factory=list)
    markers: list[Event] = field(default_factory=list)
    fault: str = ""
    """Why the last message with an unreadable value could not be read completely."""
    key: str = field(default_factory=lambda: str(uuid4()))

    def request(self, options: Options) -> tuple[bytes, Mapping[str, str]]:
        """Return body and headers."""
        body = b"\n".join(self.lines) + b"\n"
        headers = {**options.headers, "Content-Type": "application/x-ndjson", "Idempotency-Key": self.key}
        if options.compress and len(body) >= SMALLEST_COMPRESSED:
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return body, headers


def next_batch(outbox: Outbox, encode: LineEncoder, options: Options) -> Batch:
    """Take messages until the batch is full or the outbox empty; drop only messages that cannot be encoded."""
    batch = Batch(outbox)
    size = 0
    while len(batch.lines) < options.batch_samples and size < options.batch_bytes:
        entry = outbox.take()
        if entry is None:
            break
        if isinstance(entry, Event):
            batch.markers.append(entry)
            continue
        line = _line(batch, entry, encode, options)
        if line is not None:
            batch.lines.append(line)
            size += len(line)
            if len(batch.lines) % LINES_BEFORE_OTHERS == 0:
                sleep(0)
    return batch


def _line(batch: Batch, entry: Entry, encode: LineEncoder, options: Options) -> bytes | None:
    # Encoding a huge message, not weighed so far, would copy it twice.
    if type(entry) is tuple and (weight := weight_of(entry)) > batch.outbox.most_bytes // 2:
        _too_large(batch, weight)
        return None
    try:
        line = encode(batch.outbox.fields, entry)
    except BaseException as error:  # foreign values may raise anything: only this message is lost
        batch.outbox.give_up("unreadable", 1)
        batch.fault = f"dropped one of {batch.outbox.kind} that is unreadable: {describe(error)}"
        return None
    if encode.fault:
        batch.fault = f"sent one of {batch.outbox.kind} without unreadable values: {encode.fault}"
    if len(line) > options.batch_bytes:
        _too_large(batch, len(line))
        return None
    if len(line) > batch.outbox.heavy_from:
        batch.outbox.weigh_all()
    return line


def _too_large(batch: Batch, size: int) -> None:
    batch.outbox.give_up("too_large", 1)
    batch.fault = f"dropped one of {batch.outbox.kind} of {size:,} bytes"


def accepted_of(answer: Answer, messages: int) -> int:
    """Return how many messages a final answer accepted: its count, else all or nothing by its status."""
    is_success = 200 <= answer.status < 300
    try:
        accepted = json.loads(answer.body)["accepted"]
        return min(max(int(accepted), 0), messages)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return messages if is_success else 0
