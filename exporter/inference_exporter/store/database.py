"""The SQLite file of the store: opened, checked, and migrated."""

import sqlite3
from contextlib import ExitStack
from pathlib import Path

from .tables import migrate

PRIVATE_FOLDER = 0o700
BUSY_SECONDS = 5.0

MIGRATIONS = (
    """
    CREATE TABLE journal (
        seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, arrived REAL NOT NULL,
        head BLOB NOT NULL, body BLOB NOT NULL, checksum INTEGER NOT NULL
    );
    """,
)
VERSION = len(MIGRATIONS)


def opened(path: Path, *, sync: bool) -> sqlite3.Connection:
    """Return a connection to a database of this version, created or migrated if needed.

    Raises
    ------
    StoreFault
        If a newer release wrote it.
    sqlite3.Error, OSError
        If it cannot be opened.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    path.touch(0o600)
    database = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
    with ExitStack() as on_failure:
        on_failure.callback(database.close)  # also on an interrupt, the open file must not outlive it
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if sync else 'NORMAL'}")
        database.execute("PRAGMA wal_autocheckpoint = 0")  # a checkpoint waits for the disk; housekeeping does it
        migrate(database, path, MIGRATIONS)
        on_failure.pop_all()
    return database
