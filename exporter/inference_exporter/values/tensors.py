"""The values of a tensor in bytes, as the binary extension of the Open Inference Protocol V2 lays them out."""

import struct
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from .faults import Fault

NUMBERS: Mapping[str, str] = {
    "BOOL": "?", "UINT8": "<u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8",
    "INT8": "<i1", "INT16": "<i2", "INT32": "<i4", "INT64": "<i8", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8",
}  # fmt: skip
"""Datatypes of a fixed size, as numpy writes them; all are little-endian."""
TEXTS, BRAIN = "BYTES", "BF16"
LENGTH_BYTES = 4
FLOATING, MANY_BYTES = ("FP16", "FP32", "FP64"), 2048


def cells_of(datatype: str, content: bytes | memoryview) -> Any:
    """Return the values of a tensor as `values_of`, but many floating-point numbers as an array of doubles.

    Raises
    ------
    Fault
        As `values_of`.
    """
    kind = datatype.upper()
    if kind not in FLOATING or len(content) < MANY_BYTES:
        return values_of(datatype, content)
    return _numbers(kind, NUMBERS[kind], content).astype(np.float64)


def values_of(datatype: str, content: bytes | memoryview) -> list[Any]:
    """Return the values of a tensor, in row-major order.

    Raises
    ------
    Fault
        If the datatype is unknown, or the bytes hold no whole number of values.
    """
    kind = datatype.upper()
    if kind == TEXTS:
        return _texts(content)
    if kind == BRAIN:
        return _listed((_numbers(kind, "<u2", content).astype(np.uint32) << 16).view(np.float32))
    if kind not in NUMBERS:
        raise Fault(f"expected a datatype of the Open Inference Protocol, got {datatype!r:.40}")
    return _listed(_numbers(kind, NUMBERS[kind], content))


def _listed(numbers: "np.ndarray[Any, Any]") -> list[Any]:
    return cast(list[Any], numbers.tolist())


def number_at_most(datatype: str, size: int) -> int:
    """Return how many values of a datatype that many bytes can hold."""
    form = NUMBERS.get(datatype.upper())
    return size // (np.dtype(form).itemsize if form else 2 if datatype.upper() == BRAIN else LENGTH_BYTES)


def _numbers(kind: str, form: str, content: bytes | memoryview) -> "np.ndarray[Any, Any]":
    size = np.dtype(form).itemsize
    if len(content) % size:
        raise Fault(f"expected {kind} values of {size} bytes, got {len(content)} bytes")
    if kind == "BOOL":
        return np.frombuffer(content, np.bool_)
    return np.frombuffer(content, form)


def _texts(content: bytes | memoryview) -> list[str]:
    """Return texts, each after its length; what is not UTF-8 is replaced as in JSON."""
    texts, place, data = [], 0, bytes(content)
    while place < len(data):
        start = place + LENGTH_BYTES
        length = struct.unpack_from("<I", data, place)[0] if start <= len(data) else -1
        place = start + length
        if length < 0 or place > len(data):
            raise Fault(f"expected a length and that many bytes, got {len(data) - start + LENGTH_BYTES} bytes")
        texts.append(data[start:place].decode(errors="replace").replace("\0", "\ufffd"))
    return texts
