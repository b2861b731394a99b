"""Rejected records: counted by reason, with as many messages as an answer shows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

SHOWN_AT_MOST = 100
MESSAGE_LENGTH_AT_MOST = 300


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected record: its position in the body, a message, and the reason (a label value)."""

    index: int
    message: str
    reason: str


class Rejections:
    """Rejected records; those with the same fault share one entry, so a million need little memory."""

    def __init__(self, rejected: Iterable[Rejected] = ()) -> None:
        self._entries: list[tuple[Sequence[int], str, str]] = []
        self._number = 0
        for item in rejected:
            self.add(item.index, item.message, item.reason)

    def add(self, index: int, message: str, reason: str) -> None:
        """Reject one record."""
        self.add_all((index,), message, reason)

    def add_all(self, indices: Sequence[int], message: str, reason: str) -> None:
        """Reject records that share a fault."""
        if len(indices):
            # `indices` may be a range, so that a million rejected rows take a few bytes.
            self._entries.append((indices, message[:MESSAGE_LENGTH_AT_MOST], reason))
            self._number += len(indices)

    def merge(self, other: "Rejections") -> None:
        """Add the rejections of another."""
        self._entries += other._entries
        self._number += other._number

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[Rejected]:
        """Yield the rejected records by position."""
        every = (Rejected(index, message, reason) for places, message, reason in self._entries for index in places)
        return iter(sorted(every, key=lambda item: item.index))

    def first(self, number: int = SHOWN_AT_MOST) -> list[Rejected]:
        """Return the first rejected records by position, visiting at most `number` of each fault."""
        some = (
            Rejected(index, message, reason)
            for places, message, reason in self._entries
            # No fault can contribute more than `number` of the first ones.
            for index in islice(places, number)
        )
        return sorted(some, key=lambda item: item.index)[:number]

    @property
    def counts(self) -> Counter[str]:
        """Number of rejected records by reason."""
        counts: Counter[str] = Counter()
        for places, _, reason in self._entries:
            counts[reason] += len(places)
        return counts
