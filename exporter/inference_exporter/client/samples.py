"""Samples of one request: from columns, data frames, arguments and JSON bodies to one mapping a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Sample = Mapping[str, Any]
"""What `Monitor.observe` takes as keywords."""


class Observer(Protocol):
    """What takes samples: the `Monitor`, seen from the files that it is built on."""

    def observe(self, *fields: Any, **sample: Any) -> None:
        """Take one sample."""
        ...

    def complain(self, text: str) -> None:
        """Tell the log that something could not be read."""
        ...


# What a handler's answer may say of a sample, beside the prediction itself.
SAID_OF_A_SAMPLE = ("prediction", "scores", "id", "action", "raw", "intermediate", "stages")


class LengthMismatch(ValueError):
    """Columns of one request differ in length; `size` is the longest."""

    def __init__(self, lengths: Mapping[str, int]) -> None:
        super().__init__(f"lengths differ: {', '.join(f'{name} {length}' for name, length in lengths.items())}")
        self.size = max(lengths.values())


def observe_each(
    observer: Observer,
    samples: Sequence[Sample],
    *,
    latency_seconds: float | None,
    stages: Mapping[str, float] | None = None,
    **request: Any,
) -> None:
    """Hand over the samples of one request.

    Latency and stages are the request's and go with its first sample, so that
    they count once; everything else about the request goes with each.
    """
    for sample in samples:
        observer.observe(**{"latency_seconds": latency_seconds, "stages": stages, **request, **sample})
        latency_seconds = stages = None


def from_columns(**columns: object) -> list[Sample]:
    """Return samples from one sequence a field; mappings are taken as columns within the field.

    Raises
    ------
    LengthMismatch
        If the sequences differ in length.
    Exception
        Whatever the values raise when they are read.
    """
    fields = {name: _listed(column, name) for name, column in columns.items() if column is not None}
    rows = _equally_long(fields)
    return [dict(zip(fields, row, strict=True)) for row in rows]


def rows_of(value: object) -> list[Mapping[str, object]] | None:
    """Return feature rows: of one mapping, of a sequence of mappings, or of a data frame; None for anything else."""
    if isinstance(value, Mapping):
        return [dict(value)]
    if _is_data_frame(value):
        value = value.to_dict("records")  # type: ignore[attr-defined]
    if isinstance(value, list | tuple) and all(isinstance(row, Mapping) for row in value):
        return [dict(row) for row in value]
    return None


def answers_of(value: object, size: int | None) -> list[Sample]:
    """Return what a handler's answer says of each sample; nothing where it does not fit their number.

    Parameters
    ----------
    value
        A prediction, a sequence of them, or a mapping with "prediction" or
        "predictions" and perhaps "scores" and "id" beside it.
    size
        How many samples were asked about; None when that is not known.
    """
    if isinstance(value, Mapping):
        if "predictions" in value:
            return _spread(value, size)
        answers = [_answer(value)]
    else:
        values = _sequence(value)
        answers = [_answer(value)] if values is None else [_answer(each) for each in values]
    return answers if size is None or len(answers) == size else []


def joined(rows: Sequence[Mapping[str, object]] | None, answers: Sequence[Sample]) -> list[Sample]:
    """Return samples from feature rows and from what was answered about them; either may be missing."""
    if not rows:
        return list(answers)
    if len(answers) != len(rows):
        return [{"features": row} for row in rows]
    return [{"features": row, **answer} for row, answer in zip(rows, answers, strict=True)]


def from_json(request: object, response: object) -> list[Sample]:
    """Return the samples of a JSON request and its JSON answer (either None when it cannot be read).

    Understands ``{"features": {…}}`` or ``{"instances": [{…}]}`` asked, and
    ``{"prediction": …}`` or ``{"predictions": […]}`` with optional "scores"
    and "id" answered.
    """
    rows = None
    if isinstance(request, Mapping):
        rows = rows_of(request.get("features", request.get("instances")))
    if not isinstance(response, Mapping) or not {"prediction", "predictions"} & response.keys():
        return joined(rows, [])
    samples = joined(rows, answers_of(response, len(rows) if rows else None))
    if len(samples) == 1 and isinstance(request, Mapping) and "id" in request:
        return [{"id": request["id"], **samples[0]}]
    return samples


def _listed(column: object, name: str) -> Sequence[object]:
    if _is_data_frame(column):
        column = column.to_dict("list")  # type: ignore[attr-defined]
    if isinstance(column, Mapping):
        columns = {f"{name}.{key}": _listed(values, str(key)) for key, values in column.items()}
        return [dict(zip(column, row, strict=True)) for row in _equally_long(columns)]
    listed = _sequence(column)
    return list(column) if listed is None else listed  # type: ignore[call-overload]


def _is_data_frame(value: object) -> bool:
    return hasattr(value, "columns") and hasattr(value, "to_dict")


def _equally_long(columns: Mapping[str, Sequence[object]]) -> list[tuple[object, ...]]:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise LengthMismatch(lengths)
    return list(zip(*columns.values(), strict=True))


def _sequence(value: object) -> list[object] | None:
    """Return the elements of a list, a tuple, or an array of numpy and its like; None for anything else."""
    if callable(tolist := getattr(value, "tolist", None)):
        value = tolist()
    return list(value) if isinstance(value, list | tuple) else None


def _answer(value: object) -> Sample:
    if isinstance(value, Mapping):
        return {name: value[name] for name in SAID_OF_A_SAMPLE if name in value}
    return {"prediction": value}


def _spread(value: Mapping[str, object], size: int | None) -> list[Sample]:
    """Return what ``{"predictions": […], "scores": […], "ids": […]}`` says of each sample."""
    answers = answers_of(_sequence(value["predictions"]) or [], size)
    for plural, name in (("scores", "scores"), ("ids", "id"), ("id", "id")):
        column = _sequence(value.get(plural))
        if column is not None and len(column) == len(answers):
            answers = [{**answer, name: each} for answer, each in zip(answers, column, strict=True)]
    return answers
