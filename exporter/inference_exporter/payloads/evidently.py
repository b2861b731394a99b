"""Evidently's collector, `POST /ID/data`: a table as `DataFrame.to_dict()` writes it, values by row in columns."""

from collections.abc import Mapping
from typing import Any

from ._base import (
    Answered,
    Attributes,
    Document,
    GroundTruth,
    Inference,
    Meaning,
    PayloadFormat,
    Requested,
    UnreadablePayload,
)

OWN = ("features", "scores")
"""Objects of our own samples, whose names may be numbers too."""
PREDICTION, TARGET, ID, TIME = "prediction", "target", "id", "datetime"
"""The names of Evidently's default column mapping."""


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether all values are objects by row number."""
    return bool(document) and document.keys().isdisjoint(OWN) and all(map(_is_column, document.values()))


def read(document: Document, attributes: Attributes) -> Meaning:
    """Return an inference for each row, or ground truth if the table has only ids and targets."""
    numbers = list(next(iter(document.values())))
    # `to_dict()` writes NaN for a missing value and never leaves a row out.
    if any(column.keys() != set(numbers) for column in document.values()):
        raise UnreadablePayload("expected the same rows in every column, got others")
    columns = {name: [column[number] for number in numbers] for name, column in document.items()}
    if columns.keys() <= {ID, TARGET}:
        return _truth(columns)
    features = {name: column for name, column in columns.items() if name not in (PREDICTION, TARGET, ID, TIME)}
    rows = [dict(zip(features, row, strict=True)) for row in zip(*features.values(), strict=True)]
    return Inference(
        requested=Requested(rows),
        answered=Answered(columns.get(PREDICTION, ())),
        ids=[None if id is None else str(id) for id in columns.get(ID, ())],
        times=columns.get(TIME, ()),
        # From the path `/ID/data`, the only place where the collector is named.
        model=attributes.get("collector"),
    )


def _truth(columns: Mapping[str, list[Any]]) -> GroundTruth:
    if columns.keys() != {ID, TARGET}:
        raise UnreadablePayload("expected features or a prediction, or id and target, got one column")
    pairs = zip(columns[ID], columns[TARGET], strict=True)
    return GroundTruth([{"id": id, "outcome": target} for id, target in pairs])


def _is_column(column: Any) -> bool:
    # Row numbers are the keys, as text in JSON.
    return isinstance(column, Mapping) and bool(column) and all(name.isdecimal() for name in column)


FORMAT = PayloadFormat("evidently", "Evidently collector", recognises, read)
