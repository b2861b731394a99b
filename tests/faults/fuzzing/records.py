"""Samples, outcomes and events: valid by the documentation, or with something wrong in them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .values import FEATURES, MODELS, TIMES, VERSIONS, Chance, anything, text

Record = Any
PATHS = ("/v1/samples", "/v1/outcomes", "/v1/events")
SAMPLE_KEYS = (
    "id", "time", "model", "version", "variant", "features", "prediction", "scores", "latency_seconds", "code",
    "stages",
    "intermediate", "raw", "action", "tags", "trace_id", "attributions", "unknown",
)  # fmt: skip
NO_OBJECTS = (1, "text", None, [1], True, 0.5)


@dataclass
class Records:
    """The records of one request, and what must become of them where that is certain."""

    path: str
    values: list[Record]
    accepted: int | None = None
    rejected: Mapping[str, int] = field(default_factory=dict)
    """By reason."""


def sample(chance: Chance) -> dict[str, Any]:
    """Return a valid sample of a configured model."""
    made: dict[str, Any] = {
        "model": chance.pick(MODELS),
        "version": chance.pick(VERSIONS),
        "features": features(chance),
    }
    optional: dict[str, Callable[[], Any]] = {
        "id": lambda: f"r-{chance.randrange(10**6)}",
        "time": lambda: time.time() - chance.random() * 60,
        "prediction": lambda: chance.one_of("yes", "no", 1, 0.5, True),
        "scores": lambda: {"yes": chance.random(), "no": chance.random()},
        "latency_seconds": chance.random,
        "code": lambda: chance.one_of(200, 404, 500),
        "stages": lambda: {"predict": chance.random()},
        "tags": lambda: {"region": chance.one_of("eu", "us")},
        "trace_id": lambda: f"{chance.randrange(16**32):032x}",
    }
    for name, value in optional.items():
        if chance.happens(0.4):
            made[name] = value()
    return made


def features(chance: Chance) -> dict[str, Any]:
    """Return features as a model of the fuzz knows them; any value of a feature is taken."""
    values: dict[str, Callable[[], Any]] = {
        "age": lambda: round(chance.gauss(40, 10), 2),
        "income": lambda: chance.lognormvariate(10, 1),
        "country": lambda: chance.one_of("FR", "DE", "ES"),
        "text": lambda: chance.one_of("a short text", "another one, somewhat longer than the first", text(chance)),
        "vector": lambda: [chance.random() for _ in range(8)],
        "flag": lambda: chance.happens(0.5),
    }
    return {name: values[name]() for name in FEATURES[: chance.randrange(1, len(FEATURES) + 1)]}


def outcome(chance: Chance) -> dict[str, Any]:
    """Return a valid outcome."""
    return {
        "id": f"r-{chance.randrange(10**6)}",
        "model": chance.pick(MODELS),
        "outcome": chance.one_of("yes", "no", 1, 0.5),
    }


def event(chance: Chance) -> dict[str, Any]:
    """Return a valid event."""
    made = {"kind": chance.one_of("deployment", "incident", "note"), "title": f"version {chance.randrange(100)}"}
    return made | ({"model": chance.pick(MODELS), "text": "a text"} if chance.happens(0.5) else {})


MAKERS: Mapping[str, Callable[[Chance], dict[str, Any]]] = dict(zip(PATHS, (sample, outcome, event), strict=True))


def records(chance: Chance) -> Records:
    """Return the records of one request: most all right, some not objects, some with a field that may be wrong."""
    path = chance.pick(PATHS) if chance.happens(0.4) else PATHS[0]
    size = chance.one_of(1, 1, 1, 2, 2, 5, 10, 40)
    values: list[Record] = [MAKERS[path](chance) for _ in range(size)]
    if chance.happens(0.8):
        # As most senders do: one model a body.
        for value in values[1:]:
            value.update(
                {name: values[0][name] for name in ("model", "version") if name in values[0] and name in value}
            )
    way = chance.random()
    if way < 0.4:
        return Records(path, values, size)
    if way < 0.5:
        bad = chance.randrange(1, size + 1)
        for place in chance.sample(range(size), bad):
            values[place] = chance.pick(NO_OBJECTS)
        reason = "not_an_object" if path != PATHS[2] else "invalid_field"
        return Records(path, values, size - bad, {reason: bad})
    for value in values:
        if chance.happens(0.5):
            spoil(chance, value)
    return Records(path, values)


def spoil(chance: Chance, record: dict[str, Any]) -> None:
    """Put something odd into a record; whether it is still valid is for the exporter to say."""
    name = chance.pick(SAMPLE_KEYS) if chance.happens(0.6) else chance.pick(tuple(record))
    way = chance.randrange(4)
    if name == "time":
        record[name] = chance.pick(TIMES)
    elif way == 0:
        record.pop(name, None)
    elif way == 1 and isinstance(record.get(name), dict):
        record[name][text(chance)] = anything(chance)
    elif way == 2:
        record[name] = {text(chance): anything(chance) for _ in range(chance.randrange(6))}
    else:
        record[name] = anything(chance)
