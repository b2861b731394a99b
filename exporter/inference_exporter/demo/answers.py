"""What the demo's models answer, and how it is reported to the exporter."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from ..client import Monitor
from .model import FlightModel
from .names import FEATURES, LATE, MINUTES_ORIGIN

Instance = Mapping[str, Any]
T = TypeVar("T")


class Answer(NamedTuple):
    """The answer of one model to one request. Columns without anything to report are empty."""

    instances: Sequence[Instance]
    latency_seconds: float
    code: int = 200
    predictions: Sequence[str | float] = ()
    scores: Sequence[float] = ()
    stages: Mapping[str, float] | None = None
    attributions: Sequence[Mapping[str, float]] = ()


def rows_of(instances: Sequence[Instance]) -> NDArray[Any]:
    """Return the features of the instances, shape (number of instances, number of features)."""
    return np.array([[instance.get(name) for name in FEATURES] for instance in instances], dtype=object)


def classify(model: FlightModel, instances: Sequence[Instance], rows: NDArray[Any], started: float) -> Answer:
    """Return the answer of a classifier to a request that started then."""
    prepared = time.perf_counter()
    scores = model.scores(rows)
    predicted = time.perf_counter()
    return Answer(
        instances,
        latency_seconds=predicted - started,
        predictions=model.predictions(scores),
        scores=scores.round(6).tolist(),
        # Stages add up to the latency, as the dashboards expect of them.
        stages={"prepare": prepared - started, "predict": predicted - prepared},
    )


def explained(model: FlightModel, answer: Answer, rows: NDArray[Any]) -> Answer:
    """Return the answer with the attributions of its scores."""
    attributions = model.attributions(rows, np.array(answer.scores)).round(6).tolist()
    return answer._replace(attributions=[dict(zip(FEATURES, row, strict=True)) for row in attributions])


def predict_minutes(model: Pipeline, instances: Sequence[Instance], rows: NDArray[Any]) -> Answer | None:
    """Return the minutes for flights from the second model's airport, None if there are no such flights."""
    started = time.perf_counter()
    chosen = [index for index, instance in enumerate(instances) if instance.get("origin") == MINUTES_ORIGIN]
    if not chosen:
        return None
    minutes = model.predict(rows[chosen]).round(1).tolist()
    return Answer([instances[index] for index in chosen], time.perf_counter() - started, predictions=minutes)


def tell(monitor: Monitor, answer: Answer) -> None:
    """Report each sample of the answer; latency and stages go with the first, so that they count once."""
    for index, instance in enumerate(answer.instances):
        score = _at(answer.scores, index)
        monitor.observe(
            id=instance.get("id"),
            time=instance.get("time"),
            features={name: instance.get(name) for name in FEATURES},
            prediction=_at(answer.predictions, index),
            scores=None if score is None else {LATE: score},
            latency_seconds=None if index else answer.latency_seconds,
            stages=None if index else answer.stages,
            attributions=_at(answer.attributions, index),
            tags={"client": f"{instance.get('origin')} operations"},
            code=answer.code,
        )


def _at(column: Sequence[T], index: int) -> T | None:
    return column[index] if index < len(column) else None
