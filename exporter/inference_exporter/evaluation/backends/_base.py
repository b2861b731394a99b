"""What the evaluation store asks of a database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...arrays import Floats
from ...samples.batch import ModelKey
from ..blocks import JoinRows, Places
from ..buffer import Part
from ..hashing import Hashes
from ..prediction import Row
from ..reading import Contents, Source
from ..retention import Limits


class Sealed(NamedTuple):
    """Rows that will become one block, and the first entry of the journal that they may come from."""

    first_entry: int
    part: Part


class Counts(NamedTuple):
    """What a database holds."""

    blocks: int
    rows: int
    """Predictions."""


class Claims(NamedTuple):
    """Outcomes of predictions, one each; each field has one row an outcome."""

    hashes: Hashes
    predicted: Floats
    """When the predictions were made."""
    values: Sequence[bytes]
    """JSON."""
    times: Floats
    joined: Floats
    """When both are known."""


class Earlier(NamedTuple):
    """What was known of the predictions before, as far as this replica has to undo it."""

    values: Sequence[bytes | None]
    """JSON, None where nothing was known."""
    joined: Floats


class Reading(Protocol):
    """The blocks as they were at one moment."""

    def places(self, hashes: Hashes) -> tuple[NDArray[np.intp], Places]:
        """Return all places of some hashes, as two columns: the row of a hash, and a place."""
        ...

    def join_rows(self, places: Places) -> Iterator[JoinRows]:
        """Yield what joins need of the rows at some places, block by block."""
        ...

    def rows(self, hashed: Hashes) -> list[tuple[int, Row]]:
        """Return the kind and content of all rows with one hash, in the order in which they were written."""
        ...


class Backend(Protocol):
    """A database of blocks. One thread writes; others read meanwhile."""

    @property
    def name(self) -> str:
        """What messages call it; without secrets."""
        ...

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        """What any call may raise when the database fails, besides OSError and StoreFault."""
        ...

    @property
    def longest_wait(self) -> float:
        """Seconds after which rows are written even if they do not fill a block, so that others find them."""
        ...

    @property
    def shared(self) -> "SharedBackend | None":
        """Itself if a fleet shares it."""
        ...

    @property
    def size(self) -> int:
        """Its bytes; of the last look, if asking takes long."""
        ...

    def open(self, roll_back_to: int | None) -> int:
        """Connect, migrate, and delete what came after an entry of the journal; returns the secret of hashes."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether blocks can be written without connecting first."""
        ...

    def write(self, sealed: Sequence[Sealed], now: float) -> None:
        """Write blocks, all or none of them."""
        ...

    def reading(self) -> AbstractContextManager[Reading]:
        """Give the blocks as they are now."""
        ...

    def prune(self, now: float) -> int:
        """Delete some blocks that are too old or too much; returns how many predictions went."""
        ...

    def tend(self, settled: int) -> None:
        """Put blocks and indexes in order; no start goes back to before the entry `settled`."""
        ...

    def counts(self) -> Counts:
        """Return what it holds."""
        ...

    def disconnect(self) -> None:
        """Let a connection go that may be broken."""
        ...

    def close(self) -> None:
        """Let all connections go."""
        ...


class SharedBackend(Backend, Protocol):
    """A database of a fleet: an outcome is joined by the replica that claims it."""

    def claim(self, claims: Claims, entry: int, now: float) -> Earlier:
        """Write outcomes for the entry of the journal that is being counted; returns what was known before."""
        ...

    def keys(self) -> Sequence[ModelKey]:
        """Return the models of all replicas."""
        ...


@dataclass(frozen=True)
class Place:
    """Where an evaluation store is."""

    folder: Path
    """Of the sidecar's state."""
    sync: bool = False
    url: str = ""
    password_file: Path | None = None


class Inspection(Source, Protocol):
    """What is in a database: read without a sidecar, or beside one that runs."""

    @property
    def faults_of_access(self) -> tuple[type[Exception], ...]:
        """What any call may raise when the database fails, besides OSError and StoreFault."""
        ...

    def contents(self) -> Contents:
        """Return the store in numbers."""
        ...

    def faults(self) -> Iterator[str]:
        """Yield what is damaged, in words."""
        ...

    def migrate(self) -> int:
        """Create the tables, or bring them up to date; returns their version."""
        ...

    def shrink(self) -> None:
        """Give room back to the file system."""
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...


@dataclass(frozen=True)
class BackendKind:
    """A kind of database; `key` is the scheme of its URLs, empty for that without a URL."""

    key: str
    make: Callable[[Place, Limits], Backend]
    inspect: Callable[[Place], Inspection] | None = None
