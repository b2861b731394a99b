"""Values of each feature: types, formats, rules, skew, constancy, and repeated samples."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...arrays import Cells, Counts, Floats, Rows, length_of
from ...reference.buckets import CategoricalBuckets
from ...reference.grid import Grid, Located
from ...reference.reference import ColumnReference
from ...samples.batch import Batch
from ...samples.ids import hashes_of
from ...values.categories import category_text
from ...windows.ring import RollingWindow, stretches
from .._base import DetectorKind, WatchedModel
from .constancy import Variation, variation_of
from .duplicates import MEMORY, Hashes, RowHashes, Seen, memory_for
from .expected import Expected, expected_of
from .formats import Format
from .learn import TRAIT, formats_of
from .learn_duplicates import TRAIT as DUPLICATES
from .rules import Rule, rules_of
from .skew import skew_of
from .types import KINDS, wrong_types

FIELDS = ("sent", *KINDS, "checked", "misformed", "compared", "differing", "changes")
TOTALS = ("samples", "ids", "repeated_ids", "repeated_samples")
TEXTS_LOOKED_AT = 512  # of a batch and feature, to check their format


class Layout:
    """The places of the counts of a window: fields by feature, rules, totals."""

    def __init__(self, features: tuple[str, ...], rules: tuple[Rule, ...]) -> None:
        self.features = features
        self.rules = rules
        self.n = len(FIELDS) * len(features) + len(rules) + len(TOTALS)

    def field(self, name: str) -> int:
        """Return the first place of a field's counts, one a feature."""
        return FIELDS.index(name) * len(self.features)

    def rule(self, place: int) -> int:
        """Return the place of a rule's count."""
        return len(FIELDS) * len(self.features) + place

    def total(self, name: str) -> int:
        """Return the place of a total."""
        return self.n - len(TOTALS) + TOTALS.index(name)


@dataclass(frozen=True, eq=False)
class ValuesWindow:
    """The counts of one window."""

    layout: Layout
    counts: Counts

    @cached_property
    def samples(self) -> int:
        """Number of samples in the window."""
        return self.total("samples")

    def total(self, name: str) -> int:
        """Return one of the totals."""
        return int(self.counts[self.layout.total(name)])

    def of(self, field: str) -> Counts:
        """Return the counts of a field, one a feature."""
        start = self.layout.field(field)
        return self.counts[start : start + len(self.layout.features)]

    @cached_property
    def wrong_types(self) -> Counts:
        """Values of any wrong type, one a feature."""
        return np.asarray(np.sum([self.of(kind) for kind in KINDS], axis=0))

    def ratio(self, part: Counts, whole: Counts) -> Floats:
        """Return counts as a share of others; NaN if those are 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(whole > 0, part / whole, np.nan)

    @property
    def absent(self) -> Floats:
        """1 if no sample of the window has the feature, not even null; NaN without samples."""
        return np.where(self.samples > 0, (self.of("sent") == 0).astype(np.float64), np.nan)

    @property
    def constant(self) -> Floats:
        """1 if the value did not change in the window; NaN without samples."""
        return np.where(self.of("sent") > 0, (self.of("changes") == 0).astype(np.float64), np.nan)

    def share(self, part: str, whole: str) -> float:
        """Return one total as a share of another; NaN if that is 0."""
        n = self.total(whole)
        return self.total(part) / n if n else float("nan")

    def broken(self, place: int) -> int:
        """Return the number of violations of a rule."""
        return int(self.counts[self.layout.rule(place)])


@dataclass(frozen=True, eq=False)
class ValuesView:
    """Each window by its name, and the freshness of each feature (event times, NaN if it never came)."""

    layout: Layout
    windows: Mapping[str, ValuesWindow]
    last_present: Floats
    last_change: Floats
    expected: Expected
    """What to expect from the reference."""


class PreparedValues(NamedTuple):
    """What a batch adds: counts of each row, and single findings as places of their count and rows."""

    size: int
    each_row: Counts
    places: Cells
    rows: Cells
    variation: Variation
    ids: tuple[Hashes, Cells]
    samples: Hashes


class Formatted(NamedTuple):
    """The categorical features with a format: their places among the features and in the grid, and some of their cells.

    `news` are the first cells of values that are new to the reference, `invalids` the ones after these, `ends` the ones
    after all values.
    """

    columns: tuple[ColumnReference, ...]
    formats: tuple[Format, ...]
    places: Cells
    indices: Cells
    news: Cells
    invalids: Cells
    ends: Cells

    def take(self, chosen: list[int]) -> "Formatted":
        """Return some of them."""
        columns, formats = tuple(map(self.columns.__getitem__, chosen)), tuple(map(self.formats.__getitem__, chosen))
        return Formatted(columns, formats, *(part[chosen] for part in self[2:]))

    def matches(self, at: int, batch: Batch, row: int) -> bool:
        """Return whether a value has its format."""
        text = category_text(batch.features[self.columns[at].name][row]) or ""
        return self.formats[at].matcher()(text) is not None


def _formatted_of(grid: Grid, formats: Mapping[str, Format]) -> Formatted:
    features = [(index, column) for index, column in enumerate(grid.columns) if column.group == "feature"]
    found = []
    for place, (index, column) in enumerate(features):
        if column.name in formats and isinstance(column.buckets, CategoricalBuckets):
            start, known = int(grid.starts[index]), len(column.buckets.categories)
            news = start + known + (not column.buckets.open)
            found.append((place, index, news, start + known + 2, start + column.buckets.n_cells - 2))
    columns = tuple(grid.columns[index] for _, index, *_ in found)
    numbers = np.array(found, dtype=np.intp).reshape(-1, 5).T
    return Formatted(columns, tuple(formats[column.name] for column in columns), *numbers)


def _has_texts(batch: Batch, name: str) -> bool:
    values = batch.features.get(name)
    return values is not None and not isinstance(values, np.ndarray)


class Values:
    """Counts properties of values. Findings are listed, because they are rare."""

    def __init__(self, watched: WatchedModel) -> None:
        self._grid = grid = watched.grid
        columns = [(i, column) for i, column in enumerate(grid.columns) if column.group == "feature"]
        self._places: NDArray[np.intp] = np.array([i for i, _ in columns], dtype=np.intp)
        self._columns = [column for _, column in columns]
        names = tuple(column.name for column in self._columns)
        self._feature_of = {name: place for place, name in enumerate(names)}
        rules = tuple(rule for rule in rules_of(watched.config.features) if rule.feature in self._feature_of)
        self.layout = Layout(names, rules)
        self._formatted = _formatted_of(grid, formats_of(grid.reference))
        self._expected = expected_of(grid)
        self._windows = {window.name: RollingWindow(self.layout.n, 0, window.seconds) for window in watched.windows}
        self._row_hashes = RowHashes(grid)
        # In proportion to the reference, so that its share of repeats was measured with the same memory.
        self._samples_seen = Seen(memory_for(grid.reference.rows))
        self._ids_seen: Seen | None = None
        self._last_value = np.full(len(names), np.nan)
        self._last_present = np.full(len(names), np.nan)
        self._last_change = np.full(len(names), np.nan)

    def prepare(self, batch: Batch, located: Located) -> PreparedValues:
        """Check each value as far as needed."""
        found = [(np.full(len(rows), place, dtype=np.intp), rows) for place, rows in self._finds(batch)]
        found += self._misformed(batch, located)
        empty: Cells = np.array([], dtype=np.intp)
        ids: tuple[Hashes, Cells] = (np.array([], dtype=np.uint64), empty)
        if batch.ids is not None:
            hashes = hashes_of(batch.ids)
            with_id = np.flatnonzero(hashes)  # NO_ID is 0
            ids = (hashes[with_id].view(np.uint64), with_id)
        return PreparedValues(
            batch.size,
            self._each_row(batch),
            np.concatenate([empty, *(places for places, _ in found)]),
            np.concatenate([empty, *(rows for _, rows in found)]),
            variation_of(batch, located, self._grid, self._places),
            ids,
            self._row_hashes.of(batch, located),
        )

    def _each_row(self, batch: Batch) -> Counts:
        """Return the counts of each row: the row itself, and the features sent, null included."""
        counts: Counts = np.zeros(self.layout.n, dtype=np.int64)
        counts[self.layout.total("samples")] = 1
        counts[: len(self._columns)] = [name in batch.features for name in self.layout.features]
        return counts

    def _finds(self, batch: Batch) -> Iterator[tuple[int, Cells]]:
        """Yield the place of each kind of finding, and its rows."""
        for place, column in enumerate(self._columns):
            values = batch.features.get(column.name)
            if values is None or isinstance(values, np.ndarray):
                continue
            for kind, rows in wrong_types(values, column.numeric).items():
                yield self.layout.field(kind) + place, rows
        yield from self._skewed(batch)
        for number, rule in enumerate(self.layout.rules):
            ruled = batch.features.get(rule.feature)
            if ruled is not None:
                yield self.layout.rule(number), np.flatnonzero(rule.broken(ruled))
            elif rule.name == "required":
                yield self.layout.rule(number), np.arange(batch.size)

    def _misformed(self, batch: Batch, located: Located) -> Iterator[tuple[Cells, Cells]]:
        """Yield the rows whose format was checked, and those that are new to the reference and do not match it."""
        chosen = [row for row, column in enumerate(self._formatted.columns) if _has_texts(batch, column.name)]
        if not chosen:
            return
        own = self._formatted.take(chosen)
        # A sample is enough: a changed format affects most texts.
        step = 1 + batch.size // TEXTS_LOOKED_AT
        cells = located.cells[own.indices, ::step]
        at, rows = np.nonzero(cells < own.ends[:, np.newaxis])
        yield self.layout.field("checked") + own.places[at], rows * step
        # Only values that the reference does not know: those that it knows define the format.
        strange = (cells >= own.news[:, np.newaxis]) & (cells < own.invalids[:, np.newaxis])
        misformed = [
            (at, row) for at, row in (np.argwhere(strange) * (1, step)).tolist() if not own.matches(at, batch, row)
        ]
        if misformed:
            ats, bad_rows = np.array(misformed, dtype=np.intp).T
            yield self.layout.field("misformed") + own.places[ats], bad_rows

    def _skewed(self, batch: Batch) -> Iterator[tuple[int, Cells]]:
        for name, raw in batch.raw.items():
            served, place = batch.features.get(name), self._feature_of.get(name)
            if served is not None and place is not None:
                skew = skew_of(raw, served)
                yield self.layout.field("compared") + place, skew.compared
                yield self.layout.field("differing") + place, skew.differing

    def add(self, prepared: PreparedValues, times: Floats, now: float) -> None:
        """Count a batch."""
        self._follow(now)
        each_batch: Counts = np.zeros(self.layout.n, dtype=np.int64)
        changes = self.layout.field("changes")
        each_batch[changes : changes + len(self._columns)] = self._changed(prepared.variation, times)
        places, rows = self._with_repeated(prepared)
        for own, held in stretches(list(self._windows.values()), times, now):
            counts = each_batch + prepared.each_row * length_of(own)
            if len(places):
                # The usual case, a batch within one slot, needs no selection.
                chosen = places if length_of(own) == prepared.size else places[_among(rows, own, prepared.size)]
                counts += np.bincount(chosen, minlength=self.layout.n)
            for window, slot in held:
                window.add(slot, counts, np.empty(0))

    def _follow(self, now: float) -> None:
        """Keep nothing newer than now: after the clock was set back, recorded times age from here on."""
        self._last_present = np.minimum(self._last_present, now)
        self._last_change = np.minimum(self._last_change, now)

    def _with_repeated(self, prepared: PreparedValues) -> tuple[Cells, Cells]:
        """Return the findings of a batch, with the repeated samples that only memory reveals."""
        again = np.flatnonzero(self._samples_seen.again(prepared.samples))
        finds = [("repeated_samples", again)]
        hashes, with_id = prepared.ids
        if len(with_id):
            # Made with the first id: models without ids do not pay for it.
            self._ids_seen = self._ids_seen or Seen(MEMORY)
            finds += [("ids", with_id), ("repeated_ids", with_id[self._ids_seen.again(hashes)])]
        places = [np.full(len(rows), self.layout.total(name), dtype=np.intp) for name, rows in finds]
        return (
            np.concatenate([prepared.places, *places]),
            np.concatenate([prepared.rows, *(rows for _, rows in finds)]),
        )

    def _changed(self, variation: Variation, times: Floats) -> NDArray[np.bool_]:
        """Return which features changed in this batch, or since the one before; records the time."""
        present = variation.last_present >= 0
        another = ~np.isnan(self._last_value) & (variation.values != self._last_value)
        changed = present & (variation.varies | another)
        when = times[np.maximum(variation.last_present, 0)]
        # fmax: before any time is known, it is NaN.
        self._last_present = np.where(present, np.fmax(self._last_present, when), self._last_present)
        self._last_change = np.where(changed, np.fmax(self._last_change, when), self._last_change)
        self._last_value = np.where(present, variation.values, self._last_value)
        return np.asarray(changed)

    def view(self, now: float) -> ValuesView:
        """Return the counts of each window."""
        self._follow(now)
        windows = {name: ValuesWindow(self.layout, window.totals(now)[0]) for name, window in self._windows.items()}
        return ValuesView(self.layout, windows, self._last_present, self._last_change, self._expected)


def _among(rows: Cells, chosen: Rows, size: int) -> NDArray[np.bool_]:
    inside = np.zeros(size, dtype=np.bool_)
    inside[chosen] = True
    return inside[rows]


def _build(watched: WatchedModel) -> Values | None:
    return Values(watched) if watched.grid.feature_names else None


KIND = DetectorKind("values", _build, (TRAIT, DUPLICATES))
