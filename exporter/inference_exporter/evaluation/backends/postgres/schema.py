"""The tables in PostgreSQL, in a schema of their own: created, and migrated by whoever comes first."""

import secrets

import psycopg

from ....errors import StoreFault

SCHEMA = "inference_exporter"
LOCK = 0x1E5A_4E0C
"""The advisory lock under which one replica at a time migrates, or deletes old blocks."""
MIGRATIONS = (
    """
    CREATE SEQUENCE block_id;
    CREATE TABLE block (
        id bigint PRIMARY KEY, token bigint NOT NULL UNIQUE, replica bigint NOT NULL, first_entry bigint NOT NULL,
        model text NOT NULL, version text NOT NULL, variant text NOT NULL, rows integer NOT NULL,
        first_time float8 NOT NULL, last_time float8 NOT NULL, written float8 NOT NULL, bytes integer NOT NULL,
        names text NOT NULL
    );
    CREATE INDEX block_replica ON block (replica, first_entry);
    CREATE TABLE content (
        block bigint NOT NULL, part smallint NOT NULL, data bytea NOT NULL, PRIMARY KEY (block, part)
    );
    ALTER TABLE content ALTER COLUMN data SET STORAGE EXTERNAL;
    CREATE TABLE place (hash bigint NOT NULL, place bigint NOT NULL);
    CREATE INDEX place_hash ON place (hash);
    CREATE INDEX place_place ON place USING brin (place) WITH (pages_per_range = 16, autosummarize = on);
    CREATE TABLE outcome (
        hash bigint NOT NULL, predicted float8 NOT NULL, number integer NOT NULL, value text NOT NULL,
        time float8 NOT NULL, joined float8 NOT NULL, holder bigint NOT NULL, held text NOT NULL,
        held_joined float8 NOT NULL, before text, before_joined float8, replica bigint NOT NULL,
        entry bigint NOT NULL, claim bigint NOT NULL, again boolean NOT NULL, written float8 NOT NULL,
        PRIMARY KEY (hash, predicted, number)
    );
    CREATE INDEX outcome_entry ON outcome (replica, entry);
    CREATE INDEX outcome_again ON outcome (replica) WHERE again;
    CREATE INDEX outcome_written ON outcome USING brin (written) WITH (pages_per_range = 16, autosummarize = on);
    """,
)
VERSION = len(MIGRATIONS)


def migrate(database: psycopg.Connection[tuple[object, ...]]) -> int:
    """Bring the tables up to date, and return the secret that seeds the hashes of ids.

    Raises
    ------
    StoreFault
        If a newer release wrote them.
    """
    with database.transaction():
        database.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        database.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        database.execute("CREATE TABLE IF NOT EXISTS head (version integer NOT NULL, secret bigint NOT NULL)")
        row = database.execute("SELECT version, secret FROM head").fetchone()
        if row is None:
            row = (0, secrets.randbits(63))
            database.execute("INSERT INTO head VALUES (%s, %s)", row)
        version, secret = map(int, map(str, row))
        _refuse_newer(version)
        for script in MIGRATIONS[version:]:
            database.execute(script.encode())
        database.execute("UPDATE head SET version = %s WHERE version < %s", (VERSION, VERSION))
    return secret


def _refuse_newer(version: int) -> None:
    if version > VERSION:
        raise StoreFault(
            f"PostgreSQL: version {version} was written by a newer release, this one reads up to {VERSION}:"
            " run that release, or use another database"
        )
