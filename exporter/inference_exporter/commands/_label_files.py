"""Outcomes as labelling tools and model servers write them: SageMaker ground truth, Seldon feedback, Label Studio."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..payloads._base import GroundTruth, UnreadablePayload
from ..payloads.sagemaker import FORMAT as SAGEMAKER
from ..payloads.seldon import FORMAT as SELDON

Record = Mapping[str, Any]
ANSWERS = ("choices", "taxonomy", "labels", "rating", "number", "text", "datetime")
"""What the value of a Label Studio result may hold, most common first."""


def outcomes_in(record: Record, id_column: str) -> Iterator[dict[str, Any]] | None:
    """Return the outcomes of a record in one of these forms; None if it has another.

    Raises
    ------
    ValueError
        If it is recognised, but a part of it cannot be read.
    """
    # The readers of payloads, so that a file and a request mean the same.
    for form in (SAGEMAKER, SELDON):
        if form.recognises(record, {}):
            return _of_payload(form.read, record)
    if "annotations" in record and "data" in record:
        return _of_task(record, id_column)
    return None


def _of_payload(read: Any, record: Record) -> Iterator[dict[str, Any]]:
    try:
        meaning = read(record, {})
    except UnreadablePayload as error:
        raise ValueError(str(error)) from error
    return map(dict, meaning.outcomes) if isinstance(meaning, GroundTruth) else iter(())


def _of_task(task: Record, id_column: str) -> Iterator[dict[str, Any]]:
    """Yield the outcome of a task of Label Studio: its last annotation that was not skipped."""
    given = [one for one in task["annotations"] if isinstance(one, Mapping) and not one.get("was_cancelled")]
    # Times are ISO 8601 of one form and zone, so they sort as text.
    last = max(given, key=_time_of, default=None)
    answer = None if last is None else next(filter(None, map(_answer_of, last.get("result", ()))), None)
    if last is not None and answer is not None:
        outcome = {"id": task["data"].get(id_column), "outcome": answer[0], "time": _time_of(last)}
        yield {name: value for name, value in outcome.items() if value not in (None, "")}


def _time_of(annotation: Record) -> str:
    return str(annotation.get("updated_at") or annotation.get("created_at") or "")


def _answer_of(result: Record) -> tuple[Any] | None:
    """Return the answer of one result, in a tuple, as it may be 0."""
    value = result.get("value", {})
    answer = next((value[name] for name in ANSWERS if name in value), None)
    # Choices are lists even where one is allowed, taxonomies lists of paths; the first is the label.
    while isinstance(answer, list):
        answer = answer[0] if answer else None
    return None if answer is None else (answer,)
