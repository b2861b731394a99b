"""TensorFlow Serving's request logging: `PredictionLog` as proto-JSON."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..values.tensors import cells_of
from ._base import Answered, Attributes, Document, Inference, PayloadFormat, Requested, UnreadablePayload
from ._parts import list_of, object_of, text_or_none
from .bodies import answers_of_tensors, rows_of_tensors
from .tensors import Tensor, decoded_base64, texts_of_base64

DATATYPES = {
    "DT_FLOAT": "FP32", "DT_DOUBLE": "FP64", "DT_HALF": "FP16", "DT_BFLOAT16": "BF16", "DT_BOOL": "BOOL",
    "DT_INT8": "INT8", "DT_INT16": "INT16", "DT_INT32": "INT32", "DT_INT64": "INT64",
    "DT_UINT8": "UINT8", "DT_UINT16": "UINT16", "DT_UINT32": "UINT32", "DT_UINT64": "UINT64",
}  # fmt: skip
# TensorProto has a field for each type; names are those of proto-JSON.
LISTS: Mapping[str, Callable[[Any], Any]] = {
    "floatVal": float, "doubleVal": float, "intVal": int, "int64Val": int, "uint32Val": int, "uint64Val": int,
    "boolVal": bool, "stringVal": texts_of_base64,
}  # fmt: skip


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document is a log of a prediction."""
    return "predictLog" in document or "predict_log" in document


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the inference of a log; it has neither id nor latency."""
    log = object_of(_get(document, "predictLog"), "predictLog")
    request, response = object_of(_get(log, "request", {}), "request"), object_of(_get(log, "response", {}), "response")
    inputs, outputs = _tensors(request, "inputs"), _tensors(response, "outputs")
    spec = _get(response, "modelSpec") or _get(request, "modelSpec") or {}
    about = object_of(_get(document, "logMetadata", {}), "logMetadata")
    return Inference(
        requested=rows_of_tensors(inputs) if inputs else Requested(()),
        answered=answers_of_tensors(outputs) if outputs else Answered(),
        requested_at=_time(_get(about, "timestampSecs")),
        model=text_or_none(object_of(spec, "modelSpec").get("name")),
        version=text_or_none(spec.get("version")),
    )


def _time(value: Any) -> Any:
    # Proto-JSON writes integers of 64 bits as text.
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _tensors(body: Document, side: str) -> list[Tensor]:
    return [_tensor(str(name), object_of(item, name)) for name, item in object_of(_get(body, side, {}), side).items()]


def _tensor(name: str, item: Document) -> Tensor:
    shape = [_size(each) for each in list_of(object_of(_get(item, "tensorShape", {}), name).get("dim", []), name)]
    content = _get(item, "tensorContent")
    if content:
        datatype = DATATYPES.get(str(item.get("dtype")), str(item.get("dtype")))
        try:
            return Tensor(name, shape, cells_of(datatype, decoded_base64(content)))
        except ValueError as error:
            raise UnreadablePayload(f"{name}: {error}") from None
    for list_name, read_value in LISTS.items():
        if isinstance(values := _get(item, list_name), list):
            return Tensor(name, shape, _repeated(list(map(_reader(read_value), values)), shape))
    raise UnreadablePayload(f"{name}: expected values of {item.get('dtype')!s:.40}, got none")


def _repeated(values: list[Any], shape: Sequence[Any]) -> list[Any]:
    """Return as many values as the shape has: a single one may stand for all of a row."""
    if (
        len(values) != 1
        or shape in ([], [1])
        or not all(isinstance(size, int) and 0 < size <= 10_000 for size in shape)
    ):
        return values
    total = 1
    for size in shape:
        total *= size
    # Beyond, a few bytes would become megabytes; the shape is then found to be wrong.
    return values * total if total <= 10_000 else values


def _reader(read_value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read_one(value: Any) -> Any:
        try:
            return read_value(value)
        except (ValueError, TypeError, OverflowError):
            return value  # it counts as an invalid value of its feature

    return read_one


def _size(dimension: Any) -> Any:
    size = object_of(dimension, "dim").get("size", 0)
    return int(size) if isinstance(size, str) and size.isdecimal() else size


def _get(document: Document, name: str, default: Any = None) -> Any:
    """Return a field by its name in JSON or in the schema."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return document.get(name, document.get(snake, default))


FORMAT = PayloadFormat(
    "tensorflow", "TensorFlow Serving request logging", recognises, read, names=("predictLog", "predict_log")
)
