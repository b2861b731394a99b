"""The answers to scrapes: what depends on samples is kept until they change, what moves by itself is made anew."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import is_

from ._base import Family
from ._compression import Compressed
from .render import Renderer

KEPT = 3  # answers of different collectors or formats; each is as large as the scrape


@dataclass
class Outcome:
    """How the collectors of a scrape fared: seconds, and whether they succeeded."""

    durations: dict[str, float] = field(default_factory=dict)
    successes: dict[str, bool] = field(default_factory=dict)

    def copy(self) -> "Outcome":
        """Return a copy to add others to."""
        return Outcome(dict(self.durations), dict(self.successes))


@dataclass(frozen=True)
class Still:
    """Lines that depend on samples alone, with the states of all views that they were made from, in order."""

    pieces: Sequence[bytes]
    states: Sequence[object]
    outcome: Outcome

    @cached_property
    def compressed(self) -> Compressed:
        """The lines, compressed once."""
        return Compressed.of(self.pieces)

    def holds(self, states: Sequence[object]) -> bool:
        """Return whether it would be the same now. Lines that lack a failed collector are made anew."""
        # Identity, not equality: a monitor hands out the same state object exactly as long as its view
        # holds, and comparing counts would cost as much as rendering them.
        same = len(states) == len(self.states) and all(map(is_, states, self.states))
        return same and all(self.outcome.successes.values())


@dataclass(frozen=True)
class Answer:
    """The body of a scrape: what depends on samples alone, then the rest."""

    still: Still
    moving: bytes

    @property
    def pieces(self) -> list[bytes]:
        """The body in pieces."""
        return [*self.still.pieces, self.moving]

    def gzipped(self) -> bytes:
        """Return the body compressed."""
        return self.still.compressed.ended(self.moving)


class Answers:
    """The last answers, of a few kinds. Not thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Renderer, Still | None]] = OrderedDict()

    def still(
        self,
        kind: Hashable,
        content_type: str,
        states: Sequence[object],
        collect: Callable[[Outcome], Iterable[Family]],
    ) -> Still:
        """Return the last lines of a kind, or new ones if a state has changed."""
        # The renderer stays when its lines do not: blocks whose values are the same are then only copied.
        renderer, last = self._kept.get((kind, content_type), (Renderer(content_type), None))
        if last is None or not last.holds(states):
            outcome = Outcome()
            last = Still(renderer.pieces(collect(outcome)), states, outcome)
        self._kept[kind, content_type] = renderer, last
        self._kept.move_to_end((kind, content_type))
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)  # the least recently used kind
        return last
