"""A PostgreSQL of the tests, on a Unix socket in a temporary folder, run by a user without privileges."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


def _folder_of_programs():
    """Return the folder with initdb and pg_ctl, None if PostgreSQL is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which("initdb")
    folders = [*debian, *([Path(found).resolve().parent] if found else [])]
    return next((folder for folder in folders if (folder / "pg_ctl").exists() and (folder / "initdb").exists()), None)


def _user():
    """Return the user that runs the server: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


class Cluster:
    """A database server that a test starts, stops and crashes."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        self.number = 0

    def run(self, program, *arguments):
        command = [self.programs / program, *arguments]
        with (self.folder / "output").open("ab") as output:
            subprocess.run(
                command, check=True, timeout=60, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                cwd=self.folder, user=_user(), env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            )  # fmt: skip

    def create(self):
        self.run("initdb", "-D", self.folder / "data", "-A", "trust", "-U", "exporter", "--no-sync", "-E", "UTF8")
        settings = f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\nfsync = off\n"
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(f"{settings}shared_buffers = 32MB\nmax_connections = 60\nautovacuum_naptime = 600\n")

    def start(self):
        self.run("pg_ctl", "start", "-w", "-D", self.folder / "data", "-l", self.folder / "log")

    def stop(self, mode="immediate"):
        self.run("pg_ctl", "stop", "-w", "-m", mode, "-D", self.folder / "data")

    def url(self):
        """Return the URL of a new database."""
        self.number += 1
        name = f"fleet{self.number}"
        import psycopg  # an optional extra

        address = f"postgresql://exporter@/postgres?host={self.folder}"
        with psycopg.connect(address, autocommit=True) as database:
            database.execute(f"CREATE DATABASE {name}")
        return f"postgresql://exporter@/{name}?host={self.folder}"


@pytest.fixture(scope="session")
def cluster():
    """A running server; tests are skipped where it is missing."""
    pytest.importorskip("psycopg", reason="needs the extra postgres")
    programs = _folder_of_programs()
    if programs is None:
        pytest.skip("needs PostgreSQL: apt install postgresql")
    if os.geteuid() == 0 and _user() is None:
        pytest.skip("needs a user without privileges: PostgreSQL refuses root")
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))  # short: a socket's path has at most 107 bytes
    if _user():
        shutil.chown(folder, _user())
    made = Cluster(programs, folder)
    try:
        made.create()
        made.start()
        yield made
        made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(cluster):
    """The URL of a database of its own."""
    return cluster.url()
