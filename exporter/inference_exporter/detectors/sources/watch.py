"""Where samples come from: the largest share of one source in each window, and that source's usual share.

Sources are counted by a frequent-items summary in each slot: counts are exact
while a slot has at most `SOURCES` sources; beyond, a count is too low by at
most the slot's samples divided by `SOURCES`.

References
----------
Misra and Gries (1982), Finding repeated elements, Sci. Comput. Program.
2(2):143-152; on merging: Agarwal et al. (2013), Mergeable
summaries, ACM TODS 38(4):26.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from operator import itemgetter

import numpy as np

from ...arrays import Floats, Rows
from ...reference.grid import Located
from ...samples.batch import Batch
from ...windows.ring import RollingWindow, stretches
from .._base import DetectorKind, WatchedModel

# A source with more than a 200th of a slot's samples is never lost (Misra and Gries 1982).
SOURCES = 200
SOURCES_NAMED = 3  # of each slot and batch: only the largest sources can be shown
TIMES_AS_USUAL = 3.0
LEAST_BEFORE = 500  # samples in the rest of the longest window; with fewer there is no usual share


@dataclass(frozen=True)
class SourceShare:
    """The largest source of a window; unknown values are NaN."""

    tag: str
    source: str
    """The source's name, or a hash of it."""
    samples: int
    max_share: float
    usual_share: float
    """Share of that source in the longest window without this one."""
    burst: float


@dataclass(frozen=True)
class SourcesView:
    """The largest source of each window and tag."""

    windows: Mapping[str, Sequence[SourceShare]]


class SourceCounts:
    """Samples of each source in the slots of one window."""

    def __init__(self, seconds: float) -> None:
        self.slots = RollingWindow(0, 0, seconds)  # only for its slots
        self._counts: dict[int, Counter[int]] = {}
        self._samples: Counter[int] = Counter()

    def add(self, slot: int, counts: Counter[int]) -> None:
        """Add to a slot of the window, and forget expired slots."""
        for left in [known for known in self._counts if not self.slots.holds(known)]:
            del self._counts[left], self._samples[left]
        own = self._counts.setdefault(slot, Counter())
        own.update(counts)
        self._samples[slot] += counts.total()
        # Cut at twice the size, so that the cost of sorting is spread over as many additions.
        if len(own) > 2 * SOURCES:
            self._counts[slot] = _frequent(own)

    def total(self, now: float) -> tuple[Counter[int], int]:
        """Return the count of each source and the number of samples."""
        if self._counts:
            self.slots.advance(now)
        held = [slot for slot in self._counts if self.slots.holds(slot)]
        total: Counter[int] = Counter()
        for slot in held:
            total.update(self._counts[slot])
        return total, sum(self._samples[slot] for slot in held)


def _frequent(counts: Counter[int]) -> Counter[int]:
    """Return the most frequent sources, with counts lowered by that of the first one left out."""
    ordered = counts.most_common(SOURCES + 1)
    least = ordered[-1][1]
    return Counter({source: count - least for source, count in ordered if count > least})


class TagSources:
    """The sources of one tag."""

    def __init__(self, tag: str, watched: WatchedModel) -> None:
        self._tag = tag
        self._config = watched.config
        self._windows = {window.name: SourceCounts(window.seconds) for window in watched.windows}
        self._longest = max(watched.windows, key=itemgetter(1)).name
        self._names: dict[int, str] = {}

    def add(self, values: Sequence[object], times: Floats, now: float) -> None:
        """Count the sources of samples."""
        counts = list(self._windows.values())
        by_slots = {id(each.slots): each for each in counts}
        for rows, held in stretches([each.slots for each in counts], times, now):
            named = Counter(value for value in _of(values, rows) if value is not None)
            if named:
                self._remember(named)
                # Hashes, not names: a client's address is personal, and kept for nobody but the largest.
                hashed = Counter({hash(source): count for source, count in named.items()})
                for window, slot in held:
                    by_slots[id(window)].add(slot, hashed)

    def _remember(self, counts: Counter[object]) -> None:
        for source, _ in counts.most_common(SOURCES_NAMED):
            shown = str(source)[:128] if self._config.outliers.values == "all" else _digest(source)
            self._names.setdefault(hash(source), shown)
        while len(self._names) > 2 * SOURCES:
            del self._names[next(iter(self._names))]

    def view(self, now: float) -> dict[str, SourceShare]:
        """Return the largest source of each window that has any."""
        totals = {name: counts.total(now) for name, counts in self._windows.items()}
        return {name: self._largest(name, totals) for name in totals if totals[name][1]}

    def _largest(self, name: str, totals: Mapping[str, tuple[Counter[int], int]]) -> SourceShare:
        counts, samples = totals[name]
        source, count = max(counts.items(), key=itemgetter(1), default=(0, 0))
        of_longest, all_samples = totals[self._longest]
        before = all_samples - samples
        # The longest window without this one: the source itself would make its own burst look usual.
        usual = max(of_longest[source] - count, 0) / before if before >= LEAST_BEFORE else math.nan
        share = count / samples
        enough = samples >= self._config.drift.minimum_samples and not math.isnan(usual)
        burst = share >= self._config.outliers.source_share and share >= TIMES_AS_USUAL * usual
        shown = self._names.get(source, "")
        return SourceShare(self._tag, shown, samples, share, usual, float(burst) if enough else math.nan)


def _of(values: Sequence[object], rows: Rows) -> Sequence[object]:
    return values[rows] if isinstance(rows, slice) else [values[row] for row in rows.tolist()]


def _digest(source: object) -> str:
    """Return a hash that is the same at every start: whoever has a name can check whether it matches."""
    return blake2b(str(source).encode(), digest_size=8).hexdigest()


class SourcesDetector:
    """The sources of all tags that are configured as sources."""

    def __init__(self, watched: WatchedModel) -> None:
        self._watched = watched
        self._tags: dict[str, TagSources] = {}

    def prepare(self, batch: Batch, located: Located) -> dict[str, Sequence[object]]:
        """Return the values of the tags that are sources."""
        wanted = self._watched.config.outliers.source_tags
        return {tag: _hashable(batch.tags[tag]) for tag in wanted if tag in batch.tags}

    def add(self, prepared: dict[str, Sequence[object]], times: Floats, now: float) -> None:
        """Count the sources of samples."""
        for tag, values in prepared.items():
            if tag not in self._tags:
                self._tags[tag] = TagSources(tag, self._watched)
            self._tags[tag].add(values, times, now)

    def view(self, now: float) -> SourcesView:
        """Return the largest source of each window and tag."""
        found = [tag.view(now) for tag in self._tags.values()]
        names = [window.name for window in self._watched.windows]
        return SourcesView({name: tuple(of[name] for of in found if name in of) for name in names})


def _hashable(column: Sequence[object] | Floats) -> Sequence[object]:
    values: Sequence[object] = column.tolist() if isinstance(column, np.ndarray) else column
    if set(map(type, values)) <= {str, type(None)}:
        return values
    return [None if value is None else str(value) for value in values]


def _build(watched: WatchedModel) -> SourcesDetector | None:
    return SourcesDetector(watched) if watched.config.outliers.source_tags else None


KIND = DetectorKind(key="sources", build=_build)
