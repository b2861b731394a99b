"""The interface of every joint measure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ....arrays import Floats

Scores = NDArray[np.float32]
"""Rows of robust scores, shape (n, n_features): about standard normal in the reference, 0 for missing values."""

Weights = NDArray[np.float32]
"""How many rows each row stands for, shape (n,)."""
Starts = NDArray[np.intp]
"""The first row of each stretch of rows, ascending from 0; no stretch is empty."""
ALL: Starts = np.zeros(1, dtype=np.intp)


class Reading(NamedTuple):
    """One measure of one window; all fields are NaN if unknown.

    `value` is the exposed value, `effect` the shift of a mean, in standard deviations, of equal size, and `pvalue` how
    often a window without drift is as far from the reference.
    """

    value: float
    effect: float
    pvalue: float


# NaN in all: too few samples to tell.
UNKNOWN = Reading(np.nan, np.nan, np.nan)


class Summary(Protocol):
    """What a measure learned from a reference: it sums rows, and reads the sums of a window."""

    n_sums: int

    def sums(self, scores: Scores, weights: Weights, starts: Starts) -> Floats:
        """Return the sums of each stretch of rows, shape (n_starts, n_sums); they can be added up."""

    def read(self, means: Floats, n: float) -> Reading:
        """Return the reading of a mean of `n` rows; `n` is their effective number."""


def mean_of(summary: Summary, scores: Scores) -> Floats:
    """Return the means that a summary reads, of rows with weight 1, shape (n_sums,)."""
    sums = summary.sums(scores, np.ones(len(scores), dtype=np.float32), ALL)
    return np.asarray(sums[0] / len(scores))


@dataclass(frozen=True)
class JointMeasure:
    """One measure of several features together: `learn` returns JSON content, from which `restore` makes a summary.

    `metric` ends the name of its value, `key` that of its p-value: ``model_joint_drift_…``.
    """

    key: str
    metric: str
    title: str
    """The measure's name in dashboards."""
    help: str
    learn: Callable[[Scores, int], dict[str, Any]]
    restore: Callable[[Mapping[str, Any]], Summary]
