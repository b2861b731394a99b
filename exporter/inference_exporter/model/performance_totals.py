"""Totals of joined predictions and outcomes, as vectors that windows can add and subtract."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..arrays import Column, Counts, Floats
from ..measures.exact_sums import N_LIMBS, Scaled, add_up, differences, ratios, scaled, squarable, values_of
from ..measures.performance import ClassificationTotals, ClassScores, RegressionTotals
from ..measures.special_functions import expit
from ..values.classes import CLASSES_AT_MOST, ClassTable
from ..values.numbers import as_numbers

# The usual number for the expected calibration error (Naeini, Cooper and Hauskrecht 2015, AAAI).
CALIBRATION_BINS = 10
# Even steps of the score separate middling scores; even steps of its log-odds separate very small and very large ones.
_PROBABILITIES = np.union1d(np.linspace(0, 1, 513)[1:-1], expit(np.linspace(-16, 16, 1025)))
# The rounding error of single precision around 0 and 1; a score beyond it is not a probability, but still has a rank: a
# margin, a percentage, a log-odds or the logarithm of a probability.
ROUNDING = 1e-6
_BELOW = -np.union1d(np.linspace(0.125, 16, 128), np.geomspace(ROUNDING, 1e9, 120))[::-1]
_ABOVE = np.union1d(np.linspace(1, 100, 199)[1:], np.append(1 + ROUNDING, np.geomspace(100, 1e12, 58)))
RANKING_EDGES = np.concatenate([_BELOW, _PROBABILITIES, _ABOVE])
RANKING_CELLS = len(RANKING_EDGES) + 1
# scikit-learn's log_loss clips scores by the same amount.
EPSILON = float(np.finfo(np.float64).eps)


class ClassificationAccumulator:
    """Adds up joined predictions of a classifier.

    Rows are arrays: prediction and outcome are class indices (NaN where
    unknown), scores have shape (n, capacity), NaN if not sent.
    """

    def __init__(self, known: Sequence[str] = (), capacity: int = 0) -> None:
        capacity = capacity or self._capacity_for(known)
        self.classes = ClassTable(known, capacity)
        self.n_scores = c = capacity
        # Confusion; scores and hits by bin of the score; ranks of the scores of hits and misses, for the ROC AUC.
        self._shapes = ((c, c), (c, CALIBRATION_BINS), (c, CALIBRATION_BINS), (c, 2, RANKING_CELLS))
        self.n_counts = sum(int(np.prod(shape)) for shape in self._shapes)
        self.n_sums = 3 + 2 * c + c * CALIBRATION_BINS

    @staticmethod
    def _capacity_for(known: Sequence[str]) -> int:
        # Room for classes that the reference has not seen. Fixed from the start, because windows hold flat vectors.
        return min(max(len(known) + 2, 4), CLASSES_AT_MOST) if known else 8

    def encode_predictions(self, values: Column) -> Floats:
        """Return class indices, NaN if missing."""
        return self.classes.encode(values)

    def encode_outcomes(self, values: Column) -> Floats:
        """Return class indices, NaN if a value is not a class."""
        return self.classes.encode(values)

    def encode_scores(self, scores: Mapping[str, Column], size: int) -> Floats:
        """Return the scores as a matrix, one column a class, shape (size, capacity)."""
        matrix = np.full((size, self.n_scores), np.nan)
        for name, column in scores.items():
            numbers = as_numbers(column)
            matrix[:, self.classes.index_of(name)] = np.where(np.isfinite(numbers), numbers, np.nan)
        return matrix

    def add_up(self, prediction: Floats, outcome: Floats, scores: Floats) -> tuple[Counts, Floats]:
        """Return the counts and sums of joined rows as flat vectors."""
        c = self.n_scores
        decided = ~np.isnan(prediction)
        # One bincount over combined indices instead of a loop over classes.
        pairs = (outcome[decided] * c + prediction[decided]).astype(np.intp)
        confusion = np.bincount(pairs, minlength=c * c)
        row, klass = np.nonzero(~np.isnan(scores))
        raw = scores[row, klass]
        score = np.clip(raw, 0.0, 1.0)
        hit = (outcome[row] == klass).astype(np.intp)
        bins = klass * CALIBRATION_BINS + np.minimum((score * CALIBRATION_BINS).astype(np.intp), CALIBRATION_BINS - 1)
        # Ranks take the raw score: a margin beyond 0 to 1 still orders samples.
        ranks = (klass * 2 + hit) * RANKING_CELLS + np.searchsorted(RANKING_EDGES, raw, side="right")
        counts = np.concatenate([
            confusion,
            np.bincount(bins, minlength=c * CALIBRATION_BINS),
            np.bincount(bins, weights=hit, minlength=c * CALIBRATION_BINS).astype(np.int64),
            np.bincount(ranks, minlength=c * 2 * RANKING_CELLS),
        ])  # fmt: skip
        square = np.square(score - hit)
        sums = np.concatenate([
            self._log_loss(outcome, scores),
            np.bincount(klass, weights=square, minlength=c),
            np.bincount(klass, weights=np.square(square), minlength=c),
            np.bincount(bins, weights=score, minlength=c * CALIBRATION_BINS),
        ])  # fmt: skip
        return counts, sums

    def _log_loss(self, outcome: Floats, scores: Floats) -> Floats:
        """Return the sum of -ln(score of the observed class), the number of rows in it, and the sum of squares."""
        rows = np.arange(len(outcome))
        score = scores[rows, outcome.astype(np.intp)]
        if len(self.classes.names) <= 2:  # a binary model may send the score of one class only
            given = np.count_nonzero(~np.isnan(scores), axis=1)
            score = np.where(np.isnan(score) & (given == 1), 1.0 - np.nansum(scores, axis=1), score)
        known = ~np.isnan(score)
        losses = -np.log(np.clip(score[known], EPSILON, 1 - EPSILON))
        return np.array([losses.sum(), len(losses), np.square(losses).sum()])

    def totals(self, counts: Counts, sums: Floats) -> ClassificationTotals:
        """Return the input of the measures, limited to the classes so far."""
        parts, start = [], 0
        for shape in self._shapes:
            end = start + int(np.prod(shape))
            parts.append(counts[start:end].reshape(shape).astype(np.float64))
            start = end
        confusion, number, positive, ranking = parts
        names, c = self.classes.names, self.n_scores
        score_sums = sums[3 + 2 * c :].reshape(c, CALIBRATION_BINS)
        scores = {
            name: ClassScores(
                n=float(number[index].sum()),
                squared_error=float(sums[3 + index]),
                fourth_power_error=float(sums[3 + c + index]),
                calibration=np.stack([number[index], score_sums[index], positive[index]]),
                ranking=ranking[index],
                outside=float(ranking[index, :, : len(_BELOW)].sum() + ranking[index, :, -len(_ABOVE) :].sum()),
            )
            for index, name in enumerate(names)
            if number[index].any()
        }
        shown = confusion[: len(names), : len(names)]
        return ClassificationTotals(names, shown, scores, *sums[:3].tolist())


class RegressionAccumulator:
    """Adds up joined predictions of a regressor, exactly: an outcome of 1e160 leaves no trace once it is corrected."""

    n_scores = 0
    n_counts = 2
    n_sums = 7 * N_LIMBS
    n_features = 0  # state of an earlier release has none

    def __init__(self, n_features: int = 0) -> None:
        self.n_features = n_features

    def encode_predictions(self, values: Column) -> Floats:
        """Return numbers, NaN if missing."""
        return self.encode_outcomes(values)

    def encode_outcomes(self, values: Column) -> Floats:
        """Return numbers, NaN if a value is not a number."""
        numbers = as_numbers(values)
        return np.where(np.isfinite(numbers), numbers, np.nan)

    def encode_scores(self, scores: Mapping[str, Column], size: int) -> Floats:
        """Return a matrix without columns: a regressor has no scores."""
        return np.empty((size, 0))

    def add_up(self, prediction: Floats, outcome: Floats, scores: Floats) -> tuple[Counts, Floats]:
        """Return the counts and sums of joined rows as flat vectors."""
        decided = ~np.isnan(prediction)
        prediction, outcome = prediction[decided], outcome[decided]
        # A relative error of an outcome of 0 is not defined.
        away = outcome != 0
        error, came = differences(prediction, outcome), scaled(outcome)
        size = error.magnitudes()
        relative = ratios(Scaled(*(part[away] for part in size)), Scaled(*(part[away] for part in came.magnitudes())))
        squares = squarable(relative).squares()
        sums = add_up([[error], [size], error.squares(), [relative], [came], came.squares(), squares])
        return np.array([len(outcome), np.count_nonzero(away)]), sums

    def totals(self, counts: Counts, sums: Floats) -> RegressionTotals:
        """Return the input of the measures."""
        error, absolute, squared, relative, outcome, squared_outcome, squared_relative = values_of(sums)
        n, relative_n = counts.tolist()
        return RegressionTotals(
            n, error, absolute, squared, relative, relative_n, outcome, squared_outcome, squared_relative,
            self.n_features,
        )  # fmt: skip


Accumulator = ClassificationAccumulator | RegressionAccumulator
