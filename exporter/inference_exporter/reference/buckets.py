"""Histogram buckets of one column, and locating values in them.

Internally a numeric column is counted in about 330 fine cells, so that
Kolmogorov-Smirnov and Wasserstein come close to their statistics on raw
values; the fine cells fold into the 10 or 20 buckets that the other measures
use and the exporter exposes. Cells are closed on the left: lower <= x < upper.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, repeat
from typing import Any

import numpy as np

from ..arrays import Cells, Column, DictionaryColumn, Floats
from ..values.categories import category_text, may_be_respelled, spellings, with_spellings
from ..values.coded import coded
from ..values.missing import is_missing_text
from ..values.spelling import may_be_a_moment
from .spacing import Spacing, plain_edges, spacing_of

FINE_CELLS = 256  # of equal share, for statistics of shares
EVEN_CELLS = 64  # of equal width, for distances: traffic may arrive where the reference has no values
FAR_CELLS = 16  # of growing width, in a tail beyond the even cells: only heavy tails reach there
LARGE_REFERENCE = 5000  # rows from which 20 buckets are filled well enough (contract, section 5)
TOP_CATEGORIES = 30
# If more than this share of the reference's values belongs to categories that occur once, never-seen categories are the
# rule (Good 1953, Biometrika 40:237-264) and carry no information: names, tickets, addresses.
OPEN_SHARE = 0.005
OPEN_CATEGORIES = 5  # up to this many in a small reference are noise
KNOWN_CATEGORIES = 10_000  # categories distinguished from never-seen ones; a column with more is text

MISSING = "__missing__"
NON_FINITE = "__non_finite__"
OTHER = "__other__"
UNSEEN = "__unseen__"


@dataclass(frozen=True)
class BucketBounds:
    """One exposed bucket: a range, or a category."""

    lower: float | None = None
    upper: float | None = None
    category: str = ""

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """Lower and upper bound, None if infinite or of a category."""
        return _finite(self.lower), _finite(self.upper)


def _finite(bound: float | None) -> float | None:
    return bound if bound is not None and np.isfinite(bound) else None


@dataclass(frozen=True, eq=False)
class NumericBuckets:
    """Cells of a numeric column: underflow, [cut, next cut) …, overflow, non-finite, missing.

    `cuts` ascend; the last one lies above the greatest reference value.
    `exposed` are the places in `cuts` that bound the exposed buckets.
    """

    cuts: Floats
    exposed: Cells

    @property
    def n_cells(self) -> int:
        """Number of fine cells, including the special ones."""
        return len(self.cuts) + 3

    @property
    def n_ranges(self) -> int:
        """Number of fine cells that hold finite numbers: underflow, ranges, overflow."""
        return len(self.cuts) + 1

    def locate(self, numbers: Floats) -> Cells:
        """Return the cell of each number, shape (n,)."""
        cells = self.cuts.searchsorted(numbers, side="right")
        finite = np.isfinite(numbers)
        if not finite.all():
            cells[~finite] = self.n_cells - 2
            cells[np.isnan(numbers)] = self.n_cells - 1
        return cells

    @cached_property
    def fold_starts(self) -> Cells:
        """The first fine cell of each exposed bucket, for ``np.add.reduceat``."""
        special = [len(self.cuts) + 1, len(self.cuts) + 2]
        return np.concatenate([[0], self.exposed + 1, special]).astype(np.intp)

    @cached_property
    def bounds(self) -> tuple[BucketBounds, ...]:
        """The exposed buckets, in order."""
        edges = [-np.inf, *self.cuts[self.exposed].tolist(), np.inf]
        ranges = [BucketBounds(lower, upper) for lower, upper in pairwise(edges)]
        return (*ranges, BucketBounds(category=NON_FINITE), BucketBounds(category=MISSING))


@dataclass(frozen=True, eq=False)
class CategoricalBuckets:
    """Cells of a categorical column: its top categories, other, never-seen, invalid (not a category), missing.

    Invalid values are counted separately but exposed with the never-seen ones. In
    an `open` column new categories are the rule: they count as other.
    """

    categories: tuple[str, ...]
    others: tuple[str, ...]
    open: bool = False
    singletons: int | None = None
    """Number of categories that the reference has once: the expected number of never-seen values in it. None if the
    reference does not say."""

    @property
    def n_cells(self) -> int:
        """Number of cells, including the special ones."""
        return len(self.categories) + 4

    @property
    def _cell_of_unknown(self) -> int:
        return len(self.categories) + (not self.open)

    @cached_property
    def _cell_of(self) -> Mapping[str | None, int]:
        known = {category: index for index, category in enumerate(self.categories)}
        known.update(dict.fromkeys(self.others, len(self.categories)))
        missing: dict[str | None, int] = {None: self.n_cells - 1, "": self.n_cells - 1}
        return missing | with_spellings(known)

    def locate(self, column: Column) -> Cells:
        """Return the cell of each value."""
        if isinstance(column, np.ndarray):
            # A category written as a number is looked up once, however often it occurs. All NaN are one value.
            different, codes = np.unique(column, return_inverse=True)
            return self.locate(different.tolist())[codes]
        if isinstance(column, DictionaryColumn):
            return column.map(self.locate(column.values), self.n_cells - 1).astype(np.intp, copy=False)
        values: Sequence[Any] = column
        if set(map(type, values)) <= {str, type(None)}:
            cells = np.fromiter(map(self._cell_of.get, values, repeat(-1)), dtype=np.intp, count=len(values))
            return cells if not len(cells) or cells.min() >= 0 else self._with_unknown(cells, values)
        try:
            cells_of = {one: self._locate_any(one[1]) for one in set(zip(map(type, values), values, strict=True))}
        except TypeError:  # lists and objects have no hash
            return np.array([self._locate_any(value) for value in values], dtype=np.intp)
        return np.array([cells_of[one] for one in zip(map(type, values), values, strict=True)], dtype=np.intp)

    def _with_unknown(self, cells: Cells, values: Sequence[Any]) -> Cells:
        """Return the cells of texts; those without an exact match, -1 until now, get theirs."""
        new = np.flatnonzero(cells < 0)
        cells[new] = self._cell_of_unknown
        moments = self._has_moments
        for row in new.tolist():
            text = values[row]
            if may_be_respelled(text) or (moments and may_be_a_moment(text)):
                cells[row] = self._locate_respelled(text)
        return cells

    @cached_property
    def _has_moments(self) -> bool:
        return any(map(may_be_a_moment, (*self.categories, *self.others)))

    def _locate_any(self, value: object) -> int:
        try:
            text = category_text(value)
        except TypeError:
            return len(self.categories) + 2
        cell = self._cell_of.get(text, -1)
        return cell if cell >= 0 else self._locate_respelled(text or "")

    def _locate_respelled(self, text: str) -> int:
        """Return the cell of a text without an exact match: by another spelling, as missing, or as new."""
        for other in spellings(text):
            if other in self._cell_of:
                return self._cell_of[other]
        return self.n_cells - 1 if is_missing_text(text) else self._cell_of_unknown

    @cached_property
    def fold_starts(self) -> Cells:
        """The first cell of each exposed bucket, for ``np.add.reduceat``."""
        last = self.n_cells - 1
        return np.array([*range(last - 1), last], dtype=np.intp)

    @cached_property
    def bounds(self) -> tuple[BucketBounds, ...]:
        """The exposed buckets, in order."""
        return tuple(BucketBounds(category=name) for name in (*self.categories, OTHER, UNSEEN, MISSING))


Buckets = NumericBuckets | CategoricalBuckets


def numeric_buckets(values: Floats, n_rows: int) -> NumericBuckets:
    """Return buckets at the quantiles of a reference column.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        The finite reference values; may be empty.
    n_rows : int
        Rows of the reference: 20 buckets from 5,000 rows, otherwise 10.

    Notes
    -----
    A value that fills a bucket alone (a constant, one of few distinct values, the
    zeros that are most of a column) has its own bucket. Plain quantile edges would
    merge it with the next values and leave a PSI of 0 whatever happens. Exposed
    edges lie between values, with as few digits as possible.
    """
    if len(values) == 0:
        return NumericBuckets(np.array([]), np.array([], dtype=np.intp))
    spacing = spacing_of(values)
    picked, heavy = _at_quantiles(spacing, values, 20 if n_rows >= LARGE_REFERENCE else 10)
    # The bucket of a heavy value ends where the next value begins.
    after = heavy + 1
    places = np.union1d(picked, after[after < len(spacing.values)])
    exposed = np.append(plain_edges(spacing, places), spacing.ends[-1])
    fine = np.union1d(exposed, _fine_cuts(spacing, values))
    return NumericBuckets(fine, np.searchsorted(fine, exposed).astype(np.intp))


def _at_quantiles(spacing: Spacing, values: Floats, number: int) -> tuple[Cells, Cells]:
    """Return the places of values at evenly spaced quantiles, and which of them fill more than one quantile."""
    if len(spacing.values) <= number:
        every = np.arange(len(spacing.values))
        return every, every
    quantiles = np.sort(values)[np.arange(number) * len(values) // number]
    picked, times = np.unique(spacing.places(quantiles), return_counts=True)
    return picked, picked[times > 1]


def _fine_cuts(spacing: Spacing, values: Floats) -> Floats:
    """Return the cuts of the fine cells; a value that fills several quantiles has its own cell."""
    cuts, heavy = _at_quantiles(spacing, values, FINE_CELLS)
    few, ordered = len(values) // FINE_CELLS, np.sort(values)
    least, low, high, greatest = ordered[[0, few, -1 - few, -1]]
    with np.errstate(over="ignore", invalid="ignore"):  # a range beyond the largest float has no even cuts
        # Even cells reach beyond the bulk by half its width, but do not follow a few far outliers.
        reach = (high - low) / 2 or np.inf
        even = np.linspace(max(least, low - reach), min(greatest, high + reach), EVEN_CELLS + 1)
        far = np.concatenate([high + _growing(reach, greatest - high), low - _growing(reach, low - least)])
    even = np.concatenate([even, far])
    even = even[(even > least) & (even < greatest)]
    # The 1st, 2nd, 4th … value from either end: otherwise the outermost cell would cover most of a heavy tail.
    places = 2 ** np.arange(few.bit_length())
    tails = spacing.places(np.concatenate([ordered[places - 1], ordered[-places]]))
    return np.concatenate([
        spacing.starts[cuts], spacing.ends[heavy], even[~spacing.holds(even)], spacing.starts[tails],
    ])  # fmt: skip


def _growing(near: float, far: float) -> Floats:
    """Return distances that grow by a constant factor from `near` to `far`: none if it is not farther."""
    return np.geomspace(near, far, FAR_CELLS + 1) if np.isfinite(near) and 0 < near < far < np.inf else np.array([])


def atoms_of(buckets: NumericBuckets, finite: Floats) -> tuple[Floats, Floats]:
    """Return atoms and points of the cuts, given the finite values that they were made from.

    Returns
    -------
    atoms : ndarray of float, shape (n_cuts - 1,)
        For each range between cuts, the share of its reference values that are on its lower cut, including the value
        whose cell begins there.
    points : ndarray of float, shape (n_cuts,)
        The positions to measure distances with: that value instead of the cut beside it.
    """
    if len(buckets.cuts) == 0:
        return np.array([]), np.array([])
    spacing = spacing_of(finite)
    positions = np.searchsorted(buckets.cuts, finite, side="right") - 1
    inside = np.bincount(positions, minlength=len(buckets.cuts))[:-1]
    begun = buckets.cuts[positions] == spacing.starts[spacing.places(finite)]
    on_cut = np.bincount(positions[begun], minlength=len(buckets.cuts))[:-1]
    atoms = np.divide(on_cut, inside, out=np.zeros(len(inside)), where=inside > 0)
    return atoms, spacing.points(buckets.cuts)


def categorical_buckets(column: Sequence[object]) -> CategoricalBuckets:
    """Return buckets for the categories of a reference column, most frequent first."""
    codes, texts = coded(column)
    counts = dict(zip(texts, np.bincount(codes[codes >= 0], minlength=len(texts)).tolist(), strict=True))
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    singletons = sum(count == 1 for count in counts.values())
    if singletons > max(OPEN_SHARE * len(column), OPEN_CATEGORIES):
        return CategoricalBuckets(tuple(name for name in ordered[:TOP_CATEGORIES] if counts[name] > 1), (), open=True)
    known, others = tuple(ordered[:TOP_CATEGORIES]), tuple(ordered[TOP_CATEGORIES:KNOWN_CATEGORIES])
    return CategoricalBuckets(known, others, singletons=singletons)
