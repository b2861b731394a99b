"""Which entry of the journal is being counted, on file: a start then knows of which entry the process before it died.

The file has a fixed size and is written in place: one small write an entry, which the operating system has when the
process is killed. After a power failure it may be old; the entry that a process dies of does not end the machine.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ENTRY = struct.Struct("<Q")
SUSPECTS_AT_MOST = 32
SUSPECTS = struct.Struct(f"<{2 * SUSPECTS_AT_MOST}Q")
NO_ENTRY = 0


class Counting:
    """The entry that is being counted, and how often the process died during those that it has died of."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._deaths: dict[int, int] = {}

    def open(self, after: int) -> dict[int, int]:
        """Return how often a process died during each entry after a number, the last process included.

        Raises
        ------
        OSError
            If the file cannot be read or written.
        """
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        size = ENTRY.size + SUSPECTS.size
        content = os.pread(self._file, size, 0).ljust(size, b"\0")
        (last,), numbers = ENTRY.unpack_from(content), SUSPECTS.unpack_from(content, ENTRY.size)
        deaths = dict(zip(numbers[::2], numbers[1::2], strict=True))
        if last != NO_ENTRY:
            deaths[last] = deaths.get(last, 0) + 1
        known = sorted(number for number in deaths if number > after)
        self._deaths = {number: deaths[number] for number in known[:SUSPECTS_AT_MOST]}
        self._write()
        return dict(self._deaths)

    @property
    def has_suspects(self) -> bool:
        """Whether a process died during an entry that was not counted since."""
        return bool(self._deaths)

    def _write(self) -> None:
        """Write the suspects, and that nothing is being counted."""
        numbers = [number for pair in self._deaths.items() for number in pair]
        content = SUSPECTS.pack(*numbers, *[0] * (2 * SUSPECTS_AT_MOST - len(numbers)))
        os.pwrite(self._file, ENTRY.pack(NO_ENTRY) + content, 0)
        os.fsync(self._file)

    @contextmanager
    def of(self, number: int) -> Iterator[None]:
        """Count an entry inside; its end clears it of suspicion."""
        self._note(number)
        try:
            yield
        finally:
            self._note(NO_ENTRY)
            if number in self._deaths:
                self.clear(number)

    def clear(self, number: int) -> None:
        """Forget the deaths during an entry."""
        if self._deaths.pop(number, None) is not None:
            with suppress(OSError):  # suspected once more than it should be
                self._write()

    def _note(self, number: int) -> None:
        with suppress(OSError):  # a broken disk costs the memory of one death
            os.pwrite(self._file, ENTRY.pack(number), 0)

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
