"""Blocks of columns from one process to another: numbers through shared memory, other values pickled.

Numbers that lie in the body as they are, as most of an Arrow stream do, are not copied: their place in it is enough.
"""

import io
import os
import pickle
import tempfile
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from ..arrays import Floats
from ..samples.records import Columns

KEPT_BYTES = 8 << 20
"""Shared memory that is kept for the next body."""


def shared_memory() -> int:
    """Return the descriptor of memory that two processes share."""
    if hasattr(os, "memfd_create"):
        # Memory without a name: no file to clean up, and nobody else can open it.
        return os.memfd_create("inference-exporter")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def written(memory: int, *parts: Any) -> None:
    """Write buffers one after another into shared memory; let go what an earlier use needed beyond a bound."""
    if os.fstat(memory).st_size > KEPT_BYTES:
        os.ftruncate(memory, 0)
    place = 0
    for part in parts:
        rest = memoryview(part).cast("B")
        while rest:
            done = os.pwrite(memory, rest, place)
            rest, place = rest[done:], place + done


class Packer:
    """Turns the blocks of a body into bytes.

    Parameters
    ----------
    body : bytes-like
        The body.
    memory : int
        Shared memory for numbers that are not in the body.
    """

    def __init__(self, body: Any, memory: int) -> None:
        self._memory = memory
        self._size = len(body)
        self._start = _address(np.frombuffer(body, np.uint8)) if self._size else 0

    def packed(self, block: Columns) -> bytes:
        """Return a block, whose numbers stay valid until the next one."""
        arrays: list[Floats] = []
        tree = self._tree(block.fields, arrays)
        if arrays:
            written(self._memory, *arrays)
        content = io.BytesIO()
        _Pickler(content, protocol=5).dump((list(map(len, arrays)), tree))
        return content.getvalue()

    def _tree(self, fields: Mapping[str, Any], arrays: list[Floats]) -> dict[str, Any]:
        """Return columns with the place of each array instead of it: in the body, or which of those in the memory."""
        tree: dict[str, Any] = {}
        for name, column in fields.items():
            if isinstance(column, np.ndarray):
                # An array that lies inside the body, as Arrow's do, is only pointed at.
                start = _address(column) - self._start
                if 0 <= start <= self._size - column.nbytes and column.flags.c_contiguous:
                    tree[name] = (start, len(column))
                else:
                    tree[name] = len(arrays)
                    arrays.append(np.ascontiguousarray(column, np.float64))
            else:
                tree[name] = self._tree(column, arrays) if isinstance(column, dict) else column
        return tree


def unpacked(content: bytes, body: bytes, memory: int) -> Columns:
    """Return a block. The pickle can only hold values: nothing in it is executed.

    Raises
    ------
    UnpicklingError, ValueError
        If the process did not pack it.
    """
    sizes, tree = _Values(io.BytesIO(content)).load()
    numbers = np.empty(sum(sizes), np.float64)
    if sizes and os.preadv(memory, [numbers.data.cast("B")], 0) != numbers.nbytes:
        raise ValueError("expected numbers in the shared memory")
    return Columns(_columns(tree, body, np.split(numbers, np.cumsum(sizes[:-1])) if sizes else []), {})


def _columns(tree: Mapping[str, Any], body: bytes, arrays: list[Floats]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, column in tree.items():
        if isinstance(column, tuple):
            columns[name] = np.frombuffer(body, np.float64, column[1], column[0])
        elif isinstance(column, int):
            columns[name] = arrays[column]
        else:
            columns[name] = _columns(column, body, arrays) if isinstance(column, dict) else column
    return columns


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        """Return how to pickle an object that JSON would write as a number or a text: as that value."""
        if isinstance(value, type):  # those two
            return NotImplemented
        if isinstance(value, Decimal):
            return float, (float(value),)
        if isinstance(value, timedelta):
            return float, (value.total_seconds(),)
        return str, (value.isoformat() if isinstance(value, date | time) else str(value),)


class _Values(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Return a class of values.

        Raises
        ------
        UnpicklingError
            If it is another.
        """
        # Bytes of a sender may have taken over the other process: its pickle
        # may make numbers and texts, and nothing else.
        if module != "builtins" or name not in ("float", "str"):
            raise pickle.UnpicklingError(f"expected plain values, got {module}.{name}")
        return float if name == "float" else str
