"""ModelInfer requests and responses of the Open Inference Protocol V2 as Protocol Buffers, as gRPC carries them.

Both have the name of the model (1), its version (2), an id (3) and tensors (5);
a request may have raw tensors in 7, a response in 6. Without raw tensors they
look alike: the document then has `tensors`, and who knows which half it is reads them as such.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..errors import DecodeError
from ..samples.records import Rows
from ..values.faults import Fault
from ..values.protobuf import Field, fields_of, floats, integers, signed
from ..values.tensors import cells_of, number_at_most
from ._base import WireFormat
from ._limits import DOCUMENT_BYTES, VALUE_BYTES

TEXTS: Mapping[int, str] = {1: "model_name", 2: "model_version", 3: "id"}
TENSOR, RAW_OUTPUT, RAW_INPUT = 5, 6, 7
CONTENTS: Mapping[int, Callable[[bytes], list[Any]]] = {
    1: lambda packed: [bool(value) for value in integers(packed)],
    2: lambda packed: [signed(value) for value in integers(packed)],
    3: lambda packed: [signed(value) for value in integers(packed)],
    4: integers,
    5: integers,
    6: lambda packed: floats(packed, "f"),
    7: lambda packed: floats(packed, "d"),
    8: lambda text: [text.decode(errors="replace")],
}
"""Lists of InferTensorContents by field: booleans, integers with and without sign, numbers, and single texts."""
SINGLE: Mapping[int, Callable[[int], Any]] = {1: bool, 2: signed, 3: signed}
CELLS_AT_MOST = DOCUMENT_BYTES // VALUE_BYTES


def read(chunks: Iterable[bytes]) -> Iterator[Rows]:
    """Yield the message as the JSON document of the same protocol."""
    body = b"".join(chunks)
    # A value takes two bytes at the least, a Python object of it many more.
    if len(body) // 2 > CELLS_AT_MOST and len(body) > DOCUMENT_BYTES // 8:
        raise DecodeError(f"expected a message of at most {DOCUMENT_BYTES // 8} bytes", "too_large", 413)
    try:
        yield Rows([_document(body)], range(1))
    except Fault as fault:
        raise DecodeError(f"expected a ModelInfer message, got: {fault}", "not_tensors") from None


def _document(body: bytes) -> dict[str, Any]:
    document: dict[str, Any] = {}
    tensors: list[dict[str, Any]] = []
    raw: dict[int, list[bytes]] = {RAW_INPUT: [], RAW_OUTPUT: []}
    for number, value in fields_of(body):
        if number in TEXTS:
            document[TEXTS[number]] = _text(value)
        elif number == TENSOR:
            tensors.append(_tensor(_bytes(value)))
        elif number in raw:
            raw[number].append(_bytes(value))
    if not tensors:
        raise Fault("no tensors")
    return document | {_fill(tensors, raw): tensors}


def _fill(tensors: list[dict[str, Any]], raw: Mapping[int, list[bytes]]) -> str:
    """Set the values of raw tensors; return on which side they are."""
    for number, side in ((RAW_INPUT, "inputs"), (RAW_OUTPUT, "outputs")):
        # Field 6 of a request has the outputs that it asks for.
        if len(raw[number]) != len(tensors) or any("data" in tensor for tensor in tensors):
            continue
        sizes = map(len, raw[number])
        if sum(map(number_at_most, (tensor["datatype"] for tensor in tensors), sizes)) > CELLS_AT_MOST:
            raise Fault(f"more than {CELLS_AT_MOST} values")
        for tensor, content in zip(tensors, raw[number], strict=True):
            tensor["data"] = cells_of(tensor["datatype"], content)
        return side
    # A response has its values either in the tensors or in field 6, a request may ask for outputs there.
    return "inputs" if raw[RAW_OUTPUT] and all("data" in tensor for tensor in tensors) else "tensors"


def _tensor(message: bytes) -> dict[str, Any]:
    tensor: dict[str, Any] = {"name": "", "datatype": "", "shape": []}
    for number, value in fields_of(message):
        if number == 1:
            tensor["name"] = _text(value)
        elif number == 2:
            tensor["datatype"] = _text(value)
        elif number == 3:
            # Packed or not: writers may do either (Protocol Buffers, encoding of repeated fields).
            sizes = [value] if isinstance(value, int) else integers(value)
            tensor["shape"] += map(signed, sizes)
        elif number == TENSOR:
            tensor["data"] = [item for field in fields_of(_bytes(value)) for item in _values(field)]
    return tensor


def _values(field: Field) -> list[Any]:
    number, value = field
    if number not in CONTENTS:
        return []
    return [SINGLE.get(number, int)(value)] if isinstance(value, int) else CONTENTS[number](value)


def _text(value: int | bytes) -> str:
    return _bytes(value).decode(errors="replace").replace("\0", "\ufffd")


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise Fault(f"the number {value} where a message or text should be")
    return value


FORMAT = WireFormat(
    key="infer_protobuf",
    content_types=("application/x-protobuf", "application/protobuf", "application/grpc+proto"),
    read=read,
    reasons=("not_tensors",),
)
