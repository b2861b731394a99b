"""Turns an inference into samples, one per row."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..samples.transposed import Transposed
from ._base import Inference, Prompt, Reply, Requested, UnreadablePayload, row_id
from ._column_rows import ColumnRows
from ._llm_samples import llm_samples_of
from ._sample_columns import ROWS_AT_LEAST, columns_of_rows, sample_columns

NamesOf = Callable[[str, str, str], Sequence[str]]
"""The features of the reference of a model, version and variant, in their order; empty if it has none."""


def samples_of(inference: Inference, names_of: NamesOf) -> list[dict[str, Any]]:
    """Return a sample for each row, with the fields that the inference has.

    Latency belongs to the request and goes with its first sample, so that it
    counts once.

    Raises
    ------
    UnreadablePayload
        If request and response differ in their number of rows.
    """
    if isinstance(inference.requested, Prompt) or isinstance(inference.answered, Reply):
        return llm_samples_of(inference, _shared(inference))
    rows = _features(inference, names_of)
    answered = inference.answered
    predictions = answered.predictions if answered else ()
    scores = answered.scores if answered else ()
    # Each half may lack rows, but if both have any, their numbers have to agree: pairing by position would be a guess.
    size = _size_of({"request": rows, "response": predictions or scores}) or _alone(inference)
    shared = _shared(inference)
    samples: list[dict[str, Any]] = []
    for row in range(size):
        sample = dict(shared)
        if rows:
            sample["features"] = rows[row]
        if predictions:
            sample["prediction"] = predictions[row]
        if scores:
            sample["scores"] = scores[row]
        if (id := _id_of(inference, row)) is not None:
            sample["id"] = id
        if row < len(inference.times):
            sample["time"] = inference.times[row]
        samples.append(sample)
    if samples and inference.latency_seconds is not None:
        samples[0]["latency_seconds"] = inference.latency_seconds
    return samples


def many_samples_of(inference: Inference, names_of: NamesOf) -> Transposed | None:
    """Return the samples of an inference with many rows as columns; None if `samples_of` must make them one by one.

    Raises
    ------
    UnreadablePayload
        If request and response differ in their number of rows.
    """
    requested, answered = inference.requested, inference.answered
    if isinstance(requested, Prompt) or isinstance(answered, Reply):
        return None
    rows = requested.rows if requested else ()
    answers = (answered.predictions or answered.scores) if answered else ()
    if max(len(rows), len(answers)) < ROWS_AT_LEAST:
        return None
    size = _size_of({"request": rows, "response": answers})
    features: Any = rows
    if requested and (isinstance(rows, ColumnRows) or set(map(type, rows)) != {dict}):
        columns = columns_of_rows(rows)
        if columns is None:
            return None
        features = dict(zip(_names(requested, len(columns), inference, names_of), columns, strict=True))
    return sample_columns(inference, features, size, _shared(inference))


def _alone(inference: Inference) -> int:
    """Return the samples of a request without known bodies: one if it failed, or if it is from a log of requests."""
    failed = isinstance(inference.code, int) and inference.code >= 400
    return int(failed or inference.counts_alone)


def _size_of(columns: Mapping[str, Sequence[Any]]) -> int:
    sizes = {len(column) for column in columns.values() if column}
    if len(sizes) > 1:
        got = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
        raise UnreadablePayload(f"expected as many answers as rows, got {got}")
    return sizes.pop() if sizes else 0


def _shared(inference: Inference) -> dict[str, Any]:
    # The time of the request: that of an answer depends on how long it took.
    time = inference.requested_at if inference.requested_at is not None else inference.answered_at
    fields = {
        "model": inference.model, "version": inference.version, "variant": inference.variant, "time": time,
        "code": inference.code, "trace_id": inference.trace_id, "tags": dict(inference.tags) or None,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}


def _id_of(inference: Inference, row: int) -> Any:
    if row < len(inference.ids):
        return inference.ids[row]
    return None if inference.id is None else row_id(inference.id, row)


def _features(inference: Inference, names_of: NamesOf) -> list[Mapping[str, Any]]:
    if inference.requested is None:
        return []
    requested = inference.requested
    if all(isinstance(row, Mapping) for row in requested.rows):
        return [row for row in requested.rows if isinstance(row, Mapping)]
    width = max((len(row) for row in requested.rows), default=0)
    names = _names(requested, width, inference, names_of)
    return [_named(row, names) for row in requested.rows]


def _names(requested: Requested, width: int, inference: Inference, names_of: NamesOf) -> Sequence[str]:
    """Return names from the payload, from the reference by position, or made from the position."""
    if len(requested.names) == width:
        return requested.names
    # By position is safe only if the reference has as many features as the row has values.
    known = names_of(inference.model or "", inference.version or "", inference.variant or "")
    return known if len(known) == width else [f"feature_{place}" for place in range(width)]


def _named(row: Any, names: Sequence[str]) -> Mapping[str, Any]:
    return row if isinstance(row, Mapping) else dict(zip(names, row, strict=False))
