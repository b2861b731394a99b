"""The fields of a native sample and of an outcome: allowed values, and the column that each becomes."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, DictionaryColumn, Floats
from ..values.faults import Fault, shown
from ..values.times import sample_times
from .batch import POSITIVE, Batch, ModelKey, OutcomeBatch
from .ids import CheckedTexts
from .llm import llm_columns
from .objects import object_columns

SAMPLE_FIELDS = (
    "id", "time", "features", "prediction", "scores", "latency_seconds", "code", "stages", "trace_id",
    "tags", "raw", "attributions", "llm", "intermediate", "action",
)  # fmt: skip
KEY_FIELDS = ModelKey._fields
OUTCOME_FIELDS = ("id", "outcome", "time")
OBJECT_FIELDS = ("features", "scores", "stages", "tags", "raw", "attributions", "llm", "intermediate")

Fields = Mapping[str, Any]
"""Columns by field; an object field is a list of objects (from rows) or a mapping of columns (from columns)."""
NO_CONTENT = "expected features or a prediction, got neither"
NO_ID = "id: expected the id of a prediction, got nothing"
# Longer than any UUID or trace id; ids wait in memory until outcomes come.
ID_LENGTH_AT_MOST = 128
PLAIN_TYPES = frozenset({str, int, float, bool, type(None)})
TRACE_ID_LENGTH_AT_MOST = 100  # OpenMetrics allows 128 characters per exemplar, including the label's name


Built = TypeVar("Built", Batch, OutcomeBatch)


@dataclass(frozen=True)
class Rule:
    """A rule about some fields: `check` raises a Fault if they break it."""

    fields: Sequence[str]
    check: Callable[[Fields, int], object]


@dataclass(frozen=True)
class Kind(Generic[Built]):
    """Samples or outcomes: their fields, how columns become a batch, and the rules of each field."""

    fields: Sequence[str]
    build: Callable[[ModelKey, Fields, int], Built]
    rules: Sequence[Rule]
    empty: str
    """The fault of an empty object."""


def sample_batch(key: ModelKey, fields: Fields, size: int) -> Batch:
    """Return columns of samples as a batch.

    Raises
    ------
    Fault
        If a value breaks the rule of its field.
    """
    _require_content(fields, size)
    return Batch(
        size=size,
        key=key,
        times=sample_times(fields.get("time"), size),
        features=object_columns("features", fields.get("features"), size),
        prediction=_scalars("prediction", fields.get("prediction")),
        scores=_scores(fields.get("scores"), size),
        ids=_ids(fields.get("id")),
        latency_seconds=_durations("latency_seconds", fields.get("latency_seconds")),
        codes=_codes(fields.get("code")),
        stages=_stages(fields, size),
        trace_ids=_texts("trace_id", fields.get("trace_id")),
        tags=object_columns("tags", fields.get("tags"), size),
        raw=object_columns("raw", fields.get("raw"), size),
        attributions=_attributions(fields, size),
        llm=llm_columns(fields.get("llm"), size),
        intermediate=_intermediate(fields.get("intermediate"), size),
        action=_scalars("action", fields.get("action")),
        blank=_blank(fields, size),
    )


def _blank(fields: Fields, size: int) -> NDArray[np.bool_] | None:
    """Return a mask of the samples without features, prediction and scores; None if there are no such samples."""
    features = fields.get("features")
    # The usual case, decided without looking at other columns.
    if features and (isinstance(features, Mapping) or all(features)):
        return None
    blank = np.ones(size, dtype=np.bool_)
    if features is not None and not isinstance(features, Mapping):
        blank &= [not value for value in features]
    for name in ("prediction", "scores"):
        column = fields.get(name)
        if isinstance(column, Mapping | np.ndarray):
            return None
        if column is not None:
            blank &= [value is None for value in column]
    return blank if blank.any() else None


def _require_content(fields: Fields, size: int) -> None:
    features = fields.get("features")
    if isinstance(features, Mapping) or (features is not None and None not in features):
        return
    columns = [fields.get(name) for name in ("features", "prediction", "code")]
    present = [column for column in columns if column is not None]
    lengths = [column.tolist() if isinstance(column, np.ndarray) else column for column in present]
    if not present or any(all(value is None for value in row) for row in zip(*lengths, strict=True)):
        raise Fault(NO_CONTENT)


def outcome_batch(key: ModelKey, fields: Fields, size: int) -> OutcomeBatch:
    """Return columns of outcomes as a batch.

    Raises
    ------
    Fault
        If a value breaks the rule of its field.
    """
    return OutcomeBatch(key, _outcome_ids(fields), _outcome_values(fields), sample_times(fields.get("time"), size))


def _outcome_ids(fields: Fields) -> list[str]:
    ids = _ids(fields.get("id"))
    if ids is None or None in ids:
        raise Fault(NO_ID)
    return [str(name) for name in ids]


def _outcome_values(fields: Fields) -> Sequence[object]:
    outcomes = _scalars("outcome", fields.get("outcome"))
    values = outcomes.tolist() if isinstance(outcomes, np.ndarray) else outcomes
    if values is None or any(value is None or value != value for value in values):
        raise Fault("outcome: expected text, a number or true/false, got nothing")
    return values


def _stages(fields: Fields, size: int) -> dict[str, Floats]:
    return {
        name: seconds
        for name, column in object_columns("stages", fields.get("stages"), size).items()
        if (seconds := _durations(f"stages.{name}", column)) is not None
    }


def _attributions(fields: Fields, size: int) -> dict[str, Floats]:
    columns = object_columns("attributions", fields.get("attributions"), size)
    return {name: _numbers(f"attributions.{name}", column) for name, column in columns.items()}


def _intermediate(column: Any, size: int) -> dict[str, Column]:
    """Return outputs by component; a list or an object, such as an embedding, is a missing output."""
    columns = object_columns("intermediate", column, size)
    return {name: leaf if isinstance(leaf, np.ndarray) else _plain(leaf) for name, leaf in columns.items()}


def _plain(column: Sequence[object]) -> Column:
    if isinstance(column, DictionaryColumn) or set(map(type, column)) <= PLAIN_TYPES:
        return column
    return [value if type(value) in PLAIN_TYPES else None for value in column]


def _scalars(name: str, column: Any) -> Column | None:
    """Return a column of text, numbers and booleans; None if missing."""
    if column is None or isinstance(column, np.ndarray):
        return column
    # Texts of a dictionary were checked once for all rows.
    if isinstance(column, DictionaryColumn) and set(map(type, column.values)) == {str}:
        return column
    if not set(map(type, column)) <= PLAIN_TYPES:
        wrong = next(value for value in column if not isinstance(value, str | int | float | None))
        raise Fault(f"{name}: expected text, a number or true/false, got {shown(wrong)}")
    values: Column = column
    return values


def _scores(column: Any, size: int) -> dict[str, Column]:
    """Return scores by class; a bare number is the score of the positive class."""
    if column is None:
        return {}
    if isinstance(column, np.ndarray) or (isinstance(column, list | tuple) and dict not in map(type, column)):
        return {POSITIVE: _numbers("scores", column)}
    if not isinstance(column, Mapping):  # bare numbers among objects
        column = [value if value is None or isinstance(value, dict) else {POSITIVE: value} for value in column]
    objects = object_columns("scores", column, size)
    return {name: _numbers(f"scores.{name}", leaf) for name, leaf in objects.items()}


def _numbers(name: str, column: Any) -> Floats:
    """Return numbers, NaN if missing; text is a Fault."""
    if isinstance(column, np.ndarray) and column.dtype == np.float64:
        return column
    # One pass in C over the types, instead of a check of each value in Python.
    if not set(map(type, column)) <= {int, float, type(None)}:
        wrong = next(value for value in column if isinstance(value, bool) or not isinstance(value, int | float | None))
        raise Fault(f"{name}: expected a number, got {shown(wrong)}")
    try:
        return np.array(column, dtype=np.float64)
    except OverflowError as error:
        raise Fault(f"{name}: expected a number, got one that is too large") from error


def _durations(name: str, column: Any) -> Floats | None:
    if column is None:
        return None
    seconds = _numbers(name, column)
    # NaN is unknown, and allowed; infinity is not a duration.
    if not ((seconds >= 0) & (seconds < np.inf) | np.isnan(seconds)).all():
        wrong = seconds[~((seconds >= 0) & (seconds < np.inf) | np.isnan(seconds))][0]
        raise Fault(f"{name}: expected seconds, 0 or more, got {wrong}")
    return seconds


def _codes(column: Any) -> Sequence[int] | NDArray[np.int64] | None:
    if column is None:
        return None
    if isinstance(column, np.ndarray):
        if ((column >= 100) & (column <= 599) & (column == np.floor(column)) | np.isnan(column)).all():
            return np.where(np.isnan(column), 200, column).astype(np.int64)
        column = [None if code != code else code for code in column.tolist()]
    if not set(map(type, column)) <= {int, float, type(None)}:
        wrong = next(code for code in column if type(code) not in (int, float, type(None)))
        raise Fault(f"code: expected an HTTP status from 100 to 599, got {shown(wrong)}")
    for code in set(column):
        if code is not None and not (100 <= code <= 599 and code == int(code)):
            raise Fault(f"code: expected an HTTP status from 100 to 599, got {shown(code)}")
    return [200 if code is None else int(code) for code in column]


def _ids(column: Any) -> CheckedTexts | None:
    if column is None or isinstance(column, CheckedTexts):
        return column
    if not set(map(type, column)) <= {str, int, type(None)}:
        wrong = next(value for value in column if type(value) not in (str, int, type(None)))
        raise Fault(f"id: expected text or a whole number, got {shown(wrong)}")
    return CheckedTexts(
        value if value is None or len(value) <= ID_LENGTH_AT_MOST else short_id(value) for value in as_texts(column)
    )


def as_texts(column: Sequence[Any]) -> Sequence[str | None]:
    """Return texts and whole numbers as texts."""
    if int not in set(map(type, column)):
        return column
    return [value if value is None or isinstance(value, str) else str(value) for value in column]


def short_id(name: str) -> str:
    """Return a digest in place of an id that is too long; outcomes still find their predictions."""
    return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"


def _texts(name: str, column: Any) -> list[str | None] | None:
    if column is None:
        return None
    if not set(map(type, column)) <= {str, type(None)}:
        wrong = next(value for value in column if not isinstance(value, str | None))
        raise Fault(f"{name}: expected text, got {shown(wrong)}")
    return [value and value[:TRACE_ID_LENGTH_AT_MOST] for value in column]


# Run one by one only after `sample_batch` has failed, to find which rows break which rule.
SAMPLE_RULES: Sequence[Rule] = (
    Rule(("features", "prediction", "code"), _require_content),
    Rule(("time",), lambda fields, size: sample_times(fields.get("time"), size)),
    Rule(("features",), lambda fields, size: object_columns("features", fields.get("features"), size)),
    Rule(("prediction",), lambda fields, size: _scalars("prediction", fields.get("prediction"))),
    Rule(("scores",), lambda fields, size: _scores(fields.get("scores"), size)),
    Rule(("id",), lambda fields, size: _ids(fields.get("id"))),
    Rule(("latency_seconds",), lambda fields, size: _durations("latency_seconds", fields.get("latency_seconds"))),
    Rule(("code",), lambda fields, size: _codes(fields.get("code"))),
    Rule(("stages",), lambda fields, size: _stages(fields, size)),
    Rule(("trace_id",), lambda fields, size: _texts("trace_id", fields.get("trace_id"))),
    Rule(("tags",), lambda fields, size: object_columns("tags", fields.get("tags"), size)),
    Rule(("raw",), lambda fields, size: object_columns("raw", fields.get("raw"), size)),
    Rule(("attributions",), lambda fields, size: _attributions(fields, size)),
    Rule(("llm",), lambda fields, size: llm_columns(fields.get("llm"), size)),
    Rule(("intermediate",), lambda fields, size: _intermediate(fields.get("intermediate"), size)),
    Rule(("action",), lambda fields, size: _scalars("action", fields.get("action"))),
)
OUTCOME_RULES: Sequence[Rule] = (
    Rule(("id",), lambda fields, size: _outcome_ids(fields)),
    Rule(("outcome",), lambda fields, size: _outcome_values(fields)),
    Rule(("time",), lambda fields, size: sample_times(fields.get("time"), size)),
)
SAMPLES = Kind(SAMPLE_FIELDS, sample_batch, SAMPLE_RULES, NO_CONTENT)
OUTCOMES = Kind(OUTCOME_FIELDS, outcome_batch, OUTCOME_RULES, NO_ID)
