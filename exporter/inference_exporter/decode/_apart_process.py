"""The process that decodes Arrow and Parquet for another one, until that one hangs up."""

import mmap
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from ..errors import DecodeError
from ..samples.records import Columns
from ._apart_columns import Packer
from ._apart_frames import ARROW, BLOCK, END, NEXT, PARQUET, REFUSED, TABLE, receive_with_file, send
from ._arrow_blocks import arrow_blocks
from ._arrow_columns import pyarrow
from ._parquet_blocks import parquet_blocks
from ._table_portions import OpenTables

MORE_BYTES = 1 << 30
"""Memory for a body and what it becomes."""
OOM_SCORE = 500  # of 1000: where memory runs out, the kernel should end us rather than the engine

Blocks = Iterator[Columns]
READERS: Mapping[bytes, Callable[[Any], Blocks]] = {ARROW: arrow_blocks, PARQUET: parquet_blocks}


def run(descriptor: int, bodies: int, numbers: int) -> None:
    """Decode one body after another."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # we end when the other side does
    channel = socket.socket(fileno=descriptor)
    _load()
    _bound()
    blocks: Iterator[bytes] = iter(())
    tables = OpenTables()
    with suppress(OSError):  # the other side has gone
        while frame := receive_with_file(channel):
            kind, content, descriptor = frame
            if kind == TABLE:
                send(channel, *_answer(partial(tables.next, content, descriptor)))
                continue
            if kind != NEXT:
                blocks = _packed(kind, _mapped(bodies, int(content)), numbers)
            send(channel, *_answer(partial(next, blocks, None)))


def _mapped(memory: int, size: int) -> Any:
    return mmap.mmap(memory, size, access=mmap.ACCESS_READ) if size else b""


def _packed(kind: bytes, body: Any, numbers: int) -> Iterator[bytes]:
    packer = Packer(body, numbers)
    return map(packer.packed, READERS[kind](memoryview(body)))


def _answer(step: Callable[[], bytes | None]) -> tuple[bytes, bytes]:
    try:
        block = step()
        return (END, b"") if block is None else (BLOCK, block)
    except DecodeError as error:
        return _refused(str(error), error.reason, error.status)
    except MemoryError:
        return _refused("expected a body that needs less memory: send less at a time", "too_large", 413)
    except Exception as error:  # the library raises errors of any kind about bytes that it does not understand
        return _refused(f"expected a body that can be decoded, got {type(error).__name__}: {error}", "unreadable", 400)


def _refused(message: str, reason: str, status: int) -> tuple[bytes, bytes]:
    text = message.encode(errors="replace").decode()
    return REFUSED, orjson.dumps([text, reason, status])


def _load() -> None:
    pa = pyarrow()
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    from pyarrow import parquet  # noqa: F401 - part of the extra, loaded before memory is bounded


def _bound() -> None:
    """Bound memory, and leave neither core dumps nor the last words of the library in a log."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # not on Linux
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MORE_BYTES, used + MORE_BYTES))
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


if __name__ == "__main__":
    run(*map(int, sys.argv[1:]))
