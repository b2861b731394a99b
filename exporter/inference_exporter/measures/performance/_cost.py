"""Mean cost of a decision, from a configured cost of each outcome and prediction."""

from collections.abc import Mapping

import numpy as np

from ...arrays import Floats
from ._base import ClassificationTotals
from ._intervals import UNKNOWN, Interval, of_mean

Costs = Mapping[str, Mapping[str, float]]


def mean_cost(totals: ClassificationTotals, costs: Costs) -> tuple[float, Interval]:
    """Return the mean cost of the predictions with an outcome, and its interval; NaN without any.

    References
    ----------
    Elkan (2001), The foundations of cost-sensitive learning, IJCAI 17:973-978.
    """
    table, n = _table(totals.classes, costs), float(totals.confusion.sum())
    if not n:
        return float("nan"), UNKNOWN
    total, squares = (float((totals.confusion * of).sum()) for of in (table, np.square(table)))
    return total / n, of_mean(n, total, squares)


def _table(classes: tuple[str, ...], costs: Costs) -> Floats:
    """Return the cost of each outcome (down) and prediction (across)."""
    rows = [[costs.get(outcome, {}).get(prediction, 0.0) for prediction in classes] for outcome in classes]
    return np.array(rows, dtype=np.float64).reshape(len(classes), len(classes))
