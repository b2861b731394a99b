"""Arrow and Parquet are decoded by a process of their own, because damaged bodies can crash their library.

No check of ours covers all of a library in C++: a changed byte in the statistics of a Parquet file ends the process
that reads it. A process that only decodes may die of a body: that one is refused, the next one gets another process.
"""

import atexit
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec

import orjson

from ..errors import DecodeError
from ..samples.records import Columns
from ._apart_columns import shared_memory, unpacked, written
from ._apart_frames import BLOCK, END, NEXT, TABLE, receive, send, send_file
from ._table_portions import ROWS, TABLE_REQUEST

log = logging.getLogger(__name__)

PROCESSES_AT_MOST = 2
ANSWER_SECONDS = 30
"""How long a block may take."""
DIED = "decoder_died"
COMMAND = (sys.executable, "-P", "-m", f"{__package__}._apart_process")
ENVIRONMENT = {
    # Its own pool would reserve addresses, which are what the process has a bound for.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    # As in the worker: getting freed memory from the system again costs more than reading the body.
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(8 << 20),
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
}


class Died(Exception):
    """A decoder ended, or was ended because it took too long."""


class Decoder:
    """A running process that decodes one body at a time."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self._channel.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", ANSWER_SECONDS, 0))
        self._bodies, self._numbers = shared_memory(), shared_memory()
        with theirs:
            descriptors = theirs.fileno(), self._bodies, self._numbers
            self._process = subprocess.Popen(
                [*COMMAND, *map(str, descriptors)],
                pass_fds=descriptors,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=os.environ | ENVIRONMENT,
            )

    @property
    def is_alive(self) -> bool:
        """Whether it can take another body."""
        return self._process.poll() is None

    def blocks(self, kind: bytes, body: bytes) -> Iterator[Columns]:
        """Yield the blocks of a body.

        Raises
        ------
        DecodeError
            If it cannot be read.
        Died
            If the process ended; this object is of no more use.
        """
        written(self._bodies, body)
        self._send(kind, b"%d" % len(body))
        while True:
            answer, content = self._received()
            if answer == END:
                return
            if answer != BLOCK:
                raise DecodeError(*orjson.loads(content))
            yield unpacked(content, body, self._numbers)
            self._send(NEXT, b"")

    def portion(self, number: int, start: int, descriptor: int) -> bytes | None:
        """Return the next rows of a Parquet file, None after the last.

        Raises
        ------
        DecodeError
            If it is not a Parquet file.
        Died
            If the process ended; this object is of no more use.
        """
        with suppress(OSError):
            send_file(self._channel, TABLE, TABLE_REQUEST.pack(number, start), descriptor)
        answer, content = self._received()
        if answer not in (BLOCK, END):
            raise DecodeError(*orjson.loads(content))
        return content if answer == BLOCK else None

    def _send(self, kind: bytes, content: bytes) -> None:
        with suppress(OSError):  # it has gone, or hangs: seen when its answer is missing
            send(self._channel, kind, content)

    def _received(self) -> tuple[bytes, bytes]:
        try:
            frame = receive(self._channel)
        except OSError:  # no answer in time
            frame = None
        if frame is None:
            raise Died(self.end())
        return frame

    def end(self) -> str:
        """End the process, and return what became of it."""
        self._channel.close()
        os.close(self._bodies)
        os.close(self._numbers)
        with suppress(subprocess.TimeoutExpired):  # it may just be about to end by itself
            return _ending(self._process.wait(1.0))
        self._process.kill()
        self._process.wait()
        return f"took more than {ANSWER_SECONDS} s"


class Decoders:
    """Processes that decode, started when they are needed. Thread-safe."""

    def __init__(self) -> None:
        self._idle: list[Decoder] = []
        self._slots = threading.BoundedSemaphore(PROCESSES_AT_MOST)
        self._of_files: Decoder | None = None
        self._file_lock = threading.Lock()

    def blocks(self, kind: bytes, chunks: Iterable[bytes]) -> Iterator[Columns]:
        """Yield the blocks of a body.

        Raises
        ------
        DecodeError
            If it cannot be read, or ended the process that tried.
        """
        body, has_begun = b"".join(chunks), False
        for is_last in (False, True):  # once more: the first may have died of something else
            try:
                with self._one() as decoder:
                    for block in decoder.blocks(kind, body):
                        has_begun = True
                        yield block
                return
            except Died as ending:
                log.warning("a decoder died of a body of %d bytes: it %s", len(body), ending)
                if is_last or has_begun:
                    message = f"expected a body that can be decoded, got one whose decoder {ending}"
                    raise DecodeError(message, DIED) from ending

    def rows_of_file(self, number: int, start: int, descriptor: int) -> tuple[int, bytes] | None:
        """Return how many the next rows of a Parquet file are, and the rows as an Arrow stream; None after the last.

        Parameters
        ----------
        number : int
            Which file, among those that this process reads.
        start : int
            The row to go on at.
        descriptor : int
            The open file.

        Raises
        ------
        DecodeError
            If it is not a Parquet file, or ended the process that tried to read it.
        """
        with self._file_lock:
            for is_last in (False, True):
                if self._of_files is None or not self._of_files.is_alive:
                    self._of_files = _started()
                try:
                    portion = self._of_files.portion(number, start, descriptor)
                except Died as ending:
                    self._of_files = None
                    log.warning("a decoder died of a Parquet file: it %s", ending)
                    if is_last:
                        raise DecodeError(f"expected a Parquet file, got one whose decoder {ending}", DIED) from ending
                else:
                    break
        return None if portion is None else (ROWS.unpack_from(portion)[0], portion[ROWS.size :])

    @contextmanager
    def _one(self) -> Iterator[Decoder]:
        with self._slots:
            decoder = self._idle.pop() if self._idle else _started()
            if not decoder.is_alive:
                decoder.end()
                decoder = _started()
            try:
                yield decoder
            finally:
                if decoder.is_alive:
                    self._idle.append(decoder)

    def end(self) -> None:
        """End the idle ones; others end when we do."""
        while self._idle:
            self._idle.pop().end()
        if self._of_files is not None:
            self._of_files.end()
            self._of_files = None


def _started() -> Decoder:
    if find_spec("pyarrow") is None:
        message = "Arrow and Parquet need the extra: pip install 'inference-exporter[arrow]'"
        raise DecodeError(message, "not_supported", 415)
    return Decoder()


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"


# One for this process, like a library that it loads: wire formats are functions of bytes.
DECODERS = Decoders()
atexit.register(DECODERS.end)
