"""Snapshots: the whole state after an entry of the journal, in a file of its own.

Not in the database: writing megabytes there would hold up acknowledgements, and
write them twice. A snapshot names the entry that it follows, so what is counted
twice or lost depends on no second file. The newest two are kept, with the
journal from the older one on: a damaged snapshot costs time, not samples.
"""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import zstandard
from numpy.typing import NDArray

from ..errors import StoreFault
from ..files import PRIVATE, write_bytes

log = logging.getLogger(__name__)

VERSION = 1
# The one before the last too, in case the last turns out damaged.
KEPT = 2
NAME = "state-{:020d}.snapshot"
MAGIC = b"IXS1"


class Snapshot(NamedTuple):
    """Parts of the state by name, each as a tree with its arrays, after the entry `seq`."""

    seq: int
    about: Mapping[str, Any]
    parts: Mapping[str, Any]
    arrays: list[NDArray[Any]]


class Snapshots:
    """The snapshots in a folder."""

    def __init__(self, folder: Path, *, sync: bool) -> None:
        self._folder, self._sync = folder, sync

    def write(self, snapshot: Snapshot) -> int:
        """Write a snapshot, delete older ones, and return the entry up to which the journal is not needed.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_bytes(self._folder / NAME.format(snapshot.seq), packed(snapshot), PRIVATE, sync=self._sync)
        kept = self.paths()
        for path in kept[KEPT:]:
            path.unlink(missing_ok=True)
        # Entries after the older of the kept snapshots stay, so that it could be used.
        return number_of(kept[KEPT - 1]) if len(kept) >= KEPT else 0

    def paths(self) -> list[Path]:
        """Return the files, newest first."""
        return sorted(self._folder.glob("state-*.snapshot"), reverse=True)

    def readable(self) -> Iterator[Snapshot]:
        """Yield the snapshots that can be read, newest first; others are logged.

        Raises
        ------
        StoreFault
            If a newer release wrote one.
        """
        for path in self.paths():
            try:
                yield unpacked(path.read_bytes(), str(path))
            except (OSError, ValueError, KeyError, zstandard.ZstdError) as error:
                log.error("%s: damaged and left out: %s", path, error)


def number_of(path: Path) -> int:
    """Return the entry that a snapshot follows."""
    return int(path.stem.removeprefix("state-"))


def packed(snapshot: Snapshot) -> bytes:
    """Return a snapshot as the bytes of its file: a head as JSON, then its arrays, compressed with a checksum."""
    arrays = snapshot.arrays
    head = {
        "version": VERSION,
        "seq": snapshot.seq,
        "about": snapshot.about,
        "parts": snapshot.parts,
        "arrays": [[array.dtype.str, array.shape] for array in arrays],
    }
    text = orjson.dumps(head)
    pieces = [len(text).to_bytes(8, "little"), text, *(array.tobytes() for array in arrays)]
    return MAGIC + zstandard.ZstdCompressor(level=1, write_checksum=True).compress(b"".join(pieces))


def unpacked(content: bytes, where: str) -> Snapshot:
    """Return the snapshot of a file's bytes.

    Raises
    ------
    StoreFault
        If a newer release wrote it.
    ValueError, KeyError, ZstdError
        If it is damaged.
    """
    if not content.startswith(MAGIC):
        raise ValueError("expected a snapshot, got something else")
    plain = zstandard.decompress(content[len(MAGIC) :])
    size = int.from_bytes(plain[:8], "little")
    head = orjson.loads(plain[8 : 8 + size])
    if head["version"] > VERSION:
        raise StoreFault(
            f"{where}: version {head['version']} was written by a newer release, this one reads up to {VERSION}:"
            " run that release, or move the file away"
        )
    arrays, at = [], 8 + size
    for kind, shape in head["arrays"]:
        dtype = np.dtype(kind)
        count = int(np.prod(shape, dtype=np.int64))
        arrays.append(np.frombuffer(plain, dtype, count, at).reshape(shape))
        at += count * dtype.itemsize
    return Snapshot(head["seq"], head["about"], head["parts"], arrays)
