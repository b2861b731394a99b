"""The binary extension of the Open Inference Protocol V2: a JSON document, and after it the tensors in bytes.

`Inference-Header-Content-Length` says how long the document is, but loggers
lose that header. It is not needed: the document ends where its braces close,
and the sizes in it say where each tensor lies.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import DecodeError
from ..samples.records import Rows
from ..values.faults import Fault
from ..values.tensors import cells_of, number_at_most
from ._base import WireFormat
from ._head import head_of
from ._limits import DOCUMENT_BYTES, VALUE_BYTES
from .json_text import parse_json

HEADER, SIZE = "inference-header-content-length", "binary_data_size"
# The document comes first and is rarely longer; the search costs some microseconds.
LOOKED_AT = 1 << 16
CELLS_AT_MOST = DOCUMENT_BYTES // VALUE_BYTES


def recognises(first: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether a body begins with a document that gives sizes of tensors."""
    return HEADER in headers or (first[:1] == b"{" and b'"binary_data_size"' in first[:LOOKED_AT])


def read(chunks: Iterable[bytes]) -> Iterator[Rows]:
    """Yield the document with the values of its tensors in place."""
    body = b"".join(chunks)
    head = head_of(body)
    document = parse_json(head)
    if not isinstance(document, dict):
        raise DecodeError("expected a JSON object before the binary tensors", "not_tensors")
    tensors = list(_sized(document))
    total = sum(size for _, size in tensors)
    if total > len(body) - len(head):
        raise DecodeError(f"expected {total} bytes of tensors, got {len(body) - len(head)}", "not_tensors")
    # Counted from the end: loggers lose the header that says where the document ends.
    yield Rows([_filled(document, tensors, memoryview(body)[len(body) - total :])], range(1))


def _sized(document: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield the tensors that are in bytes, with their sizes."""
    for side in ("inputs", "outputs"):
        tensors = document.get(side)
        for tensor in tensors if isinstance(tensors, list) else ():
            parameters = tensor.get("parameters") if isinstance(tensor, dict) else None
            size = parameters.get(SIZE) if isinstance(parameters, dict) else None
            if size is None:
                continue
            if type(size) is not int or size < 0:
                raise DecodeError(f"{SIZE}: expected a number of bytes, got {size!r:.40}", "not_tensors")
            yield tensor, size


def _filled(document: Any, tensors: list[tuple[dict[str, Any], int]], content: memoryview) -> Any:
    cells = place = 0
    for tensor, size in tensors:
        cells += number_at_most(str(tensor.get("datatype")), size)
        if cells > CELLS_AT_MOST:
            raise DecodeError(f"expected at most {CELLS_AT_MOST} values in a body: send fewer", "too_large", 413)
        try:
            tensor["data"] = cells_of(str(tensor.get("datatype")), content[place : place + size])
        except Fault as fault:
            raise DecodeError(f"{tensor.get('name')}: {fault}", "not_tensors") from None
        place += size
    return document


FORMAT = WireFormat(
    key="binary_tensors",
    content_types=("application/vnd.sagemaker-triton.binary+json",),
    read=read,
    reasons=("not_tensors",),
    recognises=recognises,
)
