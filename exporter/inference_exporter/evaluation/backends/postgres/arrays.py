"""Columns of numbers as PostgreSQL reads and writes them in binary, without a Python object for each.

References
----------
PostgreSQL documentation, "COPY", binary format; `array_recv` in its source for arrays.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
KINDS = {"i": (">i8", 20), "f": (">f8", 701)}
"""By kind of numbers: the bytes of one, and the number of its type."""


def copied(columns: Sequence[NDArray[Any]]) -> bytes:
    """Return columns as the binary rows of COPY."""
    fields: list[tuple[str, str]] = [("n", ">i2")]
    for number, column in enumerate(columns):
        fields += [(f"size{number}", ">i4"), (f"value{number}", KINDS[column.dtype.kind][0])]
    rows = np.empty(len(columns[0]), dtype=fields)
    rows["n"] = len(columns)
    for number, column in enumerate(columns):
        rows[f"size{number}"], rows[f"value{number}"] = 8, column
    return HEAD + rows.tobytes() + END


class Numbers:
    """Numbers as a parameter of a statement: an array of bigint or float8."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = values


class _NumbersDumper(Dumper):
    format = Format.BINARY

    def __init__(self, cls: type, context: Any = None) -> None:
        super().__init__(cls, context)

    def dump(self, numbers: Numbers) -> bytes:
        values = numbers.values
        form, oid = KINDS[values.dtype.kind]
        # One dimension, no missing values, the type, the length, and the first index.
        head = np.array([1, 0, oid, len(values), 1], dtype=">i4").tobytes()
        items = np.empty(len(values), dtype=[("size", ">i4"), ("value", form)])
        items["size"], items["value"] = 8, values
        return head + items.tobytes()


def pairs_in(content: bytes | None) -> NDArray[np.int64]:
    """Return pairs of bigint that were sent one after another, shape (n, 2)."""
    return np.frombuffer(content or b"", ">i8").astype(np.int64).reshape(-1, 2)


def signed(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return hashes as PostgreSQL's integers, which have a sign."""
    return hashes.view(np.int64)


def register(context: Any) -> None:
    """Let a connection take `Numbers`."""
    context.adapters.register_dumper(Numbers, _NumbersDumper)
