"""What is in the database: read without a sidecar, or beside those that run."""

import logging
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import psycopg

from ....arrays import Column
from ....errors import StoreFault
from ...blocks import Block
from ...buffer import ID, TIME
from ...codec import DAMAGE
from ...hashing import hashes_of, seed_of
from ...outcome_texts import read
from ...reading import Contents, Exported
from .. import _base
from . import blocks, texts
from .arrays import Numbers, signed
from .connection import Address, Connection, connected
from .retention import size_of
from .schema import VERSION, migrate

log = logging.getLogger(__name__)
STATEMENT_SECONDS = 3600
LATEST = """
    SELECT w.row, l.value, l.joined
    FROM unnest(%s::bigint[], %s::float8[]) WITH ORDINALITY AS w (hash, predicted, row), LATERAL (
        SELECT * FROM outcome o WHERE o.hash = w.hash AND o.predicted = w.predicted ORDER BY number DESC LIMIT 1
    ) l
"""


class DatabaseInspection:
    """The database at a URL; libpq looks for the password at PGPASSWORD and PGPASSFILE."""

    faults_of_access = (psycopg.Error,)

    def __init__(self, place: _base.Place) -> None:
        self._address = Address(place.url, place.password_file)
        self._opened: Connection | None = None

    @property
    def _database(self) -> Connection:
        if self._opened is None:
            self._opened = connected(self._address, STATEMENT_SECONDS)
            self._check_version(self._opened)
        return self._opened

    def _check_version(self, database: Connection) -> None:
        row = database.execute("SELECT to_regclass('head')").fetchone()
        if row is None or row[0] is None:
            raise StoreFault(f"{self._address.name}: expected an evaluation store, found none")
        (found,) = database.execute("SELECT version FROM head").fetchone() or (0,)
        if found != VERSION:
            advice = "run `inference-exporter store migrate`" if found < VERSION else "a newer release wrote it"
            raise StoreFault(f"{self._address.name}: expected version {VERSION}, got version {found}: {advice}")

    def contents(self) -> Contents:
        """Return the store in numbers."""
        query = "SELECT coalesce(sum(rows), 0), count(*), min(first_time), max(last_time) FROM block"
        rows, number, first, last = self._database.execute(query).fetchone() or (0, 0, None, None)
        query = "SELECT count(*) FROM (SELECT DISTINCT hash, predicted, value FROM outcome) AS each"
        (outcomes,) = self._database.execute(query).fetchone() or (0,)
        nan = float("nan")
        return Contents(
            int(rows), int(outcomes), int(number), nan if first is None else first, nan if last is None else last,
            size_of(self._database),
        )  # fmt: skip

    def faults(self) -> Iterator[str]:
        """Yield what is damaged, in words."""
        for block in blocks.listed(self._database):
            fault = self._fault_of(block)
            if fault:
                yield f"{self._address.name}: block {block.id} is damaged: {fault}"

    def _fault_of(self, block: Block) -> str:
        try:
            columns = blocks.columns_of(self._database, block.id)
        except DAMAGE as error:
            return str(error)
        missing = [name for of_group in block.names for name in of_group if name not in columns]
        wrong = [*missing, *(name for name, column in columns.items() if len(column) != block.rows)]
        return f"{', '.join(wrong)}: expected {block.rows} values" if wrong else ""

    def exported(self, model: str) -> Iterator[Exported]:
        """Yield the stored predictions, block by block, with the last outcome of each; damaged ones are left out."""
        (secret,) = self._database.execute("SELECT secret FROM head").fetchone() or (0,)
        for block in self._listed(model):
            try:
                columns = blocks.columns_of(self._database, block.id)
            except DAMAGE as error:
                log.error("block %d is damaged and left out: %s", block.id, error)
                continue
            if columns:  # not deleted meanwhile
                yield self._with_outcomes(int(secret), block, columns)

    def _listed(self, model: str) -> Sequence[Block]:
        where, values = ("model = %s", (texts.escaped(model),)) if model else ("true", ())
        return list(blocks.listed(self._database, where, values))

    def _with_outcomes(self, secret: int, block: Block, columns: Mapping[str, Column]) -> Exported:
        hashes = hashes_of([str(name) for name in columns[ID]], seed_of(secret, *block.key))
        outcome: list[object] = [None] * block.rows
        joined = np.full(block.rows, np.nan)
        wanted = (Numbers(signed(hashes)), Numbers(np.asarray(columns[TIME])))
        for row, value, when in self._database.execute(LATEST, wanted):
            outcome[row - 1], joined[row - 1] = read(value), when
        return Exported(block, columns, outcome, joined)

    def column_names(self, model: str) -> list[str]:
        """Return the names of all columns of predictions, in order of appearance."""
        names = (name for block in self._listed(model) for of_group in block.names for name in of_group)
        return list(dict.fromkeys(names))

    def migrate(self) -> int:
        """Create the tables, or bring them up to date; returns their version."""
        with connected(self._address, STATEMENT_SECONDS) as database:
            migrate(database)
        return VERSION

    def close(self) -> None:
        """Let the connection go."""
        if self._opened is not None:
            self._opened.close()

    def shrink(self) -> None:
        """Give room back to the file system."""
        for table in ("place", "outcome", "content", "block"):
            self._database.execute(f"VACUUM (FULL, ANALYZE) {table}".encode())
