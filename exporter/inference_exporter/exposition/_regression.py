"""Values of regressors in the form of those of classifiers, so that one loop builds the families of both."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from ..measures.performance import RegressionTotals

Value = TypeVar("Value")


def unnamed(compute: Callable[[RegressionTotals], Value]) -> Callable[[RegressionTotals], Mapping[str, Value]]:
    """Return a function with its value under the empty name: a regressor has no classes, and the label is left out."""
    return lambda totals: {"": compute(totals)}
