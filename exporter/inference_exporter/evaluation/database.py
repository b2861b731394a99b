"""The SQLite file of the evaluation store: opened, checked, and migrated."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..store.tables import migrate, opened_to_read

NAME = "evaluation.db"
BUSY_SECONDS = 5.0
PAGE_BYTES = 8192
CACHE_KILOBYTES = 8192
STEP = 16
"""Between the numbers of blocks, so that small ones can be joined later without a change of order."""

MIGRATIONS = (
    """
    CREATE TABLE head (secret TEXT NOT NULL, next_block INTEGER NOT NULL);
    CREATE TABLE block (
        id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, first_entry INTEGER NOT NULL,
        model TEXT NOT NULL, version TEXT NOT NULL, variant TEXT NOT NULL, rows INTEGER NOT NULL,
        first_time REAL NOT NULL, last_time REAL NOT NULL, written REAL NOT NULL, bytes INTEGER NOT NULL,
        names TEXT NOT NULL
    );
    CREATE INDEX block_entry ON block (first_entry);
    CREATE TABLE content (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
    CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, bits INTEGER NOT NULL, entries INTEGER NOT NULL,
                      complete INTEGER NOT NULL);
    CREATE TABLE bucket (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
    """,
    "",  # what joins read is no longer compressed, which an older release could not read
)
VERSION = len(MIGRATIONS)


def opened(path: Path, *, sync: bool = False) -> sqlite3.Connection:
    """Return a connection to a store of this version, created or migrated if needed.

    Raises
    ------
    StoreFault
        If a newer release wrote it.
    sqlite3.Error, OSError
        If it cannot be opened.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(0o600)
    database = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None)
    with ExitStack() as on_failure:
        on_failure.callback(database.close)  # also on an interrupt, the open file must not outlive it
        database.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")  # deleted blocks give their room back
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if sync else 'NORMAL'}")
        database.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")
        migrate(database, path, MIGRATIONS)
        if database.execute("SELECT 1 FROM head").fetchone() is None:
            database.execute("INSERT INTO head VALUES (?, ?)", (str(secrets.randbits(64)), STEP))
        on_failure.pop_all()
    return database


def read_only(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads.

    Raises
    ------
    StoreFault
        If there is no store, or one of another version.
    """
    database = opened_to_read(path, "an evaluation store", VERSION)
    database.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")
    return database


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Write everything or nothing: a connection left inside a transaction could never write again."""
    database.execute("BEGIN IMMEDIATE")
    with ExitStack() as on_failure:
        on_failure.callback(_roll_back, database)  # also on an interrupt, the file must not hold half of it
        yield
        database.execute("COMMIT")
        on_failure.pop_all()


def _roll_back(database: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):  # on some errors, SQLite has done so itself
        database.execute("ROLLBACK")


def secret_of(database: sqlite3.Connection) -> int:
    """Return the secret that seeds the hashes of ids."""
    return int(database.execute("SELECT secret FROM head").fetchone()[0])
