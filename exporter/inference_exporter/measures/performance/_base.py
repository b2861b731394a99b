"""The input of every measure of realised performance: totals over joined predictions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

import numpy as np

from ...arrays import Counts, Floats
from ..exact_sums import as_float, root_of
from ._intervals import UNKNOWN, Interval, normal

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
    fourth_power_error: float = float("nan")
    """Sum of (score - is the class) to the fourth, for the interval of the mean of squares; NaN if unknown."""


@dataclass(frozen=True, eq=False)
class ClassificationTotals:
    """`confusion` has shape (n_classes, n_classes), outcomes down, predictions across."""

    classes: tuple[str, ...]
    confusion: Floats
    scores: Mapping[str, ClassScores]
    log_loss_sum: float
    log_loss_n: float
    squared_log_loss_sum: float = float("nan")
    """For the interval of the mean; NaN if unknown."""
    ranks: Counts | None = None
    """Number of outcomes by the rank of their score among the scores of their sample, the highest first."""


@dataclass(frozen=True, eq=False)
class ErrorDetail:
    """What only some measures of a regressor need: errors by cell, and sums of higher powers over `n` rows.

    `error` is prediction - outcome, and `outcome` here is its distance from `centre`, a constant close to the outcomes:
    powers of numbers far from 0 would leave nothing of their variance.
    """

    n: int
    cells: Counts
    """By cell of `error_cells`."""
    centre: float
    signed_square: Fraction
    """Sum of error times |error|."""
    fourth_error: Fraction
    error2_outcome: Fraction
    """Sum of squared error times outcome."""
    error2_outcome2: Fraction
    outcome3: Fraction
    outcome4: Fraction


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
    squared_relative_error: Fraction = Fraction(0)
    n_features: int = 0
    """Number of features of the model, 0 if unknown."""
    detail: ErrorDetail | None = None

    @property
    def whole_detail(self) -> ErrorDetail | None:
        """The detail if it is of the same rows; not while some were joined by a release that did not keep it."""
        return self.detail if self.detail is not None and self.detail.n == self.n else None


@dataclass(frozen=True)
class ClassificationMeasure:
    """One measure of a classifier: `compute` returns its value by class, with an empty key if it is of all classes."""

    key: str
    title: str
    """The measure's name on the page, in dashboards and in tables."""
    help: str
    compute: Callable[[ClassificationTotals], PerClass]
    interval: Callable[[ClassificationTotals], Mapping[str, Interval]] | None = None
    """95 % confidence interval of each value; None if the measure has no interval."""
    range: tuple[float, float] = (0.0, 1.0)
    """The least and the greatest possible value."""
    estimated: bool = True
    """Whether it can be estimated before outcomes are known; not if it does not depend on them."""


@dataclass(frozen=True)
class RegressionMeasure:
    """One measure of a regressor."""

    key: str
    title: str
    """The measure's name on the page, in dashboards and in tables."""
    help: str
    compute: Callable[[RegressionTotals], float]
    interval: Callable[[RegressionTotals], Interval] | None = None
    """95 % confidence interval; None if the measure has no interval."""
    estimated: bool = False
    """Whether it is estimated before outcomes are known (`detectors/estimated_errors`)."""


class Levels(Protocol):
    """What is configured of measures with a label."""

    @property
    def quantiles(self) -> tuple[float, ...]:
        """Levels of quantiles, between 0 and 1."""

    @property
    def top_k(self) -> tuple[int, ...]:
        """How many of the highest scores count."""


class Estimate(NamedTuple):
    """A value, the limits of its 95 % confidence interval (NaN if unknown), and the number of outcomes behind it."""

    value: float
    limits: Interval
    n: int


Estimates = Mapping[tuple[str, ...], Estimate]


@dataclass(frozen=True)
class LabelledMeasure:
    """One measure with several values: `compute` returns an estimate for each combination of label values."""

    key: str
    title: str
    """The measure's name on the page, in dashboards and in tables."""
    help: str
    labels: tuple[str, ...]
    of: type
    """The totals that it is computed from."""
    compute: Callable[[Any, Levels], Estimates]
    bounded: bool = True
    """Whether it has confidence intervals."""
    longest: bool = False
    """Whether only the longest window has it, to bound the number of series."""


def of_probabilities(scores: ClassScores, value: float) -> float:
    """Return a value that only probabilities have; NaN if some scores are not probabilities."""
    return float(np.nan) if scores.outside else value


def ratio(part: float, whole: float) -> float:
    """Return part / whole; NaN if the whole is 0."""
    # 0 of 0 is unknown: a class that never occurred has no recall.
    return float(part / whole) if whole else float(np.nan)


def mean(total: Fraction, n: int) -> float:
    """Return total / n; NaN if n is 0, infinite beyond the range of floats."""
    return as_float(total / n) if n else float(np.nan)


def interval_of_mean(n: int, total: Fraction, squares: Fraction) -> Interval:
    """Return the interval of a mean, from the exact sum and sum of squares of n values; unknown below two."""
    if n < 2:
        return UNKNOWN
    # Squares of ratios are rounded, so the variance of equal ones may come out below 0.
    variance = max(squares - total**2 / n, Fraction(0)) / (n - 1)
    return normal(mean(total, n), root_of(variance / n))
