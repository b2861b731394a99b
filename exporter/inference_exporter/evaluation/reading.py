"""What is in an evaluation store: read without a sidecar, or beside one that runs."""

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from ..arrays import Column, Floats
from . import blocks, index
from .blocks import OUTCOMES, PREDICTIONS, Block
from .buffer import ID, TIME
from .codec import DAMAGE
from .database import NAME, read_only, secret_of
from .found import Candidates
from .hashing import hashes_of, seed_of

log = logging.getLogger(__name__)


class Contents(NamedTuple):
    """An evaluation store in numbers."""

    predictions: int
    outcomes: int
    blocks: int
    first: float
    last: float
    bytes: int


def exists(folder: Path) -> bool:
    """Return whether a folder has an evaluation store."""
    return (folder / NAME).is_file()


def contents_of(folder: Path) -> Contents:
    """Return the store of a folder in numbers.

    Raises
    ------
    StoreFault
        If it cannot be read.
    """
    with closing(read_only(folder / NAME)) as database:
        listed = list(blocks.listed(database))
        rows = {kind: sum(block.rows for block in listed if block.kind == kind) for kind in (PREDICTIONS, OUTCOMES)}
        first = min((block.first_time for block in listed), default=float("nan"))
        last = max((block.last_time for block in listed), default=float("nan"))
        size = (folder / NAME).stat().st_size
        return Contents(rows[PREDICTIONS], rows[OUTCOMES], len(listed), first, last, size)


def faults_of(folder: Path) -> Iterator[str]:
    """Yield what is damaged, in words.

    Raises
    ------
    StoreFault
        If it cannot be read at all.
    """
    with closing(read_only(folder / NAME)) as database:
        # SQLite's own structure first, then the content of each block.
        yield from (f"{NAME}: {line}" for (line,) in database.execute("PRAGMA quick_check") if line != "ok")
        for block in blocks.listed(database):
            fault = _fault_of(database, block)
            if fault:
                yield f"{NAME}: block {block.id} is damaged: {fault}"


def _fault_of(database: sqlite3.Connection, block: Block) -> str:
    try:
        columns = blocks.columns_of(database, block)
    except DAMAGE as error:
        return str(error)
    wrong = [name for name, column in columns.items() if len(column) != block.rows]
    return f"{', '.join(wrong)}: expected {block.rows} values" if wrong else ""


class Exported(NamedTuple):
    """The predictions of one block, with the last outcome of each, None where it is not known."""

    block: Block
    columns: Mapping[str, Column]
    outcome: list[object]
    outcome_time: Floats


class Source(Protocol):
    """Where predictions are exported from."""

    def exported(self, model: str) -> Iterator[Exported]:
        """Yield the stored predictions, block by block, in the order in which they were written."""
        ...

    def column_names(self, model: str) -> list[str]:
        """Return the names of all columns of predictions, in order of appearance."""
        ...


class FolderSource(NamedTuple):
    """The file in a folder."""

    folder: Path

    def exported(self, model: str) -> Iterator[Exported]:
        """Yield the stored predictions, block by block, in the order in which they were written."""
        return exported(self.folder, model)

    def column_names(self, model: str) -> list[str]:
        """Return the names of all columns of predictions, in order of appearance."""
        return column_names(self.folder, model)


def exported(folder: Path, model: str = "") -> Iterator[Exported]:
    """Yield the stored predictions, block by block, in the order in which they were written; damaged ones are left out.

    Raises
    ------
    StoreFault
        If the store cannot be read.
    """
    with closing(read_only(folder / NAME)) as database:
        secret = secret_of(database)
        where, values = ("kind = ? AND model = ?", (PREDICTIONS, model)) if model else ("kind = ?", (PREDICTIONS,))
        for block in blocks.listed(database, where, values):
            try:
                columns = blocks.columns_of(database, block)
                found = _with_outcomes(database, secret, block, columns)
            except DAMAGE as error:
                log.error("%s: block %d is damaged and left out: %s", NAME, block.id, error)
                continue
            yield found


def _with_outcomes(database: sqlite3.Connection, secret: int, block: Block, columns: Mapping[str, Column]) -> Exported:
    ids = [str(name) for name in columns[ID]]
    rows, places = index.find(database, hashes_of(ids, seed_of(secret, *block.key)))
    candidates = Candidates(rows, places)
    for part in blocks.join_rows(database, places):
        candidates.fill(part.wanted, part.kind, part.columns)
    found = candidates.found()
    # An earlier prediction with the same id has no outcome of its own.
    own = found.times == np.asarray(columns[TIME])[found.rows]
    outcome: list[object] = [None] * block.rows
    for row, value in zip(found.rows[own].tolist(), np.array(found.outcome, dtype=object)[own].tolist(), strict=True):
        outcome[row] = value
    joined = np.full(block.rows, np.nan)
    joined[found.rows[own]] = found.joined[own]
    return Exported(block, columns, outcome, joined)


def column_names(folder: Path, model: str = "") -> list[str]:
    """Return the names of all columns of predictions, in order of appearance."""
    with closing(read_only(folder / NAME)) as database:
        listed = blocks.listed(database, "kind = ?", (PREDICTIONS,))
        names = (name for block in listed if model in ("", block.key.model) for of in block.names for name in of)
        return list(dict.fromkeys(names))
