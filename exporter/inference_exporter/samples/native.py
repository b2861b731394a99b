"""The native sample: what its fields may hold, and how records become batches.

Records are read as columns at once. Only where a column breaks a rule are its
records looked at one by one, to tell the good from the bad and say why.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from operator import itemgetter
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, Floats
from .batch import POSITIVE, Batch, ModelKey, OutcomeBatch, Rejected
from .records import Columns, Rows

VARIANTS = ("champion", "challenger", "shadow")
LABEL_LENGTH_AT_MOST = 128
# Unix times in milliseconds, as JavaScript writes them: the same number of seconds would be the year 5138.
MILLISECONDS_FROM = 1e11
SAMPLE_FIELDS = (
    "id", "time", "features", "prediction", "scores", "latency_seconds", "code", "stages", "trace_id",
    "tags", "raw", "attributions",
)  # fmt: skip
KEY_FIELDS = ModelKey._fields
OUTCOME_FIELDS = ("id", "outcome", "time")
OBJECT_FIELDS = ("features", "scores", "stages", "tags", "raw", "attributions")
UNUSED_FIELDS = ("intermediate", "action")
TYPES_LOOKED_AT = 64  # of the rows of a block
NUMBER_TYPES = frozenset({int, float, type(None)})

Fields = Mapping[str, Any]
"""Columns by field; an object field is a list of objects (from rows) or a mapping of columns (from columns)."""


Built = TypeVar("Built", Batch, OutcomeBatch)
Anything = TypeVar("Anything")


class Fault(ValueError):
    """A field breaks its rule."""


@dataclass(frozen=True, slots=True)
class Decoded(Generic[Built]):
    """What a block of records became."""

    batches: Sequence[Built]
    rejected: Sequence[Rejected]


def samples_of(blocks: Iterable[Rows | Columns]) -> Iterator[Decoded[Batch]]:
    """Yield the batches of blocks of native samples."""
    return (_built(block, SAMPLE_FIELDS, _batch) for block in blocks)


def outcomes_of(blocks: Iterable[Rows | Columns]) -> Iterator[Decoded[OutcomeBatch]]:
    """Yield the batches of blocks of ``{"id", "outcome", "time"}``."""
    return (_built(block, OUTCOME_FIELDS, _outcome_batch) for block in blocks)


def _built(
    block: Rows | Columns, names: Sequence[str], build: Callable[[ModelKey, Fields, int], Built]
) -> Decoded[Built]:
    if isinstance(block, Columns):
        try:
            fields, size = _aligned(block)
        except Fault as fault:
            return Decoded((), [Rejected(0, str(fault), "invalid_columns")])
        try:
            return Decoded([build(_shared_key(fields), fields, size)] if size else [], [])
        except Fault:
            block = Rows(_as_rows(fields, size), range(size))
    whole = _built_at_once(block, names, build)
    if whole is not None:
        return Decoded([whole], block.rejected)
    rejected = list(block.rejected)
    batches = []
    for key, rows, indices in _by_model(block, rejected):
        try:
            batches.append(_from_rows(key, rows, names, build))
        except Fault:
            good = [
                row for row, index in zip(rows, indices, strict=True) if _good(key, row, index, names, build, rejected)
            ]
            if good:
                batches.append(_from_rows(key, good, names, build))
    return Decoded(batches, sorted(rejected, key=lambda item: item.index))


def _built_at_once(
    block: Rows, names: Sequence[str], build: Callable[[ModelKey, Fields, int], Anything]
) -> Anything | None:
    """Return the batch of records of one shape and one model in which all is right; None where that is not so."""
    rows = block.values
    if not rows or set(map(type, rows)) != {dict}:
        return None
    objects = cast(Sequence[dict[str, Any]], rows)
    shape = tuple(objects[0])
    if len(shape) < 2 or set(map(len, objects)) != {len(shape)}:
        return None
    try:
        columns = dict(zip(shape, zip(*map(itemgetter(*shape), objects), strict=True), strict=True))
    except KeyError:
        return None
    parts = [columns.get(name, (None,)) for name in KEY_FIELDS]
    if any(part.count(part[0]) < len(part) or set(map(type, part)) != {type(part[0])} for part in parts):
        return None
    fields = {name: columns[name] for name in names if name in columns}
    fields = {name: column for name, column in fields.items() if column.count(None) < len(column)}
    try:
        return build(_key(*(part[0] for part in parts)), fields, len(objects))
    except Fault:
        return None


def _good(
    key: tuple[Any, ...],
    row: dict[str, Any],
    index: int,
    names: Sequence[str],
    build: Callable[[ModelKey, Fields, int], object],
    rejected: list[Rejected],
) -> bool:
    """Tell whether a record alone breaks no rule; one that does joins the rejected."""
    try:
        _from_rows(key, [row], names, build)
    except Fault as fault:
        rejected.append(Rejected(index, str(fault), "invalid_field"))
        return False
    return True


def _by_model(rows: Rows, rejected: list[Rejected]) -> Iterator[tuple[tuple[Any, ...], list[Any], list[int]]]:
    """Yield the records of each model, version and variant; what is no object is rejected."""
    groups: dict[tuple[Any, ...], tuple[list[Any], list[int]]] = {}
    for value, index in zip(rows.values, rows.indices, strict=True):
        if type(value) is not dict:
            rejected.append(Rejected(index, f"expected an object, got {shown(value)}", "not_an_object"))
            continue
        key = (value.get("model"), value.get("version"), value.get("variant"))
        try:
            # With their types, for 1, 1.0 and true are equal, and only the first of them is a version.
            values, places = groups.setdefault((*key, *map(type, key)), ([], []))
        except TypeError:  # a list cannot be a key
            message = "model, version, variant: expected text, got a list or an object"
            rejected.append(Rejected(index, message, "invalid_field"))
            continue
        values.append(value)
        places.append(index)
    for key, (values, places) in groups.items():
        yield key[: len(KEY_FIELDS)], values, places


def _from_rows(
    key: tuple[Any, ...],
    rows: Sequence[dict[str, Any]],
    names: Sequence[str],
    build: Callable[[ModelKey, Fields, int], Anything],
) -> Anything:
    fields: dict[str, Any] = {}
    for name in names:
        column = [row.get(name) for row in rows]
        if column.count(None) < len(column):
            fields[name] = column
    return build(_key(*key), fields, len(rows))


def _aligned(block: Columns) -> tuple[dict[str, Any], int]:
    """Return the columns of a body and their common length; columns that are no field of a sample are features."""
    fields: dict[str, Any] = {}
    features: dict[str, Any] = {}
    for name, column in {**block.shared, **block.fields}.items():
        if name in (*SAMPLE_FIELDS, *OUTCOME_FIELDS, *KEY_FIELDS):
            fields[name] = column
        elif name in block.fields and name not in UNUSED_FIELDS:
            features[name] = column
    if features:
        inner = fields.get("features", {})
        if not isinstance(inner, Mapping):
            raise Fault(f"columns.features: expected columns by name, got {shown(inner)}")
        fields["features"] = {**inner, **features}
    lengths: dict[str, int] = {}
    for name, column in fields.items():
        leaves = {name: column}
        if name in OBJECT_FIELDS and isinstance(column, dict):
            leaves = {f"{name}.{key}": leaf for key, leaf in column.items()}
        for path, leaf in leaves.items():
            if isinstance(leaf, list | np.ndarray):
                lengths[path] = len(leaf)
            elif name not in KEY_FIELDS:
                raise Fault(f"columns.{path}: expected a list, got {shown(leaf)}")
    if len(set(lengths.values())) > 1:
        shortest, longest = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        raise Fault(
            f"columns: expected one length, got {lengths[shortest]} in {shortest} and {lengths[longest]} in {longest}"
        )
    return fields, next(iter(lengths.values()), 0)


def _shared_key(fields: Fields) -> ModelKey:
    """Return the model of all columns; one that changes inside the body is told apart row by row."""
    parts = []
    for name in KEY_FIELDS:
        part = fields.get(name)
        if isinstance(part, list):
            if any(value != part[0] for value in part):
                raise Fault(f"{name}: differs between samples")
            part = part[0] if part else None
        parts.append(part)
    return _key(*parts)


def _as_rows(fields: Fields, size: int) -> list[dict[str, Any]]:
    def values(column: Any) -> Sequence[Any]:
        if isinstance(column, np.ndarray):
            return [None if value != value else value for value in column.tolist()]
        return column if isinstance(column, list) else [column] * size

    def objects(columns: Mapping[str, Any]) -> Sequence[Any]:
        leaves = {name: values(leaf) for name, leaf in columns.items()}
        return [{name: leaf[row] for name, leaf in leaves.items()} for row in range(size)]

    columns = {
        name: objects(column) if name in OBJECT_FIELDS and isinstance(column, Mapping) else values(column)
        for name, column in fields.items()
    }
    return [{name: column[row] for name, column in columns.items()} for row in range(size)]


def _key(model: object, version: object, variant: object) -> ModelKey:
    if variant not in (None, "", *VARIANTS):
        raise Fault(f"variant: expected one of {', '.join(VARIANTS)}, got {shown(variant)}")
    return ModelKey(label("model", model), label("version", version), str(variant or ""))


def label(name: str, value: object) -> str:
    """Return a value that becomes a label: text, or a whole number as text; empty where missing.

    Raises
    ------
    Fault
        If it is anything else, or longer than a label may be.
    """
    if value is None:
        return ""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or len(text) > LABEL_LENGTH_AT_MOST:
        raise Fault(f"{name}: expected text of at most {LABEL_LENGTH_AT_MOST} characters, got {shown(value)}")
    return text


def _batch(key: ModelKey, fields: Fields, size: int) -> Batch:
    _require_content(fields, size)
    return Batch(
        size=size,
        key=key,
        times=_times(fields.get("time"), size),
        features=_object_columns("features", fields.get("features"), size),
        prediction=_scalars("prediction", fields.get("prediction")),
        scores=_scores(fields.get("scores"), size),
        ids=_ids(fields.get("id")),
        latency_seconds=_durations("latency_seconds", fields.get("latency_seconds")),
        codes=_codes(fields.get("code")),
        stages={
            name: seconds
            for name, column in _object_columns("stages", fields.get("stages"), size).items()
            if (seconds := _durations(f"stages.{name}", column)) is not None
        },
        trace_ids=_texts("trace_id", fields.get("trace_id")),
        tags=_object_columns("tags", fields.get("tags"), size),
        raw=_object_columns("raw", fields.get("raw"), size),
        attributions={
            name: _numbers(f"attributions.{name}", column)
            for name, column in _object_columns("attributions", fields.get("attributions"), size).items()
        },
        blank=_blank(fields, size),
    )


def _blank(fields: Fields, size: int) -> NDArray[np.bool_] | None:
    """Return which samples have neither features nor a prediction nor scores; None where all have some."""
    features = fields.get("features")
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
        raise Fault("expected features or a prediction, got neither")


def _outcome_batch(key: ModelKey, fields: Fields, size: int) -> OutcomeBatch:
    ids, outcomes = _ids(fields.get("id")), _scalars("outcome", fields.get("outcome"))
    if ids is None or None in ids:
        raise Fault("id: expected the id of a prediction, got none")
    values = outcomes.tolist() if isinstance(outcomes, np.ndarray) else outcomes
    if values is None or any(value is None or value != value for value in values):
        raise Fault("outcome: expected text, a number or true/false, got none")
    return OutcomeBatch(key, [str(name) for name in ids], values, _times(fields.get("time"), size))


def _object_columns(name: str, column: Any, size: int) -> dict[str, Any]:
    """Return objects, one a sample, as columns by key."""
    if column is None or isinstance(column, Mapping):
        return dict(column or {})
    if not set(map(type, column)) <= {dict, type(None)}:
        wrong = next(value for value in column if not isinstance(value, dict | None))
        raise Fault(f"{name}: expected an object, got {shown(wrong)}")
    objects = [value or {} for value in column]
    names = tuple(objects[0])
    if len(names) > 1 and all(len(item) == len(names) for item in objects):
        try:
            return _same_keys(names, objects)
        except KeyError:
            pass
    every = dict.fromkeys(key for item in objects for key in item)
    return {key: [item.get(key) for item in objects] for key in every}


def _same_keys(names: Sequence[str], objects: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return objects of one shape as columns: all numbers in one conversion, and only the others value by value."""
    # Text that says a number, true and false would become numbers unseen: a look at some rows tells where they come.
    looked_at = objects[:: -(-len(objects) // TYPES_LOOKED_AT)]
    numeric = [
        name
        for name in names
        if type(objects[0][name]) in (int, float) and {type(item[name]) for item in looked_at} <= NUMBER_TYPES
    ]
    columns: dict[str, Any] = {}
    if len(numeric) > 1:
        try:
            values = chain.from_iterable(map(itemgetter(*numeric), objects))
            matrix = np.fromiter(values, np.float64, len(objects) * len(numeric)).reshape(-1, len(numeric))
            columns = dict(zip(numeric, np.ascontiguousarray(matrix.T), strict=True))
        except (TypeError, ValueError, OverflowError):  # something among the numbers is none: leave it to the engine
            pass
    for name in names:
        if name not in columns:
            columns[name] = [item[name] for item in objects]
    return columns


def _times(column: Any, size: int) -> Floats:
    """Return event times as Unix seconds, NaN where there are none."""
    if column is None:
        return np.full(size, np.nan)
    if not isinstance(column, np.ndarray) and not set(map(type, column)) <= {int, float, type(None)}:
        return np.array([parsed_time(value) for value in column])
    try:
        times = np.array(column, dtype=np.float64)
    except OverflowError:
        times = np.array([np.inf])
    times = np.where(np.abs(times) >= MILLISECONDS_FROM, times / 1000, times)
    if (np.abs(times) >= MILLISECONDS_FROM).any():
        raise Fault("time: expected Unix seconds or RFC 3339, got a number out of range")
    return times


def parsed_time(value: object) -> float:
    """Return RFC 3339 text or Unix seconds as Unix seconds, NaN where missing; text without a zone is UTC.

    Raises
    ------
    Fault
        If it is neither.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.upper())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError) as error:
            raise Fault(f"time: expected RFC 3339 or Unix seconds, got {shown(value)}") from error
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return float(_times([value], 1)[0])
    raise Fault(f"time: expected RFC 3339 or Unix seconds, got {shown(value)}")


def _scalars(name: str, column: Any) -> Column | None:
    """Return a column of text, numbers, true and false, or None where missing."""
    if column is None or isinstance(column, np.ndarray):
        return column
    if not set(map(type, column)) <= {str, int, float, bool, type(None)}:
        wrong = next(value for value in column if not isinstance(value, str | int | float | None))
        raise Fault(f"{name}: expected text, a number or true/false, got {shown(wrong)}")
    values: Column = column
    return values


def _scores(column: Any, size: int) -> dict[str, Column]:
    """Return scores by class; a bare number is that of the positive class."""
    if column is None:
        return {}
    if isinstance(column, np.ndarray) or (isinstance(column, list | tuple) and dict not in map(type, column)):
        return {POSITIVE: _numbers("scores", column)}
    if not isinstance(column, Mapping):  # bare numbers among objects
        column = [value if value is None or isinstance(value, dict) else {POSITIVE: value} for value in column]
    objects = _object_columns("scores", column, size)
    return {name: _numbers(f"scores.{name}", leaf) for name, leaf in objects.items()}


def _numbers(name: str, column: Any) -> Floats:
    """Return numbers, NaN where missing; text is none."""
    if isinstance(column, np.ndarray) and column.dtype == np.float64:
        return column
    if not set(map(type, column)) <= {int, float, type(None)}:
        wrong = next(value for value in column if isinstance(value, bool) or not isinstance(value, int | float | None))
        raise Fault(f"{name}: expected a number, got {shown(wrong)}")
    try:
        return np.array(column, dtype=np.float64)
    except OverflowError as error:
        raise Fault(f"{name}: expected a number, got one too large") from error


def _durations(name: str, column: Any) -> Floats | None:
    if column is None:
        return None
    seconds = _numbers(name, column)
    if not ((seconds >= 0) & (seconds < np.inf) | np.isnan(seconds)).all():
        wrong = seconds[~((seconds >= 0) & (seconds < np.inf) | np.isnan(seconds))][0]
        raise Fault(f"{name}: expected seconds, 0 or more, got {wrong}")
    return seconds


def _codes(column: Any) -> list[int] | None:
    if column is None:
        return None
    if isinstance(column, np.ndarray):
        column = [None if code != code else code for code in column.tolist()]
    if not set(map(type, column)) <= {int, float, type(None)}:
        wrong = next(code for code in column if type(code) not in (int, float, type(None)))
        raise Fault(f"code: expected an HTTP status from 100 to 599, got {shown(wrong)}")
    for code in set(column):
        if code is not None and not (100 <= code <= 599 and code == int(code)):
            raise Fault(f"code: expected an HTTP status from 100 to 599, got {shown(code)}")
    return [200 if code is None else int(code) for code in column]


def _ids(column: Any) -> list[str | None] | None:
    if column is None:
        return None
    if not set(map(type, column)) <= {str, int, type(None)}:
        wrong = next(value for value in column if type(value) not in (str, int, type(None)))
        raise Fault(f"id: expected text or a whole number, got {shown(wrong)}")
    if int not in set(map(type, column)):
        ids: list[str | None] = column
        return ids
    return [value if value is None or isinstance(value, str) else str(value) for value in column]


def _texts(name: str, column: Any) -> list[str | None] | None:
    if column is None:
        return None
    if not set(map(type, column)) <= {str, type(None)}:
        wrong = next(value for value in column if not isinstance(value, str | None))
        raise Fault(f"{name}: expected text, got {shown(wrong)}")
    texts: list[str | None] = column
    return texts


def shown(value: object) -> str:
    """Return a value as an error message may show it: short, and no content of lists and objects."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
