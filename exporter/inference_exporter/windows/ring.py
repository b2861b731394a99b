"""RollingWindow: recent counts as a ring of time slots."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..arrays import Counts, Floats, Rows

SLOTS = 30  # a 1h window forgets in steps of 2m
ROWS_APART = 128
NOT_HELD = np.iinfo(np.int64).min


class RollingWindow:
    """Counts and sums of the last `length_seconds`, forgotten slot by slot.

    The current slot belongs to the window, so that it covers between ``length -
    length / slots`` and ``length`` seconds, never more. Slots are created when
    something falls into them: an idle window takes no memory.

    Parameters
    ----------
    n_counts, n_sums : int
        Lengths of the count and sum vectors of each slot.
    length_seconds : float
        Length of the window.
    slots : int
        Number of slots in the ring.
    """

    def __init__(self, n_counts: int, n_sums: int, length_seconds: float, slots: int = SLOTS) -> None:
        self.length_seconds = length_seconds
        self._slot_seconds = length_seconds / slots
        self._slots = slots
        self._newest = -(2**62)
        self._counts: dict[int, NDArray[np.int32]] = {}
        self._sums: dict[int, Floats] = {}
        # Counts are integers, so a running total stays exact. Sums are added anew each time: subtracting expired ones
        # would leave rounding errors behind, and never get rid of an infinity.
        self._total: Counts = np.zeros(n_counts, dtype=np.int64)
        self._n_sums = n_sums
        self.received = 0.0
        """Samples that the window ever received, if its owner counts them."""

    def slot_of(self, times: Floats) -> NDArray[np.int64]:
        """Return the slot of each time, shape (n,)."""
        return np.floor_divide(times, self._slot_seconds).astype(np.int64)

    def held_slot_of(self, times: Floats) -> NDArray[np.int64]:
        """Return the slot of each time, shape (n,); `NOT_HELD` if it is outside the window."""
        slots = self.slot_of(times)
        held = (slots > self._newest - self._slots) & (slots <= self._newest)
        return slots if held.all() else np.where(held, slots, NOT_HELD)

    def spread(self, times: Floats, now: float) -> Iterator[tuple[int, Rows]]:
        """Yield each slot of the window with the rows whose time falls into it; late rows are left out."""
        for rows, held in stretches([self], times, now):
            for _, slot in held:
                yield slot, rows

    def holds(self, slot: int) -> bool:
        """Return whether a slot is in the window."""
        return self._newest - self._slots < slot <= self._newest

    def add(self, slot: int, counts: NDArray[np.integer], sums: Floats) -> None:
        """Add to a slot of the window; negative numbers undo an earlier addition."""
        if slot not in self._counts:
            self._counts[slot] = np.zeros(len(self._total), dtype=np.int32)
            self._sums[slot] = np.zeros(self._n_sums)
        self._counts[slot] += counts.astype(np.int32, copy=False)
        self._unshare_total()
        self._total += counts
        with np.errstate(over="ignore", invalid="ignore"):  # samples may be 1e308; their sum is infinite
            self._sums[slot] += sums

    def beyond(self, now: float) -> Counts | None:
        """Return the counts that the window would lose at `now` because time went back; None if it did not."""
        newest = int(now // self._slot_seconds)
        if newest >= self._newest:
            return None
        lost: Counts = np.zeros(len(self._total), dtype=np.int64)
        for slot, counts in self._counts.items():
            if slot > newest:
                lost += counts
        return lost

    def advance(self, now: float) -> None:
        """Forget the slots that are outside the window at `now`.

        If time went back, those after `now` go too: counts from a wrong clock would otherwise hold the window in the
        future until time catches up.
        """
        newest = int(now // self._slot_seconds)
        if newest == self._newest:
            return
        self._newest = newest
        for slot in [slot for slot in self._counts if not self.holds(slot)]:
            self._unshare_total()
            self._total -= self._counts.pop(slot)
            del self._sums[slot]

    def by_slot(self, now: float) -> Counts:
        """Return the counts of each non-empty slot, oldest first, shape (n_slots, n_counts)."""
        if self._counts:
            self.advance(now)
        held = [self._counts[slot] for slot in sorted(self._counts)]
        return np.array(held, dtype=np.int64).reshape(len(held), len(self._total))

    def totals(self, now: float) -> tuple[Counts, Floats]:
        """Return the counts and sums of the window at `now`; the counts are read-only."""
        if self._counts:  # an empty window has nothing to forget, and its first samples may be years old
            self.advance(now)
        with np.errstate(over="ignore", invalid="ignore"):
            sums = np.sum([*self._sums.values(), np.zeros(self._n_sums)], axis=0)
        self._total.setflags(write=False)
        return self._total, sums

    def _unshare_total(self) -> None:
        """Stop sharing a total that was handed out: copy it only if counting goes on."""
        if not self._total.flags.writeable:
            self._total = self._total.copy()


def same_slot(length_seconds: float, then: float, now: float) -> bool:
    """Return whether a window of this length holds the same slots at two event times."""
    slot_seconds = length_seconds / SLOTS
    return bool(then // slot_seconds == now // slot_seconds)


Stretch = tuple[Rows, list[tuple[RollingWindow, int]]]
_NO_SUMS: Floats = np.empty(0)


def add_counts(
    windows: Sequence[RollingWindow], counts_of: Callable[[Rows], Counts], times: Floats, now: float
) -> None:
    """Add counts of rows, by a function of the rows, to the windows that still cover them."""
    for rows, held in stretches(windows, times, now):
        if held:
            counts = counts_of(rows)
            for window, slot in held:
                window.add(slot, counts, _NO_SUMS)


def stretches(windows: Sequence[RollingWindow], times: Floats, now: float) -> Iterator[Stretch]:
    """Yield rows that share a slot in every window, with the windows that still cover them and their slot in each.

    Each row is in one stretch, so the counts of a stretch serve all windows. Rows that no window covers share a
    stretch, however far apart they are: a batch has at most as many stretches as the windows have slots, plus one.
    """
    for window in windows:
        window.advance(now)
    if len(times) == 0:
        return
    # Most batches fall into one slot of each window; comparing their ends is enough to know.
    slots = _held_slots(windows, np.array([times.min(), times.max()]))
    if not _changes(slots).any():
        at = zip(windows, slots[:, 0].tolist(), strict=True)
        yield slice(0, len(times)), [(window, slot) for window, slot in at if window.holds(slot)]
        return
    if times[-1] <= now and (times[1:] >= times[:-1]).all():
        starts = _sorted_starts(windows, times)
        slots = _held_slots(windows, times[starts])
        for place, (first, end) in enumerate(pairwise([*starts, len(times)])):
            at = zip(windows, slots[:, place].tolist(), strict=True)
            yield slice(first, end), [(window, slot) for window, slot in at if window.holds(slot)]
        return
    slots = _held_slots(windows, times)
    order = None
    if _changes(slots).any() and (times[1:] < times[:-1]).any():
        order = np.argsort(times, kind="stable")
        slots = slots[:, order]
    starts = (np.flatnonzero(_changes(slots)) + 1).tolist()
    for first, end in pairwise([0, *starts, len(times)]):
        rows = slice(first, end) if order is None else order[first:end]
        at = zip(windows, slots[:, first].tolist(), strict=True)
        yield rows, [(window, slot) for window, slot in at if window.holds(slot)]


def _sorted_starts(windows: Sequence[RollingWindow], times: Floats) -> list[int]:
    """Return the rows of sorted times where a stretch starts: later rows have later slots, so a few rows suffice."""
    some = np.append(np.arange(0, len(times) - 1, ROWS_APART), len(times) - 1)
    starts = [0]
    for place in np.flatnonzero(_changes(_held_slots(windows, times[some]))).tolist():
        first, last = some[place : place + 2].tolist()
        starts += (first + 1 + np.flatnonzero(_changes(_held_slots(windows, times[first : last + 1])))).tolist()
    return starts


def _held_slots(windows: Sequence[RollingWindow], times: Floats) -> NDArray[np.int64]:
    """Return the slot of each time in each window, shape (n_windows, n), and `NOT_HELD` outside the window."""
    return np.stack([window.held_slot_of(times) for window in windows])


def _changes(slots: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray((slots[:, 1:] != slots[:, :-1]).any(axis=0))
