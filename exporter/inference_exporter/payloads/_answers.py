"""What a row of a response holds: a prediction, or the scores of classes, also under the usual names of both."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ._base import Answered
from ._parts import list_of

SCALARS: frozenset[type] = frozenset({str, int, float, bool, type(None)})
SUM_TOLERANCE = 1e-3
"""How far the sum of probabilities in single precision, or rounded to three digits, may be from 1."""
LABELS = (
    "predicted_label",
    "predicted_class",
    "predicted",
    "prediction",
    "predictions",
    "label",
    "class",
    "class_name",
)
SCORES = ("scores", "confidences", "probabilities", "probability", "score", "confidence")
CLASSES = ("classes", "displayNames", "labels", "display_names")
"""Names under which servers answer objects, the most telling first."""
# Triton's classification extension: the score, the index of the class, and its label if the model has labels.
_CLASSIFIED = re.compile(r"(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?):(\d+)(?::(.*))?", re.DOTALL)


def answers_of(rows: Sequence[Any], classes: Sequence[str] = ()) -> Answered:
    """Return a prediction or the scores of each row.

    A row of several numbers that sum to 1 holds the probabilities of the
    classes; the most probable is the prediction. So does a row of classes with
    their scores. Other rows of several values have neither.
    """
    if set(map(type, rows)) <= SCALARS:
        return Answered(predictions=rows)
    rows = [single(row) for row in rows]
    if not any(isinstance(row, list) for row in rows):
        return Answered(predictions=[row if is_scalar(row) else None for row in rows])
    scores = [_by_class(row) or _probabilities(row, classes) for row in rows]
    # Several numbers that are not probabilities (an embedding, a forecast) give neither prediction nor scores.
    return Answered([max(by_class, key=by_class.__getitem__) if by_class else None for by_class in scores], scores)


def answers_of_objects(rows: Sequence[Mapping[str, Any]]) -> Answered:
    """Return the answers of rows that are objects: classes with their scores, or outputs by name."""
    scores = [_named_scores(row) for row in rows]
    if all(scores):
        return Answered([max(each, key=each.__getitem__) for each in scores if each], scores)
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {str(name): [row.get(name) for row in rows] for name in names}
    return answers_of_columns(columns)


def answers_of_columns(columns: Mapping[str, Sequence[Any]]) -> Answered:
    """Return single values as predictions, those of a telling name first, and the first probabilities as scores."""
    answers = {name: answers_of(column) for name, column in columns.items()}
    # Servers of classifiers often answer label and probabilities as two outputs, in either order.
    scores = next((each.scores for each in answers.values() if any(each.scores)), ())
    told = [name for name in LABELS if name in answers]
    labels = next((answers[name].predictions for name in (*told, *answers) if not answers[name].scores), None)
    if labels is None:
        labels = next((each.predictions for each in answers.values() if any(each.scores)), ())
    return Answered(labels, scores)


def predictions_of(predictions: Any) -> Answered:
    """Return the answers of rows: single values, lists, objects, or columns by the name of an output."""
    if isinstance(predictions, Mapping):
        if isinstance(predictions.get("data"), list) and isinstance(names := predictions.get("columns"), list):
            # A data frame, as pandas writes it with `orient="split"`.
            return answers_of_objects([dict(zip(map(str, names), row, strict=False)) for row in _lists(predictions)])
        columns = {str(name): list_of(column, f"predictions.{name}") for name, column in predictions.items()}
        return answers_of_columns(columns)
    rows = predictions if isinstance(predictions, list) else [predictions]
    if rows and all(isinstance(row, Mapping) for row in rows):
        return answers_of_objects(rows)
    return answers_of(rows)


def scores_of_object(body: Mapping[str, Any]) -> Answered | None:
    """Return the answer that is an object of classes with their probabilities; None for any other object."""
    shares = list(body.values())
    if len(shares) < 2 or (found := _probabilities(shares, list(map(str, body)))) is None:
        return None
    return Answered([max(found, key=found.__getitem__)], [found])


def single(value: Any) -> Any:
    """Return the only value of nested lists of one."""
    # Tensors of shape (n, 1) nest each value.
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value


def is_scalar(value: Any) -> bool:
    """Return whether a value is single."""
    return value is None or isinstance(value, str | int | float | bool)


def _lists(frame: Mapping[str, Any]) -> list[list[Any]]:
    return [row if isinstance(row, list) else [row] for row in frame["data"]]


def _named_scores(row: Mapping[str, Any]) -> dict[str, float] | None:
    """Return scores by class of an object that has both as lists, such as those of Vertex AI."""
    classes = next((row[name] for name in CLASSES if isinstance(row.get(name), list)), None)
    scores = next((row[name] for name in SCORES if isinstance(row.get(name), list)), None)
    if not classes or not scores or len(classes) != len(scores) or len(classes) < 2 or not _are_numbers(scores):
        return None
    return dict(zip(map(str, classes), scores, strict=True))


def _by_class(row: Any) -> dict[str, float] | None:
    """Return the scores of a list of classes with their scores: objects, pairs, or texts of Triton."""
    if not isinstance(row, list) or not row:
        return None
    pairs = [_pair(item) for item in row]
    return None if any(pair is None for pair in pairs) else dict(pair for pair in pairs if pair)


def _pair(item: Any) -> tuple[str, float] | None:
    if isinstance(item, str):
        match = _CLASSIFIED.fullmatch(item)
        return (match[3] or match[2], float(match[1])) if match else None
    label: Any = None
    score: Any = None
    if isinstance(item, list) and len(item) == 2 and isinstance(item[0], str):
        label, score = item
    elif isinstance(item, Mapping):
        label = next((item[name] for name in LABELS if name in item), None)
        score = next((item[name] for name in SCORES if name in item), None)
    return (str(label), score) if is_scalar(label) and label is not None and _are_numbers([score]) else None


def _are_numbers(values: Sequence[Any]) -> bool:
    # `type`: isinstance would take true and false for numbers.
    return all(type(value) in (int, float) for value in values)


def _probabilities(row: Any, classes: Sequence[str]) -> dict[str, float] | None:
    if not isinstance(row, list) or not row or not _are_numbers(row):
        return None
    # Shares are at most 1, so their sum cannot exceed the range of a float either.
    if min(row) < 0 or max(row) > 1 + SUM_TOLERANCE or abs(sum(row) - 1) > SUM_TOLERANCE:
        return None
    names = classes if len(classes) == len(row) else [str(number) for number in range(len(row))]
    return dict(zip(names, row, strict=True))
