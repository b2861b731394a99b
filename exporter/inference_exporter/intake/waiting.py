"""Samples that come one by one wait a moment, so that the engine adds hundreds together.

Adding one sample to a model costs some milliseconds, hundreds hardly more. Whoever sends single samples gets
the answer at once: only samples that no rule can reject wait, and whoever looks at the models waits for none
of them, because a look adds them first.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

from ..samples.batch import ModelKey
from ..samples.records import Columns, Rows
from .plain import Likeness, likeness_of

SAMPLES_AT_MOST, GROUPS_AT_MOST, BYTES_AT_MOST = 1024, 64, 1 << 25
FEW = 32
"""Blocks of more records do not wait."""
SECONDS_AT_MOST = 0.25
"""How long the first sample waits while others come; arrival times are wrong by no more."""

Add = Callable[[str, Sequence[Any], float], None]
"""Adds samples of one format that have the same names, and arrived at about a wall time."""


def is_small(block: Rows | Columns) -> TypeGuard[Rows]:
    """Return whether a block has so few records that they are worth a wait."""
    return isinstance(block, Rows) and type(block.values) is list and len(block.values) <= FEW and not block.rejected


class Waiting:
    """The samples that wait, by format and by what they have in common.

    Parameters
    ----------
    add : callable
        Called with the samples of each group once they are enough, or `settle` is called.
    is_known : callable
        Returns whether a model is watched; samples of a new one do not wait, because it may be one too many.
    """

    def __init__(self, add: Add, is_known: Callable[[ModelKey], bool]) -> None:
        self._add = add
        self._is_known = is_known
        self._lock = threading.Lock()
        self._settling = threading.Lock()
        self._groups: dict[tuple[str, Likeness], list[Any]] = {}
        self._number = self._bytes = self._taken = 0
        self._first = self._last = 0.0
        self.entry = 0
        """The entry of the journal whose samples come now; entries come one after another."""

    def take(self, format_key: str, records: Sequence[Any], wall: float) -> bool:
        """Take records to wait; returns whether they do: all or none."""
        likenesses = list(map(likeness_of, records))
        if None in likenesses:
            return False
        with self._lock:
            groups = [(format_key, likeness) for likeness in likenesses if likeness]
            if not all(group in self._groups or self._is_known(group[1].key) for group in groups):
                return False
            if not self._number:
                self._first = wall
            for group, record in zip(groups, records, strict=True):
                self._groups.setdefault(group, []).append(record)
                self._bytes += group[1].bytes_at_most
            self._number += len(records)
            self._last, self._taken = wall, self.entry
            enough = self._are_enough(wall)
        if enough:
            self.settle()
        return True

    def _are_enough(self, wall: float) -> bool:
        is_full = self._number >= SAMPLES_AT_MOST or self._bytes >= BYTES_AT_MOST or len(self._groups) >= GROUPS_AT_MOST
        return is_full or not 0 <= wall - self._first < SECONDS_AT_MOST

    def settle(self) -> int | None:
        """Add what waits; afterwards all samples that were taken before are added.

        Returns the last entry of the journal among them, or None if nothing waited.
        """
        with self._settling:
            with self._lock:
                groups, wall, entry = self._groups, self._last, self._taken
                self._groups, self._number, self._bytes = {}, 0, 0
            for (format_key, _), records in groups.items():
                self._add(format_key, records, wall)
            return entry if groups else None
