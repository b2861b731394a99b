"""Finds the JSON document at the head of a body whose rest is binary."""

from ..errors import DecodeError
from ._limits import DOCUMENT_BYTES, decoded_bytes
from ._structure import structure_of

PIECE_BYTES = 1 << 16


def head_of(body: bytes) -> bytes:
    """Return the JSON object at the start of a body.

    Raises
    ------
    DecodeError
        If there is none, or it is too large to be decoded whole.
    """
    start = len(body) - len(body.lstrip())
    if body[start : start + 1] != b"{":
        raise DecodeError("expected a JSON object before the binary tensors, got none", "not_tensors")
    depth, quoted, escaped = 0, False, False
    for place in range(start + 1, len(body), PIECE_BYTES):
        found = structure_of(body[place : place + PIECE_BYTES], depth, quoted, escaped)
        if found.close >= 0:
            head = body[: place + found.close + 1]
            if decoded_bytes(head) > DOCUMENT_BYTES:
                raise DecodeError(f"expected a head of at most {DOCUMENT_BYTES} bytes once decoded", "too_large", 413)
            return head
        depth, quoted, escaped = found.depth, found.quoted, found.escaped
    raise DecodeError("expected a JSON object before the binary tensors, got one without an end", "not_tensors")
