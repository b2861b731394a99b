"""The bodies of requests and responses that model servers share, recognised by their names.

Requests: rows or columns of KServe V1 and TensorFlow Serving (`instances`,
`inputs`), MLflow (`dataframe_split`, `dataframe_records`), tensors of the Open
Inference Protocol V2, and the data of Seldon Core v1. Responses likewise.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from ..samples.records import ROWS_WITHOUT_NAMES
from ._answers import answers_of, answers_of_columns, is_scalar, predictions_of, single
from ._base import Answered, Document, Requested, UnreadablePayload
from ._column_rows import ColumnRows, has_lists, rows_of_numbers
from ._feature_rows import feature_row
from ._parts import list_of
from .tensors import Tensor, columns_of, raw_contents, tensors_of

DATA = ("data", "jsonData", "strData")
"""Names of bodies that say little by themselves: see `has_data`."""
TENSORFLOW_VALUES = ("floatVal", "float_val", "doubleVal", "double_val", "intVal", "int_val", "int64Val", "int64_val",
                     "boolVal", "bool_val", "stringVal", "string_val")  # fmt: skip
TENSORS = "tensors"
"""The tensors of a message that does not say which half it is."""
# A few bytes can declare many empty rows, each of which becomes a sample.
ROWS_AT_MOST = 1_000_000


def read_request(body: Any) -> Requested | None:
    """Return the rows of a request; None if it is of no known kind."""
    if isinstance(body, list):
        return _rows(body)
    if not isinstance(body, Mapping):
        return None
    # In the order from names that only one server uses to names that many do.
    if isinstance(split := body.get("dataframe_split"), Mapping):
        return _rows(list_of(split.get("data"), "dataframe_split.data"), _names(split.get("columns", ())))
    for name in ("dataframe_records", "instances", ROWS_WITHOUT_NAMES):
        if name in body:
            return _rows(list_of(body[name], name))
    if isinstance(examples := body.get("examples"), list):
        return _of_examples(examples, body.get("context"))
    for name in ("inputs", TENSORS):
        if name in body:
            return _of_inputs(body[name], raw_contents(body, "Input"))
    if (data := seldon_data(body)) is not None:
        names, rows = data
        return _rows(rows, names)
    return _of_azure(body)


def read_response(body: Any) -> Answered | None:
    """Return the answers of a response; None if it is of no known kind."""
    if isinstance(body, list):
        return answers_of(body)
    if not isinstance(body, Mapping):
        return None
    if "predictions" in body:
        return predictions_of(body["predictions"])
    # TensorFlow Serving's classify (`results`) and regress (`result` through gRPC gateways).
    for name in (ROWS_WITHOUT_NAMES, "results"):
        if isinstance(rows := body.get(name), list):
            return predictions_of(rows)
    for name in ("outputs", TENSORS):
        if name in body:
            return _of_outputs(body[name], raw_contents(body, "Output"))
    if (data := seldon_data(body)) is not None:
        names, rows = data
        return answers_of(rows, names)
    return None


def has_data(body: Document) -> bool:
    """Return whether a body has the data of Seldon Core v1, or a data frame as MLflow took it before 2.0."""
    data = body.get("data")
    if isinstance(data, Mapping):
        return any(name in data for name in ("ndarray", "tensor", "tftensor"))
    is_frame = isinstance(data, list) and isinstance(body.get("columns"), list)
    return is_frame or "jsonData" in body or isinstance(body.get("strData"), str)


def seldon_data(body: Document) -> tuple[Sequence[str], Sequence[Any]] | None:
    """Return names and rows of a Seldon message; None if it has no numeric or JSON data."""
    data = body.get("data")
    if isinstance(data, Mapping):
        names = _names(data.get("names") or ())
        if "ndarray" in data:
            return names, list_of(data["ndarray"], "data.ndarray")
        if isinstance(tensor := data.get("tensor"), Mapping):
            return names, Tensor("data.tensor", tensor.get("shape"), tensor.get("values")).rows()
        if isinstance(tensor := data.get("tftensor"), Mapping):
            return names, _tensorflow_rows(tensor)
    if isinstance(body.get("strData"), str):
        return (), [body["strData"]]
    if isinstance(body.get("jsonData"), list):
        return (), body["jsonData"]
    if isinstance(body.get("jsonData"), Mapping):
        return (), [body["jsonData"]]
    return None


def _tensorflow_rows(tensor: Document) -> list[Any]:
    """Return the rows of a `TensorProto` in JSON, whose numbers are in a list of their type."""
    shape = tensor.get("tensorShape", tensor.get("tensor_shape"))
    sizes = shape.get("dim") if isinstance(shape, Mapping) else None
    dimensions = [each.get("size") if isinstance(each, Mapping) else None for each in list_of(sizes, "tftensor: dim")]
    values = next((tensor[name] for name in TENSORFLOW_VALUES if isinstance(tensor.get(name), list)), None)
    return Tensor("data.tftensor", dimensions, values).rows()


def _of_examples(examples: Sequence[Any], context: Any) -> Requested:
    """Return the rows of TensorFlow Serving's classify and regress; the context belongs to each."""
    shared = context if isinstance(context, Mapping) else {}
    return _rows([{**shared, **each} if isinstance(each, Mapping) else each for each in examples])


def _of_azure(body: Document) -> Requested | None:
    """Return the rows of a body of Azure, `input_data` or a list as `data`, or of MLflow before 2.0."""
    data = body.get("input_data", body.get("data"))
    if isinstance(data, list) and isinstance(body.get("columns"), list):
        return _rows(data, _names(body["columns"]))
    if isinstance(data, Mapping) and "columns" in data:
        return _rows(list_of(data.get("data"), "input_data.data"), _names(data["columns"]))
    return _rows(data) if isinstance(data, list) else None


def _of_inputs(inputs: Any, raw: Sequence[Any] = ()) -> Requested | None:
    tensors = tensors_of(inputs, raw)
    if tensors is not None:
        return rows_of_tensors(tensors)
    if isinstance(inputs, Mapping):
        columns = {
            str(name): [column] if is_scalar(column) else list_of(column, f"inputs.{name}")
            for name, column in inputs.items()
        }
        return Requested(_transposed(columns), tuple(columns))
    return _rows(inputs) if isinstance(inputs, list) else None


def rows_of_tensors(tensors: Sequence[Tensor]) -> Requested:
    """Return the rows of tensors: one tensor a feature, or one matrix."""
    # One matrix needs no column of lists first: its rows are there as they are.
    if len(tensors) == 1 and tensors[0].width > 1:
        return Requested(ColumnRows(tensors[0].columns()), tensors[0].column_names)
    columns = columns_of(tensors)
    return Requested(_transposed(columns), tuple(columns))


def _of_outputs(outputs: Any, raw: Sequence[Any] = ()) -> Answered | None:
    tensors = tensors_of(outputs, raw)
    if tensors is not None:
        return answers_of_tensors(tensors)
    if isinstance(outputs, Mapping):
        return answers_of_columns({str(name): list_of(column, f"outputs.{name}") for name, column in outputs.items()})
    return answers_of(outputs) if isinstance(outputs, list) else None


def answers_of_tensors(tensors: Sequence[Tensor]) -> Answered:
    """Return the answers that output tensors hold."""
    # Of one value a row, the values.
    return answers_of_columns({t.name: t.listed() if t.width == 1 else t.rows() for t in tensors})


def _rows(values: Sequence[Any], names: Sequence[str] = ()) -> Requested:
    if len(values) > ROWS_AT_MOST:
        raise UnreadablePayload(f"expected at most {ROWS_AT_MOST} rows, got {len(values)}")
    numbers = rows_of_numbers(values)
    return Requested(list(map(feature_row, values)) if numbers is None else numbers, names)


def _transposed(columns: Mapping[str, Sequence[Any]]) -> Sequence[list[Any]]:
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        got = ", ".join(f"{name} {len(column)}" for name, column in islice(columns.items(), 5))
        raise UnreadablePayload(f"expected inputs of one length, got {got}")
    if not any(map(has_lists, columns.values())):
        return ColumnRows(list(columns.values()))
    return [list(map(single, row)) for row in zip(*columns.values(), strict=True)]


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise UnreadablePayload(f"names: expected a list, got {type(value).__name__}")
    return tuple(str(name) for name in value)
