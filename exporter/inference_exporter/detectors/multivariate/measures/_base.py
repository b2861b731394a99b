"""What every joint measure can do, and what the rest of the program knows of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ....arrays import Floats

Scores = NDArray[np.float32]
"""Rows of robust scores, shape (n, n_features): about standard normal in the reference, 0 where a value is missing."""

Weights = NDArray[np.float32]
"""How many rows each row stands for, shape (n,)."""
Starts = NDArray[np.intp]
"""The first row of each stretch of rows, ascending from 0; none is empty."""
ALL: Starts = np.zeros(1, dtype=np.intp)


class Reading(NamedTuple):
    """One measure of one window; all are NaN where unknown.

    `value` is what is shown, `effect` its size as the shift of a mean, in standard deviations, that would be as large,
    `pvalue` how often a window of the reference's own population is as far.
    """

    value: float
    effect: float
    pvalue: float


UNKNOWN = Reading(np.nan, np.nan, np.nan)


class Summary(Protocol):
    """What was learned of a reference: it makes sums of rows, and reads what the sums of a window say."""

    n_sums: int

    def sums(self, scores: Scores, weights: Weights, starts: Starts) -> Floats:
        """Return what each stretch of rows adds up to, shape (n_starts, n_sums); sums may be added."""

    def read(self, means: Floats, n: float) -> Reading:
        """Return what the mean of so many rows says; `n` is their effective number."""


def mean_of(summary: Summary, scores: Scores) -> Floats:
    """Return the means that a summary reads, of rows that stand for one each, shape (n_sums,)."""
    sums = summary.sums(scores, np.ones(len(scores), dtype=np.float32), ALL)
    return np.asarray(sums[0] / len(scores))


@dataclass(frozen=True)
class JointMeasure:
    """One measure of features together: `learn` returns what `restore` makes a summary of, as JSON writes it.

    `metric` ends the name of what it shows, `key` that of its p-value: ``model_joint_drift_…``.
    """

    key: str
    metric: str
    title: str
    """The measure's name in dashboards."""
    help: str
    learn: Callable[[Scores, int], dict[str, Any]]
    restore: Callable[[Mapping[str, Any]], Summary]
