"""A payload: a JSON document that a model server or its logger emits, and what it says about samples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]
Attributes = Mapping[str, str]
"""Attributes beside the document, such as those of a CloudEvent, by lower-case name."""


class UnreadablePayload(Exception):
    """A recognised payload has a part that cannot be read; the message says which and what was expected."""


@dataclass(frozen=True, slots=True)
class Requested:
    """The rows of a request: objects by feature, or lists of values whose names may be known."""

    rows: Sequence[Mapping[str, Any] | Sequence[Any]]
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """A row's prediction or its scores by class; either may be None."""

    predictions: Sequence[Any] = ()
    scores: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a language model asked for; `arguments` are JSON text, or an object if they were parsed."""

    name: str
    arguments: Any


@dataclass(frozen=True, slots=True)
class Prompt(Requested):
    """What a language model was asked, in numbers: `rows` are the features; no text is kept."""

    model: str | None = None
    tools: Mapping[str, Any] = field(default_factory=dict)
    """The JSON schema of the arguments of each declared tool."""


@dataclass(frozen=True, slots=True)
class Reply(Answered):
    """What a language model answered, in numbers; no text is kept, except arguments of tools until they are checked."""

    features: Sequence[Mapping[str, Any]] = ()
    """The features of each row: one, or one for each embedding."""
    llm: Mapping[str, Any] = field(default_factory=dict)
    """The field `llm` of the first sample."""
    tool_calls: Sequence[ToolCall] = ()
    id: str | None = None
    model: str | None = None
    latency_seconds: float | None = None
    time: Any = None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Inference:
    """One inference, or the half of it that one payload has.

    `id` identifies the inference. A half without one cannot be paired.
    """

    requested: Requested | None = None
    answered: Answered | None = None
    id: str | None = None
    ids: Sequence[Any] = ()
    """An id for each row; without them the first row has the inference's, others the id with their position."""
    requested_at: Any = None
    answered_at: Any = None
    latency_seconds: float | None = None
    code: int | None = None
    model: str | None = None
    version: str | None = None
    variant: str | None = None
    trace_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    times: Sequence[Any] = ()
    """A time for each row, instead of that of the request."""
    counts_alone: bool = False
    """Whether it is one sample even without rows and answers, as of a log of requests."""


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Outcomes by the id of their inference."""

    outcomes: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class LoggedSchema:
    """What the columns of rows are that come without it: `feature`, `prediction` or `target`, by name."""

    roles: Mapping[str, str]
    model: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """A row whose columns a schema explains, which came before it."""

    values: Mapping[str, Any]
    without_schema: str
    """The message if it has not come."""
    id: str | None = None
    time: Any = None
    trace_id: str | None = None


Meaning = Inference | GroundTruth | LoggedSchema | LoggedRow


@dataclass(frozen=True)
class PayloadFormat:
    """A format of payloads.

    `recognises` looks at names only and costs little; `read` returns the meaning
    of a recognised document, or raises `UnreadablePayload`.
    """

    key: str
    title: str
    recognises: Callable[[Document, Attributes], bool]
    read: Callable[[Document, Attributes], Meaning]
    names: tuple[str, ...] = ()
    """Its documents have at least one of these names, so that no other is asked; empty if that cannot be said."""
    is_of_events: bool = False
    """Whether attributes alone prove it, so that its documents may be lists."""
    is_tabular: bool = False
    """Whether its documents may come as the rows of a table, such as Parquet."""
    alone: frozenset[str] = frozenset()
    """A document with none but these names is of this format if it recognises it: no other format is asked."""
    is_generic: bool = False
    """Whether its names are so common that every other format is tried first."""


def row_id(id: str, row: int) -> str:
    """Return the id of a row of an inference: the first has the inference's, as most have one row only."""
    # Outcomes for a single row arrive under the id of the request, which is the only one that the sender knows.
    return id if row == 0 else f"{id}-{row}"
