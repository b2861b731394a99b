"""Events that people want on the time axis, such as deployments; the latest are kept."""

import math
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from sys import getsizeof

from ..values.faults import Fault, shown
from ..values.times import parsed_time
from .labels import LABEL_LENGTH_AT_MOST, label
from .records import Columns, Rows
from .rejections import Rejected, Rejections

TEXT_LENGTH_AT_MOST = 2000
TAGS_AT_MOST = 20
EVENT_BYTES = 500  # besides its texts
# Words that deployment tools use for the same thing.
DEPLOYMENTS = frozenset({"deployment", "deploy", "release", "rollout"})


@dataclass(frozen=True)
class Event:
    """Something that happened: a deployment, an incident, a new reference."""

    time: float
    kind: str
    title: str
    text: str = ""
    model: str = ""
    version: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    arrived: float = math.nan
    """When the exporter received it, which is where Prometheus has it; by default its time."""

    def __post_init__(self) -> None:
        if math.isnan(self.arrived):
            object.__setattr__(self, "arrived", self.time)

    @property
    def deploys(self) -> bool:
        """Whether something was deployed: later samples may come from another model, or from its warm-up."""
        return self.kind.lower() in DEPLOYMENTS

    def is_about(self, model: str, version: str) -> bool:
        """Return whether the event concerns a version of a model; without names it concerns all."""
        return self.model in ("", model) and self.version in ("", version)


class EventLog:
    """The last `capacity` events, fewer if they exceed `max_bytes`. Thread-safe."""

    BUILT = ("_capacity", "_max_bytes")

    def __init__(self, capacity: int, max_bytes: int = 32 * 1024**2) -> None:
        self._lock = threading.Lock()
        self._capacity, self._max_bytes = capacity, max_bytes
        self._events: deque[Event] = deque()
        self._bytes = 0

    def add(self, events: Sequence[Event]) -> None:
        """Add events; the oldest are dropped."""
        with self._lock:
            for event in events:
                self._events.append(event)
                self._bytes += _bytes_of(event)
                while len(self._events) > self._capacity or self._bytes > self._max_bytes:
                    self._bytes -= _bytes_of(self._events.popleft())

    def latest(self) -> list[Event]:
        """Return the kept events, newest first."""
        with self._lock:
            # Kept in the order of arrival, shown by their time: an event may be reported late.
            return sorted(self._events, key=lambda event: -event.time)


def _bytes_of(event: Event) -> int:
    texts = (event.kind, event.title, event.text, event.model, event.version, *event.tags, *event.tags.values())
    return EVENT_BYTES + sum(map(getsizeof, texts))


def events_of(block: Rows | Columns, now: float) -> tuple[list[Event], Rejections]:
    """Return the events of a block of records, and the rejections."""
    if isinstance(block, Columns):
        return [], Rejections([Rejected(0, "expected an event object, got columns", "invalid_columns")])
    events, rejected = [], Rejections()
    rejected.merge(block.rejected)
    for value, index in zip(block.values, block.indices, strict=True):
        try:
            events.append(_event(value, now))
        except Fault as fault:
            rejected.add(index, str(fault), "invalid_field")
    return events, rejected


def _event(value: object, now: float) -> Event:
    if not isinstance(value, dict):
        raise Fault(f"expected an object, got {shown(value)}")
    kind, title = label("kind", value.get("kind")), label("title", value.get("title"))
    if not kind or not title:
        raise Fault(f"{'title' if kind else 'kind'}: expected text, got nothing")
    text, tags = value.get("text") or "", value.get("tags") or {}
    if not isinstance(text, str) or not isinstance(tags, dict):
        raise Fault("text, tags: expected text and an object")
    time = math.nan if value.get("time") is None else parsed_time(value["time"])
    return Event(
        time=time if time == time else now,
        kind=kind,
        title=title,
        text=text[:TEXT_LENGTH_AT_MOST],
        model=label("model", value.get("model")),
        version=label("version", value.get("version")),
        tags={
            str(name)[:LABEL_LENGTH_AT_MOST]: str(tag)[:LABEL_LENGTH_AT_MOST]
            for name, tag in islice(tags.items(), TAGS_AT_MOST)
        },
        arrived=now,
    )
