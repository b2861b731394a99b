"""Reads a file of recorded samples, by its file extension."""

from pathlib import Path

from ..errors import TableError
from .delimited import read_delimited
from .ndjson import read_ndjson
from .opened import Progress
from .parquet import read_parquet
from .recording import Period, Recording
from .roles import Roles


def read(path: Path, roles: Roles, period: Period, progress: Progress) -> Recording:
    """Return the recording of a file.

    Raises
    ------
    TableError
        If it cannot be read at all, or has no rows to replay; rejected rows are counted instead.
    """
    name = path.name.removesuffix(".gz").lower()
    if name.endswith(".parquet"):
        recording = read_parquet(path, roles, period)
    elif name.endswith((".ndjson", ".jsonl", ".json")):
        recording = read_ndjson(path, roles, period, progress)
    elif name.endswith((".csv", ".tsv")):
        recording = read_delimited(path, roles, period, progress)
    else:
        raise TableError(f"{path}: expected a .csv, .tsv, .ndjson, .jsonl (or .gz of these) or .parquet file")
    if not recording.rows:
        # The first fault usually explains the others.
        first = "".join(f"; {path}:{fault.line}: {fault.message}" for fault in recording.account.examples[:1])
        raise TableError(
            f"{path}: expected rows to replay, got none of {recording.account.read} (left out by --from and --to: "
            f"{recording.account.left_out}, rejected: {sum(recording.account.rejected.values())}{first})"
        )
    return recording
