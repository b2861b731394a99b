"""Grid: a reference laid out as one vector of cells, so that all its columns are counted and measured at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .batch import Batch, Column, Floats, as_numbers
from .buckets import Cells, NumericBuckets
from .locator import Locator
from .reference import ColumnReference, Reference
from .windows import Counts


@dataclass(frozen=True, slots=True)
class Located:
    """A batch laid over the grid.

    `cells` has shape (n_columns, n): where each value is counted.
    `moments` has shape (4, n_numeric, n), in reference standard deviations:
    deviation from the reference mean, its square, and how far a value lies
    below the least and above the greatest reference value.
    """

    cells: Cells
    moments: Floats

    def counts(self, rows: NDArray[np.intp] | slice, n_cells: int) -> Counts:
        """Return the counts of some rows over the whole grid."""
        return np.bincount(self.cells[:, rows].ravel(), minlength=n_cells)

    def sums(self, rows: NDArray[np.intp] | slice) -> Floats:
        """Return the moments of some rows, summed, as one vector."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.moments[:, :, rows].sum(axis=2).ravel())


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
        self._sizes = np.array(sizes, dtype=np.intp)
        self.feature_names = frozenset(column.name for column in reference.of_group("feature"))
        self.numeric = [index for index, column in enumerate(self.columns) if column.numeric]
        self._numeric_places = np.array(self.numeric, dtype=np.intp)
        self.n_sums = 4 * len(self.numeric)
        self.n_buckets = np.array([len(column.buckets.fold_starts) for column in self.columns], dtype=np.intp)
        self._fold_starts = np.concatenate(
            [column.buckets.fold_starts + start for column, start in zip(self.columns, self.starts, strict=True)]
        )
        self._padded = _padded_places(self.n_buckets)
        self._scales = self._scales_of_numeric()
        buckets = [column.buckets for column in self.columns]
        self._locator = Locator([each.cuts for each in buckets if isinstance(each, NumericBuckets)])

    def _scales_of_numeric(self) -> Floats:
        """Return mean, spread, least and greatest cut of each numeric column, shape (4, n_numeric)."""
        scales = np.zeros((4, len(self.numeric)))
        for place, index in enumerate(self.numeric):
            column = self.columns[index]
            assert isinstance(column.buckets, NumericBuckets)
            cuts = column.buckets.cuts
            # Without spread (a constant) or mean (an empty column) moments are kept in plain units.
            spread = column.stddev if column.stddev > 0 else 1.0
            ends = (cuts[0], cuts[-1]) if len(cuts) else (0.0, 0.0)
            scales[:, place] = (column.mean if np.isfinite(column.mean) else 0.0, spread, *ends)
        return scales

    @property
    def spreads(self) -> Floats:
        """The unit of each numeric column's moments, shape (n_numeric,)."""
        return np.asarray(self._scales[1])

    @property
    def means(self) -> Floats:
        """The reference mean of each numeric column, shape (n_numeric,); 0 where the column was empty."""
        return np.asarray(self._scales[0])

    def locate(self, batch: Batch) -> Located:
        """Lay a batch over the grid; a column that the batch lacks is missing in each of its samples."""
        cells = np.empty((len(self.columns), batch.size), dtype=np.intp)
        numbers = np.empty((len(self.numeric), batch.size))
        place = 0
        for index, column in enumerate(self.columns):
            values = _values_of(column, batch)
            if isinstance(column.buckets, NumericBuckets):
                numbers[place] = np.nan if values is None else as_numbers(values)
                place += 1
            else:
                cells[index] = column.buckets.n_cells - 1 if values is None else column.buckets.locate(values)
        cells[self._numeric_places] = self._locator.locate(numbers)
        finite = np.isfinite(numbers)
        if not finite.all():
            self._place_what_is_not_finite(cells, numbers, finite)
        cells += self.starts[:, np.newaxis]
        return Located(cells, self._moments(numbers, finite))

    def _place_what_is_not_finite(self, cells: Cells, numbers: Floats, finite: NDArray[np.bool_]) -> None:
        place, row = np.nonzero(~finite)
        index = self._numeric_places[place]
        # The last cell is for missing values, the one before it for infinities.
        cells[index, row] = self._sizes[index] - 2 + np.isnan(numbers[place, row])

    def _moments(self, numbers: Floats, finite: NDArray[np.bool_]) -> Floats:
        mean, spread, least, greatest = self._scales[:, :, np.newaxis]
        moments = np.zeros((4, *numbers.shape))
        with np.errstate(over="ignore", invalid="ignore"):
            np.subtract(numbers, mean, out=moments[0])
            np.divide(moments[0], spread, out=moments[0])
            moments[0][~finite] = 0.0
            np.square(moments[0], out=moments[1])
            under, over = finite & (numbers < least), finite & (numbers > greatest)
            if under.any():
                np.divide(least - numbers, spread, out=moments[2], where=under)
            if over.any():
                np.divide(numbers - greatest, spread, out=moments[3], where=over)
        return moments

    def fold(self, counts: Counts) -> Floats:
        """Return cell counts as exposed buckets, shape (n_columns, greatest number of buckets), padded with 0."""
        folded = np.zeros((len(self.columns), int(self.n_buckets.max())))
        folded.ravel()[self._padded] = np.add.reduceat(counts, self._fold_starts)
        return folded

    def column_counts(self, counts: Counts, index: int) -> Counts:
        """Return the cell counts of one column."""
        start = self.starts[index]
        return counts[start : start + self.columns[index].buckets.n_cells]

    def reference_counts(self) -> Counts:
        """Return the reference's own counts over the whole grid."""
        return np.concatenate([column.counts for column in self.columns])


def _values_of(column: ColumnReference, batch: Batch) -> Column | None:
    if column.group == "feature":
        return batch.features.get(column.name)
    return batch.prediction if column.group == "prediction" else batch.scores.get(column.name)


def _padded_places(lengths: Cells) -> Cells:
    """Return where the items of rows of given lengths lie in a matrix as wide as the longest row, flattened."""
    width = int(lengths.max())
    return np.flatnonzero((np.arange(width) < lengths[:, np.newaxis]).ravel())
