"""The bodies of requests and responses that model servers share, recognised by their names.

Requests: rows or columns of KServe V1 and TensorFlow Serving (`instances`,
`inputs`), MLflow (`dataframe_split`, `dataframe_records`), tensors of the Open
Inference Protocol V2, and the data of Seldon Core v1. Responses likewise.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from ._base import Answered, Document, Requested, UnreadablePayload
from ._parts import list_of
from .tensors import Tensor, columns_of, raw_contents, tensors_of

TENSORS = "tensors"
"""The tensors of a message that does not say which half it is."""
# A few bytes can declare many empty rows, each of which becomes a sample.
ROWS_AT_MOST = 1_000_000
SUM_TOLERANCE = 1e-3
"""How far the sum of probabilities in single precision, or rounded to three digits, may be from 1."""


def read_request(body: Any) -> Requested | None:
    """Return the rows of a request; None if it is of no known kind."""
    if isinstance(body, list):
        return _rows(body)
    if not isinstance(body, Mapping):
        return None
    # In the order from names that only one server uses to names that many do.
    if isinstance(split := body.get("dataframe_split"), Mapping):
        return _rows(list_of(split.get("data"), "dataframe_split.data"), _names(split.get("columns")))
    for name in ("dataframe_records", "instances"):
        if name in body:
            return _rows(list_of(body[name], name))
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
    for name in ("outputs", TENSORS):
        if name in body:
            return _of_outputs(body[name], raw_contents(body, "Output"))
    if (data := seldon_data(body)) is not None:
        names, rows = data
        return answers_of(rows, names)
    return None


def answers_of(rows: Sequence[Any], classes: Sequence[str] = ()) -> Answered:
    """Return a prediction or the scores of each row.

    A row of several numbers that sum to 1 holds the probabilities of the
    classes; the most probable is the prediction. Other rows of several values
    have neither.
    """
    rows = [_single(row) for row in rows]
    if not any(isinstance(row, list) for row in rows):
        return Answered(predictions=[row if _is_scalar(row) else None for row in rows])
    scores = [_probabilities(row, classes) for row in rows]
    # Several numbers that are no probabilities (an embedding, a forecast) give neither prediction nor scores.
    return Answered([max(by_class, key=by_class.__getitem__) if by_class else None for by_class in scores], scores)


def seldon_data(body: Document) -> tuple[Sequence[str], Sequence[Any]] | None:
    """Return names and rows of a Seldon message; None if it has no numeric or JSON data."""
    data = body.get("data")
    if isinstance(data, Mapping):
        names = _names(data.get("names") or ())
        if "ndarray" in data:
            return names, list_of(data["ndarray"], "data.ndarray")
        if isinstance(tensor := data.get("tensor"), Mapping):
            return names, Tensor("data.tensor", tensor.get("shape"), tensor.get("values")).rows()
    if isinstance(body.get("jsonData"), list):
        return (), body["jsonData"]
    if isinstance(body.get("jsonData"), Mapping):
        return (), [body["jsonData"]]
    return None


def _of_azure(body: Document) -> Requested | None:
    """Return the rows of a body as Azure's endpoints take it: `input_data`, or a list as `data`."""
    data = body.get("input_data", body.get("data"))
    if isinstance(data, Mapping) and "columns" in data:
        return _rows(list_of(data.get("data"), "input_data.data"), _names(data["columns"]))
    return _rows(data) if isinstance(data, list) else None


def _of_inputs(inputs: Any, raw: Sequence[Any] = ()) -> Requested | None:
    tensors = tensors_of(inputs, raw)
    if tensors is not None:
        return rows_of_tensors(tensors)
    if isinstance(inputs, Mapping):
        columns = {
            str(name): [column] if _is_scalar(column) else list_of(column, f"inputs.{name}")
            for name, column in inputs.items()
        }
        return Requested(_transposed(columns), tuple(columns))
    return _rows(inputs) if isinstance(inputs, list) else None


def rows_of_tensors(tensors: Sequence[Tensor]) -> Requested:
    """Return the rows of tensors: one tensor a feature, or one matrix."""
    # One matrix needs no column of lists first: its rows are there as they are.
    if len(tensors) == 1 and tensors[0].width > 1:
        return Requested(tensors[0].rows(), tensors[0].column_names)
    columns = columns_of(tensors)
    return Requested(_transposed(columns), tuple(columns))


def predictions_of(predictions: Any) -> Answered:
    """Return the answers of rows: single values, lists, or objects by the name of an output."""
    if isinstance(predictions, Mapping):
        columns = {str(name): list_of(column, f"predictions.{name}") for name, column in predictions.items()}
        return _of_columns(columns)
    rows = predictions if isinstance(predictions, list) else [predictions]
    if rows and all(isinstance(row, Mapping) for row in rows):
        names = dict.fromkeys(name for row in rows for name in row)
        return _of_columns({name: [row.get(name) for row in rows] for name in names})
    return answers_of(rows)


def _of_outputs(outputs: Any, raw: Sequence[Any] = ()) -> Answered | None:
    tensors = tensors_of(outputs, raw)
    if tensors is not None:
        return answers_of_tensors(tensors)
    if isinstance(outputs, Mapping):
        return _of_columns({str(name): list_of(column, f"outputs.{name}") for name, column in outputs.items()})
    return answers_of(outputs) if isinstance(outputs, list) else None


def answers_of_tensors(tensors: Sequence[Tensor]) -> Answered:
    """Return the answers that output tensors hold."""
    return _of_columns({tensor.name: tensor.rows() for tensor in tensors})


def _of_columns(columns: Mapping[str, Sequence[Any]]) -> Answered:
    """Return the first column of single values as predictions, and the first of probabilities as scores."""
    answers = [answers_of(column) for column in columns.values()]
    # Servers of classifiers often answer label and probabilities as two outputs, in either order.
    scores = next((each.scores for each in answers if any(each.scores)), ())
    labels = next((each.predictions for each in answers if not each.scores), None)
    if labels is None:
        labels = next((each.predictions for each in answers if any(each.scores)), ())
    return Answered(labels, scores)


def _rows(values: Sequence[Any], names: Sequence[str] = ()) -> Requested:
    if len(values) > ROWS_AT_MOST:
        raise UnreadablePayload(f"expected at most {ROWS_AT_MOST} rows, got {len(values)}")
    return Requested([value if isinstance(value, dict | list) else [value] for value in values], names)


def _transposed(columns: Mapping[str, Sequence[Any]]) -> list[list[Any]]:
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        got = ", ".join(f"{name} {len(column)}" for name, column in islice(columns.items(), 5))
        raise UnreadablePayload(f"expected inputs of one length, got {got}")
    return [list(map(_single, row)) for row in zip(*columns.values(), strict=True)]


def _single(value: Any) -> Any:
    """Return the only value of nested lists of one."""
    # Tensors of shape (n, 1) nest each value.
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _probabilities(row: Any, classes: Sequence[str]) -> dict[str, float] | None:
    # `type`: isinstance would take true and false for numbers.
    if not isinstance(row, list) or not row or not all(type(share) in (int, float) for share in row):
        return None
    if min(row) < 0 or abs(sum(row) - 1) > SUM_TOLERANCE:
        return None
    names = classes if len(classes) == len(row) else [str(number) for number in range(len(row))]
    return dict(zip(names, row, strict=True))


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise UnreadablePayload(f"names: expected a list, got {type(value).__name__}")
    return tuple(str(name) for name in value)
