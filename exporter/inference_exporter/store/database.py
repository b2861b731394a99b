"""The SQLite file of the store: opened, checked, and migrated."""

import sqlite3
from pathlib import Path

from ..errors import StoreFault

VERSION = 1
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
"""The script at place n turns version n into n + 1."""


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
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if sync else 'NORMAL'}")
        database.execute("PRAGMA wal_autocheckpoint = 0")  # a checkpoint waits for the disk; housekeeping does it
        _migrate(database, path)
    except BaseException:  # whatever it was, the open file must not outlive it
        database.close()
        raise
    return database


def version_of(database: sqlite3.Connection) -> int:
    """Return the version of a database's tables; 0 if it has none."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _migrate(database: sqlite3.Connection, path: Path) -> None:
    found = version_of(database)
    if found > VERSION:
        raise StoreFault(
            f"{path}: version {found} was written by a newer release, this one reads up to {VERSION}:"
            " run that release, or move the file away"
        )
    for version in range(found, VERSION):
        database.executescript(f"BEGIN; {MIGRATIONS[version]} PRAGMA user_version = {version + 1}; COMMIT;")
