"""The input of every measure of realised performance: totals over joined predictions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...arrays import Floats
from ..exact_sums import as_float

PerClass = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class ClassScores:
    """Scores of one class against its outcomes.

    `squared_error` is the sum of (score - is the class) squared over `n` scores;
    `calibration` has shape (3, 10): number, sum of scores and number of positive
    outcomes in ten score buckets of equal width; `ranking` has shape (2, n_cells):
    negative and positive outcomes by ascending score cell.
    """

    n: float
    squared_error: float
    calibration: Floats
    ranking: Floats
    outside: float = 0.0
    """Number of scores below 0 or above 1: they can be ranked, but are not probabilities."""


@dataclass(frozen=True, eq=False)
class ClassificationTotals:
    """`confusion` has shape (n_classes, n_classes), outcomes down, predictions across."""

    classes: tuple[str, ...]
    confusion: Floats
    scores: Mapping[str, ClassScores]
    log_loss_sum: float
    log_loss_n: float


@dataclass(frozen=True, eq=False)
class RegressionTotals:
    """Exact sums over joined predictions; error is prediction - outcome."""

    n: int
    error: Fraction
    absolute_error: Fraction
    squared_error: Fraction
    relative_error: Fraction
    relative_n: int
    outcome: Fraction
    squared_outcome: Fraction


@dataclass(frozen=True)
class ClassificationMeasure:
    """One measure of a classifier: `compute` returns its value by class, with an empty key if it is of all classes."""

    key: str
    title: str
    """The measure's name on the page, in dashboards and in tables."""
    help: str
    compute: Callable[[ClassificationTotals], PerClass]


@dataclass(frozen=True)
class RegressionMeasure:
    """One measure of a regressor."""

    key: str
    title: str
    """The measure's name on the page, in dashboards and in tables."""
    help: str
    compute: Callable[[RegressionTotals], float]


def of_probabilities(scores: ClassScores, value: float) -> float:
    """Return a value that only probabilities have; NaN if some scores are not probabilities."""
    return float(np.nan) if scores.outside else value


def ratio(part: float, whole: float) -> float:
    """Return part / whole; NaN if the whole is 0."""
    return float(part / whole) if whole else float(np.nan)


def mean(total: Fraction, n: int) -> float:
    """Return total / n; NaN if n is 0, infinite beyond the range of floats."""
    return as_float(total / n) if n else float(np.nan)
