"""Grid: a reference laid out as one vector of cells, so that all columns are counted and measured at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import Cells, Column, Counts, Floats, Rows
from ..samples.batch import Batch
from ..values.numbers import as_numbers
from .buckets import CategoricalBuckets, NumericBuckets
from .cell_tables import counts_of
from .compiled_cells import CompiledCells, is_compiled
from .locator import Locator
from .reference import ColumnReference, Reference

BLOCK = 1 << 15  # values located at once, so that intermediate results stay in the caches


class TailValues(NamedTuple):
    """The values beyond the reference's range, shape (n_beyond,), as a list because they are few."""

    sums: Cells
    """The sum that a value adds to: below or above the range of its column."""
    rows: Cells
    distances: Floats
    """Distance from the range, in reference standard deviations."""


@dataclass(frozen=True, slots=True)
class Located:
    """A batch located on the grid.

    `cells` has shape (n_columns, n): the cell that counts each value.
    `deviations` has shape (n_numeric, n): deviation from the reference mean in
    reference standard deviations, 0 if a value is not finite.
    """

    cells: NDArray[np.int32]
    deviations: Floats
    tails: TailValues

    def counts(self, rows: Rows, n_cells: int) -> Counts:
        """Return the counts of some rows over the whole grid."""
        return counts_of(self.cells[:, rows], n_cells)

    def sums(self, rows: Rows) -> Floats:
        """Return the summed moments of some rows, as one vector.

        For each numeric column: deviations, their squares, and the distance of values
        below the reference's minimum and above its maximum.
        """
        deviations = self.deviations[:, rows]
        with np.errstate(over="ignore", invalid="ignore"):
            squares = np.einsum("ij,ij->i", deviations, deviations)
            return np.concatenate([deviations.sum(axis=1), squares, self._tail_sums(rows)])

    def _tail_sums(self, rows: Rows) -> Floats:
        chosen = np.zeros(self.cells.shape[1], dtype=np.bool_)
        chosen[rows] = True
        inside = chosen[self.tails.rows]
        sums, distances = self.tails.sums[inside], self.tails.distances[inside]
        return np.bincount(sums, distances, minlength=2 * len(self.deviations)).astype(np.float64)


class Grid:
    """The cells of all columns of a reference, one after another.

    Column `i` owns cells ``starts[i] : starts[i] + n_cells of its buckets``,
    which fold into ``n_buckets[i]`` exposed buckets.
    """

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.columns: tuple[ColumnReference, ...] = reference.columns
        sizes = [column.buckets.n_cells for column in self.columns]
        self.starts: Cells = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
        self.n_cells = sum(sizes)
        self.sizes: Cells = np.array(sizes, dtype=np.intp)
        """Number of cells of each column."""
        self.feature_names = frozenset(column.name for column in reference.of_group("feature"))
        self.numeric = [index for index, column in enumerate(self.columns) if column.numeric]
        self._numeric_places = np.array(self.numeric, dtype=np.intp)
        self.missing_cells: Cells = self.starts + np.array(sizes, dtype=np.intp) - 1
        self.numeric_place: Cells = np.full(len(self.columns), -1, dtype=np.intp)
        self.numeric_place[self._numeric_places] = np.arange(len(self.numeric))
        self.n_sums = 4 * len(self.numeric)
        self.n_buckets = np.array([len(column.buckets.fold_starts) for column in self.columns], dtype=np.intp)
        self.fold_starts = np.concatenate(
            [column.buckets.fold_starts + start for column, start in zip(self.columns, self.starts, strict=True)]
        )
        self._padded = _padded_places(self.n_buckets)
        self._scales = self._scales_of_numeric()
        buckets = [column.buckets for column in self.columns]
        self._categorical = [
            (index, start, each)
            for index, (start, each) in enumerate(zip(self.starts.tolist(), buckets, strict=True))
            if isinstance(each, CategoricalBuckets)
        ]
        self._locator = Locator([each.cuts for each in buckets if isinstance(each, NumericBuckets)])
        own = self._numeric_places
        self._compiled = CompiledCells(self._scales, own, self.starts[own], self.sizes[own], self._locator)

    def _scales_of_numeric(self) -> Floats:
        """Return mean, spread, outermost cuts and outermost points of each numeric column, shape (6, n_numeric)."""
        scales = np.zeros((6, len(self.numeric)))
        for place, index in enumerate(self.numeric):
            column = self.columns[index]
            assert isinstance(column.buckets, NumericBuckets)
            cuts, points = column.buckets.cuts, column.cut_points
            # Without a spread (a constant) or a mean (an empty column) moments are in plain units.
            spread = column.stddev if column.stddev > 0 else 1.0
            ends = (cuts[0], cuts[-1], points[0], points[-1]) if len(cuts) else (0.0, 0.0, 0.0, 0.0)
            scales[:, place] = (column.mean if np.isfinite(column.mean) else 0.0, spread, *ends)
        return scales

    @property
    def spreads(self) -> Floats:
        """The unit of each numeric column's moments, shape (n_numeric,)."""
        return np.asarray(self._scales[1])

    @property
    def means(self) -> Floats:
        """The reference mean of each numeric column, shape (n_numeric,); 0 if the column is empty."""
        return np.asarray(self._scales[0])

    def locate(self, batch: Batch) -> Located:
        """Locate a batch on the grid; a column that the batch lacks is missing in all samples."""
        # Half the memory of an index, and no grid has 2**31 cells.
        cells = np.empty((len(self.columns), batch.size), dtype=np.int32)
        columns = [batch.column(column.group, column.name) for column in self.columns]
        for index, start, buckets in self._categorical:
            values = columns[index]
            cells[index] = buckets.n_cells - 1 if values is None else buckets.locate(values)
            cells[index] += start
        deviations = np.empty((len(self.numeric), batch.size))
        numeric = [columns[index] for index in self.numeric]
        absent = [place for place, values in enumerate(numeric) if values is None]
        cells[self._numeric_places[absent]] = self.missing_cells[self._numeric_places[absent], np.newaxis]
        deviations[absent] = 0.0
        locate = self._locate_compiled if is_compiled() else self._locate_in_python
        tails = [
            tail
            for numbers, first, rows in _blocks(numeric, batch.size)
            for tail in locate(numbers, first, rows, cells, deviations)
        ]
        return Located(cells, deviations, TailValues(*map(np.concatenate, zip(NO_TAILS, *tails, strict=True))))

    def _locate_compiled(
        self, numbers: Floats, first: int, rows: slice, cells: NDArray[np.int32], deviations: Floats
    ) -> list[TailValues]:
        own = deviations[first : first + len(numbers), rows]
        tails = TailValues(*self._compiled.locate(numbers, first, own, cells, rows.start))
        return [tails] if len(tails.sums) else []

    def _locate_in_python(
        self, numbers: Floats, first: int, rows: slice, cells: NDArray[np.int32], deviations: Floats
    ) -> list[TailValues]:
        """Write cells and deviations of a block; returns the values beyond the reference's range.

        The compiled search gives the same, and this is its oracle.
        """
        own = slice(first, first + len(numbers))
        places = self._numeric_places[own]
        mean, spread, lowest, highest, least, greatest = self._scales[:, own, np.newaxis]
        finite, found, deviation = np.isfinite(numbers), self._locator.locate(numbers, first), deviations[own, rows]
        with np.errstate(over="ignore", invalid="ignore"):
            np.subtract(numbers, mean, out=deviation)
            deviation /= spread
            below, above = numbers < lowest, numbers > highest
            if not finite.all():
                # The last cell counts missing values, the one before it infinities.
                np.copyto(found, self.sizes[places, np.newaxis] - 2 + np.isnan(numbers), where=~finite)
                deviation[~finite] = 0.0
                below &= finite
                above &= finite
            tails = [
                *_tails(below, numbers, least, spread, first, rows),
                *_tails(above, numbers, greatest, spread, first + len(self.numeric), rows),
            ]
        found += self.starts[places, np.newaxis]
        cells[places, rows] = found
        return tails

    def fold(self, counts: Counts | Floats) -> Floats:
        """Return cell counts folded into exposed buckets, shape (n_columns, most buckets), padded with 0."""
        folded = np.zeros((len(self.columns), int(self.n_buckets.max())))
        # Right only because every bucket has a cell: for an empty one, reduceat returns the next.
        folded.ravel()[self._padded] = np.add.reduceat(counts, self.fold_starts)
        return folded

    def column_counts(self, counts: Counts, index: int) -> Counts:
        """Return the cell counts of one column."""
        start = self.starts[index]
        return counts[start : start + self.columns[index].buckets.n_cells]

    def reference_counts(self) -> Counts:
        """Return the reference's counts over the whole grid."""
        return np.concatenate([column.counts for column in self.columns])


NO_TAILS = TailValues(np.array([], dtype=np.intp), np.array([], dtype=np.intp), np.array([]))


def _tails(
    beyond: NDArray[np.bool_], numbers: Floats, ends: Floats, spreads: Floats, first_sum: int, rows: slice
) -> Iterator[TailValues]:
    """Yield the values beyond the given ends of the columns, if any."""
    flat = np.flatnonzero(beyond)
    if len(flat):
        place, row = np.divmod(flat, beyond.shape[1])
        distances = np.abs(numbers[place, row] - ends[place, 0]) / spreads[place, 0]
        yield TailValues(place + first_sum, row + rows.start, distances)


def _blocks(columns: Sequence[Column | None], size: int) -> Iterator[tuple[Floats, int, slice]]:
    """Yield the numbers of a few columns, or of some rows of one, with the first column's place and the rows.

    Columns that the batch lacks are left out.
    """
    step = max(1, BLOCK // max(size, 1))
    for first in range(0, len(columns), step):
        own = columns[first : first + step]
        if all(values is None for values in own):
            continue
        numbers = np.empty((len(own), size))
        for place, values in enumerate(own):
            numbers[place] = np.nan if values is None else as_numbers(values)
        for row in range(0, size, BLOCK):
            yield numbers[:, row : row + BLOCK], first, slice(row, row + BLOCK)


def _padded_places(lengths: Cells) -> Cells:
    """Return the places of the items of rows of given lengths in a matrix as wide as the longest row, flattened."""
    width = int(lengths.max())
    return np.flatnonzero((np.arange(width) < lengths[:, np.newaxis]).ravel())
