"""Connections: bounded in time, and without a secret in any message."""

from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psycopg

from ....errors import StoreFault
from ....files import read_bytes
from . import arrays
from .schema import SCHEMA

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10
LARGEST_PASSWORD = 4096


class Address(NamedTuple):
    """Where the database is, and the file with its password."""

    url: str
    password_file: Path | None = None

    @property
    def name(self) -> str:
        """What messages call it: scheme, host and database."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def connected(address: Address, statement_seconds: int = STATEMENT_SECONDS) -> Connection:
    """Return a connection on which every statement is its own transaction, unless one is begun.

    Raises
    ------
    psycopg.Error
        If the database cannot be reached.
    StoreFault
        If the file with the password cannot be read.
    """
    database = psycopg.connect(
        address.url,
        autocommit=True,
        # Pooled connections of other programs may have prepared statements of the same name.
        prepare_threshold=None,
        connect_timeout=CONNECT_SECONDS,
        application_name="inference-exporter",
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=2,
        tcp_user_timeout=1000 * STATEMENT_SECONDS,
        password=_password(address.password_file),
    )
    settings = {
        "search_path": SCHEMA,
        "statement_timeout": f"{statement_seconds}s",
        "idle_in_transaction_session_timeout": f"{2 * statement_seconds}s",
        # Few rows are wanted of many, whatever the statistics of a young table say.
        "enable_seqscan": "off",
        "enable_hashjoin": "off",
        "enable_mergejoin": "off",
        "jit": "off",
    }
    names = ", ".join("set_config(%s, %s, false)" for _ in settings)
    database.execute(f"SELECT {names}".encode(), [text for pair in settings.items() for text in pair])
    arrays.register(database)
    return database


def _password(path: Path | None) -> str | None:
    """Return the password in a file; without one, libpq reads PGPASSWORD and PGPASSFILE."""
    if path is None:
        return None
    try:
        return read_bytes(path, LARGEST_PASSWORD).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreFault(f"evaluation.password_file: {path}: cannot be read: {error}") from error
