"""Counts of samples by score cell and prediction: all that estimates of performance need, and mergeable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...arrays import Column, Counts, Floats
from ...values.classes import ClassTable
from ...values.numbers import as_numbers
from .calibration import calibrated

CELLS = 100


@dataclass(frozen=True, eq=False)
class Curve:
    """Score cells of one class in the reference.

    `edges` has shape (n_cells - 1,), `means` shape (n_cells,); `n` and `positive` have shape (2, n_cells): rows with
    another and with this class predicted, and those among them whose outcome is the class. `spread` has shape (2,):
    what stretches of the reference add, in log-odds. `least` and `greatest` are the range of the scores.
    """

    edges: Floats
    means: Floats
    n: Floats
    positive: Floats
    spread: Floats
    least: float
    greatest: float

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "Curve":
        """Return the curve that a reference file has."""
        arrays = {key: np.array(fields[key], dtype=np.float64) for key in ("edges", "means", "n", "positive", "spread")}
        return cls(**arrays, least=fields["least"], greatest=fields["greatest"])


class ScoreCells:
    """The cells of a model's scores, with the calibrated probability of each.

    Parameters
    ----------
    classes : sequence of str
        All classes that are predicted or scored, in the order of a `ClassTable`.
    curves : mapping of str to Curve
        By class; of two classes one is enough, as the other is its complement.
    """

    def __init__(self, classes: Sequence[str], curves: Mapping[str, Curve]) -> None:
        self.classes = tuple(classes)
        self.scored = tuple(curves)
        self._table = ClassTable(classes)
        self.binary = len(classes) == 2
        names = [name for name in classes if name in curves]
        # Two complementary curves say the same: one is enough, and both together would not add up.
        self.rows = np.array([classes.index(name) for name in (names[-1:] if self.binary else names)], dtype=np.intp)
        self._curves = [curves[classes[row]] for row in self.rows.tolist()]
        self.shape = (len(self._curves), len(classes) + 1, CELLS)
        self.n_counts = int(np.prod(self.shape)) + 2
        self.means = np.stack([curve.means for curve in self._curves])

    def encoded(self, prediction: Column | None, scores: Mapping[str, Column], size: int) -> tuple[Floats, Floats]:
        """Return the class index of predictions, shape (size,), and scores, shape (size, n_classes); NaN if missing."""
        codes = np.full(size, np.nan) if prediction is None else self._table.encode(prediction)
        matrix = np.full((size, len(self.classes)), np.nan)
        for name, column in scores.items():
            place = self._table.index_of(name)
            if place < len(self.classes):
                numbers = as_numbers(column)
                matrix[:, place] = np.where(np.isfinite(numbers), numbers, np.nan)
        return codes, matrix

    def counts(self, codes: Floats, matrix: Floats) -> Counts:
        """Return rows by curve, predicted class (the last: unknown) and cell, then scores, and those out of range."""
        unknown = len(self.classes)
        # A class that the reference has not seen is as good as none: its calibration is that of all rows.
        codes = np.where(np.isnan(codes) | (codes >= unknown), unknown, codes).astype(np.intp)
        counts = np.zeros(self.n_counts, dtype=np.int64)
        shown = counts[:-2].reshape(len(self._curves), -1)
        for place, (row, curve) in enumerate(zip(self.rows.tolist(), self._curves, strict=True)):
            score = self._scores_of(row, matrix)
            known = ~np.isnan(score)
            score = score[known]
            cells = codes[known] * CELLS + np.searchsorted(curve.edges, score, side="right")
            shown[place] = np.bincount(cells, minlength=shown.shape[1])
            counts[-2] += len(score)
            counts[-1] += np.count_nonzero((score < curve.least) | (score > curve.greatest))
        return counts

    def _scores_of(self, row: int, matrix: Floats) -> Floats:
        # Only of two classes does one score follow from the other.
        score = matrix[:, row]
        return np.where(np.isnan(score), 1.0 - matrix[:, 1 - row], score) if self.binary else score

    @cached_property
    def probabilities(self) -> tuple[Floats, Floats, Floats]:
        """Probability, standard error and spread in log-odds of each curve, predicted class and cell."""
        parts = np.zeros((3, *self.shape))
        for place, (row, curve) in enumerate(zip(self.rows.tolist(), self._curves, strict=True)):
            sides = [_side(curve, side) for side in (0, 1)]
            both = _side(curve, None)
            for predicted in range(self.shape[1]):
                unknown = predicted == len(self.classes)
                parts[:, place, predicted] = both if unknown else sides[int(predicted == row)]
        return parts[0], parts[1], parts[2]


def _side(curve: Curve, side: int | None) -> Floats:
    """Return probability, error and spread of the cells; of both sides together if a side has no rows."""
    if side is None or not curve.n[side].any():
        n, positive, spread = curve.n.sum(axis=0), curve.positive.sum(axis=0), float(curve.spread.max())
    else:
        n, positive, spread = curve.n[side], curve.positive[side], float(curve.spread[side])
    return np.stack([*calibrated(n, positive, curve.means), np.full(CELLS, spread)])
