"""Matthews correlation."""

import math
from collections.abc import Mapping

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass
from ._intervals import UNKNOWN, Interval, normal, wilson


def matthews_correlation(totals: ClassificationTotals) -> PerClass:
    """Return the correlation of predictions and outcomes: 1 perfect, 0 as good as guessing.

    NaN while only one class was predicted, or only one occurred.

    References
    ----------
    Matthews (1975), Biochim. Biophys. Acta 405(2):442-451; of several classes: Gorodkin (2004), Comput. Biol. Chem.
    28(5-6):367-374.
    """
    covariance, of_predictions, of_outcomes = _moments(totals)
    # Two roots: the product itself would be of the fourth power of the number of rows.
    scale = math.sqrt(of_predictions) * math.sqrt(of_outcomes)
    return {"": covariance / scale if scale else float(np.nan)}


def _moments(totals: ClassificationTotals) -> tuple[float, float, float]:
    """Return the covariance of predictions and outcomes, and the variance of each, times the squared number."""
    came, predicted = totals.confusion.sum(axis=1), totals.confusion.sum(axis=0)
    n = float(came.sum())
    covariance = n * float(np.trace(totals.confusion)) - float(came @ predicted)
    return covariance, n * n - float(predicted @ predicted), n * n - float(came @ came)


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return the interval by the delta method, normal on the scale of Fisher's z."""
    value, n = matthews_correlation(totals)[""], float(totals.confusion.sum())
    if math.isnan(value):
        return {"": UNKNOWN}
    if 1 - abs(value) < 1e-12:  # no error yet: the error ratio is at most the limit of a share
        least = 2 * wilson(n, n).lower - 1
        return {"": Interval(least, 1.0) if value > 0 else Interval(-1.0, -least)}
    limits = normal(math.atanh(value), _error(totals) / (1 - value * value))
    return {"": Interval(*map(math.tanh, limits))}


def _error(totals: ClassificationTotals) -> float:
    """Return the standard error: each cell's derivative, weighted by its count."""
    came, predicted = totals.confusion.sum(axis=1), totals.confusion.sum(axis=0)
    n, right = float(came.sum()), float(np.trace(totals.confusion))
    covariance, of_predictions, of_outcomes = _moments(totals)
    scale = math.sqrt(of_predictions) * math.sqrt(of_outcomes)
    gain = right + n * np.eye(len(came)) - predicted[:, np.newaxis] - came
    loss = (n - predicted) / of_predictions + (n - came)[:, np.newaxis] / of_outcomes
    return float(np.sqrt((totals.confusion * np.square((gain - covariance * loss) / scale)).sum()))


MEASURE = ClassificationMeasure(
    key="matthews_correlation",
    title="Matthews correlation",
    help="Correlation of predictions and outcomes: 1 perfect, 0 as good as guessing.",
    compute=matthews_correlation,
    interval=interval,
    range=(-1.0, 1.0),
)
