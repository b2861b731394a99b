"""Samples of one request: one mapping per sample, from columns, data frames, arguments or JSON bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .frames import columns_of, elements
from .rows import columns_in, row_of, rows_of, rows_of_columns
from .throttled_warnings import describe
from .values import Unreadable, bounded

Sample = Mapping[str, Any]
"""Keyword arguments of `Monitor.observe`."""


class Observer(Protocol):
    """The interface of `Monitor` that lower modules use."""

    def observe(self, *fields: Any, **sample: Any) -> None:
        """Report one sample."""
        ...

    def warn(self, text: str) -> None:
        """Log that something is unreadable."""
        ...


# Fields of a handler's answer besides the prediction.
SAID_OF_A_SAMPLE = ("prediction", "scores", "id", "action", "raw", "intermediate", "stages", "attributions")


class LengthMismatch(ValueError):
    """Columns of one request differ in length; `size` is the longest."""

    def __init__(self, lengths: Mapping[str, int]) -> None:
        super().__init__(f"lengths differ: {', '.join(f'{name} {length}' for name, length in lengths.items())}")
        self.size = max(lengths.values())


class UnreadableColumns(Unreadable):
    """Nothing of a request is readable; `size` is its apparent number of samples."""

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


def observe_each(
    observer: Observer,
    samples: Sequence[Sample],
    *,
    latency_seconds: float | None,
    stages: Mapping[str, float] | None = None,
    **request: Any,
) -> None:
    """Report the samples of one request.

    Latency and stages belong to the request and go with its first sample, so
    that they count once; everything else about the request goes with each.
    """
    for sample in samples:
        observer.observe(**{"latency_seconds": latency_seconds, "stages": stages, **request, **sample})
        latency_seconds = stages = None


def from_columns(**columns: object) -> list[Sample]:
    """Return samples from one sequence per field; mappings are columns within the field.

    An unreadable field becomes Unreadable in each sample, as long as another
    field gives the number of samples.

    Raises
    ------
    LengthMismatch
        If the sequences differ in length.
    UnreadableColumns
        If no field is readable.
    """
    fields: dict[str, Sequence[object]] = {}
    unreadable: dict[str, Unreadable] = {}
    for name, column in columns.items():
        if column is None:
            continue
        try:
            fields[name] = _listed(column, name)
        except LengthMismatch:
            raise
        except Exception as error:  # foreign values may raise anything
            unreadable[name] = Unreadable(describe(error))
    if unreadable and not fields:
        size = max(_length(columns[name]) for name in unreadable)
        raise UnreadableColumns("; ".join(f"{name}: {error}" for name, error in unreadable.items()), size)
    return [dict(zip(fields, row, strict=True)) | unreadable for row in _equally_long(fields)]


def answers_of(value: object, size: int | None) -> list[Sample]:
    """Return a handler's answer per sample; empty if the numbers do not match.

    Parameters
    ----------
    value
        A prediction, a sequence of predictions, or a mapping with "prediction" or
        "predictions", and optionally "scores" and "id".
    size
        Number of samples in the request; None if unknown.
    """
    value = _as_values(value)
    if isinstance(value, Mapping):
        if "predictions" in value:
            return _spread(value, size)
        answers = [_answer(value)]
    else:
        values = elements(value)
        answers = [_answer(value)] if values is None else [_answer(each) for each in values]
    if size == 1 and len(answers) > 1:  # several values for one sample
        return [_answer(value)]
    return answers if size is None or len(answers) == size else []


def matched(rows: Sequence[Mapping[str, object]] | None, answer: object) -> list[Sample]:
    """Return samples from feature rows and their answer; a single row may turn out to be columns."""
    if rows and len(rows) == 1:
        answers = answers_of(answer, None)
        columns = columns_in(rows[0], len(answers))
        if columns:
            return joined(rows_of_columns(columns), answers)
    return joined(rows, answers_of(answer, len(rows) if rows else None))


def joined(rows: Sequence[Mapping[str, object]] | None, answers: Sequence[Sample]) -> list[Sample]:
    """Return samples from feature rows and answers; either may be missing."""
    if not rows:
        return list(answers)
    if len(answers) != len(rows):
        return [{"features": row} for row in rows]
    return [{"features": row, **answer} for row, answer in zip(rows, answers, strict=True)]


def from_json(request: object, response: object) -> list[Sample]:
    """Return the samples of a JSON request and its JSON answer (either None if unreadable).

    Understands requests ``{"features": {…}}`` or ``{"instances": [{…}]}``, and
    answers ``{"prediction": …}`` or ``{"predictions": […]}`` with optional
    "scores" and "id".
    """
    rows = None
    if isinstance(request, Mapping):
        rows = rows_of(request.get("features", request.get("instances")))
    if not isinstance(response, Mapping) or not {"prediction", "predictions"} & response.keys():
        return joined(rows, [])
    samples = matched(rows, response)
    if len(samples) == 1 and isinstance(request, Mapping) and "id" in request:
        return [{"id": request["id"], **samples[0]}]
    return samples


def _as_values(value: object) -> object:
    """Return a data frame, or an object with a prediction, in its JSON form."""
    columns = columns_of(value)
    if columns is not None:
        return next(iter(columns.values())) if len(columns) == 1 else rows_of_columns(columns)
    return _as_answer(value)


def _as_answer(value: object) -> object:
    row = None if isinstance(value, Mapping) else row_of(value)
    return row if row and ("prediction" in row or "predictions" in row) else value


def _listed(column: Any, name: str) -> Sequence[object]:
    columns: Mapping[Any, Any] | None = columns_of(column)
    if columns is None and isinstance(column, Mapping):
        columns = dict(bounded(column.items()))
    if columns is not None:
        listed = {f"{name}.{key}": _listed(values, str(key)) for key, values in columns.items()}
        return [dict(zip(columns, row, strict=True)) for row in _equally_long(listed)]
    if isinstance(column, str | bytes):
        raise Unreadable(f"expected a sequence, got {type(column).__name__}")
    values = elements(column)
    return list(bounded(column)) if values is None else values


def _length(value: Any) -> int:
    """Return the claimed length of a column; 1 if it has none."""
    try:
        return max(len(value), 1) if not isinstance(value, str | bytes | Mapping) else 1
    except Exception:  # as in from_columns
        return 1


def _equally_long(columns: Mapping[str, Sequence[object]]) -> list[tuple[object, ...]]:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise LengthMismatch(lengths)
    return list(zip(*columns.values(), strict=True))


def _answer(value: object) -> Sample:
    value = _as_answer(value)
    if isinstance(value, Mapping):
        return {name: value[name] for name in SAID_OF_A_SAMPLE if name in value}
    return {"prediction": value}


def _spread(value: Mapping[str, object], size: int | None) -> list[Sample]:
    """Return the samples of ``{"predictions": […], "scores": […], "ids": […]}``."""
    answers = answers_of(elements(value["predictions"]) or [], size)
    for plural, name in (("scores", "scores"), ("ids", "id"), ("id", "id")):
        column = elements(value.get(plural))
        if column is not None and len(column) == len(answers):
            answers = [{**answer, name: each} for answer, each in zip(answers, column, strict=True)]
    return answers
