"""The tables of a SQLite file: their version, migrated to this release's or read as they are."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from ..errors import StoreFault


def version_of(database: sqlite3.Connection) -> int:
    """Return the version of a database's tables; 0 if it has none."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def migrate(database: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    """Bring tables up to date; the script at place n turns version n into n + 1.

    Raises
    ------
    StoreFault
        If a newer release wrote them.
    """
    found = version_of(database)
    if found > len(migrations):
        raise StoreFault(
            f"{path}: version {found} was written by a newer release, this one reads up to {len(migrations)}:"
            " run that release, or move the file away"
        )
    for version in range(found, len(migrations)):
        # Script and version in one transaction: a crash leaves the old tables with the old version.
        database.executescript(f"BEGIN; {migrations[version]} PRAGMA user_version = {version + 1}; COMMIT;")


def opened_to_read(path: Path, what: str, version: int) -> sqlite3.Connection:
    """Return a connection that only reads, for any thread.

    Raises
    ------
    StoreFault
        If the file is missing or damaged, or its tables have another version.
    """
    if not path.is_file():
        raise StoreFault(f"{path}: expected {what}, found none")
    try:
        address = f"{path.resolve().as_uri()}?mode=ro"
        database = sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)
        found = version_of(database)
    except sqlite3.Error as error:
        raise StoreFault(f"{path}: {error}") from error
    if found != version:
        database.close()
        advice = "run `inference-exporter store migrate`" if found < version else "a newer release wrote it"
        raise StoreFault(f"{path}: expected version {version}, got version {found}: {advice}")
    return database
