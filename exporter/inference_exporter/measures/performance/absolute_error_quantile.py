"""Quantiles of absolute errors."""

from ..error_cells import ABSOLUTE, folded
from ._base import Estimates, LabelledMeasure, Levels, RegressionTotals
from ._quantiles import quantiles_of


def absolute_error_quantile(totals: RegressionTotals, levels: Levels) -> Estimates:
    """Return quantiles of |prediction - outcome|, in the outcome's unit; off by at most 1 % of themselves."""
    return quantiles_of(folded(totals.detail.cells), ABSOLUTE, levels.quantiles) if totals.detail else {}


MEASURE = LabelledMeasure(
    key="absolute_error_quantile",
    title="Absolute error quantile",
    help="Quantile of the absolute difference between prediction and outcome.",
    labels=("level",),
    of=RegressionTotals,
    compute=absolute_error_quantile,
)
