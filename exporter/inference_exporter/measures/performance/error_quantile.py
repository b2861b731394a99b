"""Quantiles of errors."""

from ..error_cells import SIGNED
from ._base import Estimates, LabelledMeasure, Levels, RegressionTotals
from ._quantiles import quantiles_of


def error_quantile(totals: RegressionTotals, levels: Levels) -> Estimates:
    """Return quantiles of prediction - outcome, in the outcome's unit; off by at most 1 % of themselves."""
    return quantiles_of(totals.detail.cells, SIGNED, levels.quantiles) if totals.detail else {}


MEASURE = LabelledMeasure(
    key="error_quantile",
    title="Error quantile",
    help="Quantile of prediction minus outcome.",
    labels=("level",),
    of=RegressionTotals,
    compute=error_quantile,
)
