"""Estimated performance of one window, whatever the model's task, and the reasons to doubt it."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..detectors.estimated_errors.watch import EstimatedErrorsView, EstimatedErrorsWindow
from ..detectors.estimated_performance.watch import EstimatedView, EstimatedWindow
from ..model.error_check import CheckedErrors
from ..model.estimate_check import CheckedWindow
from ..model.view import ModelView

# A judgement: where a tenth of the scores is extrapolated, calibration is no longer known well enough.
MUCH_BEYOND = 0.1
EstimateWindow = EstimatedWindow | EstimatedErrorsWindow
EstimateCheck = CheckedWindow | CheckedErrors
MEASURE_OF_CHECK = {EstimatedWindow: "accuracy_ratio", EstimatedErrorsWindow: "mean_absolute_error"}
"""The measure that the comparison with outcomes uses."""


@dataclass(frozen=True)
class MeasureEstimate:
    """What a measure is expected to be, and limits between which it will be in 95 % of windows; NaN if unknown."""

    measure: str
    of_class: str
    value: float
    lower: float
    upper: float


def estimated_windows(view: ModelView) -> Iterator[tuple[str, EstimateWindow]]:
    """Yield each window whose performance is estimated, by name."""
    estimated = view.part(EstimatedView) or view.part(EstimatedErrorsView)
    yield from estimated.windows.items() if estimated else ()


def estimates_in(window: EstimateWindow) -> Iterator[MeasureEstimate]:
    """Yield the estimate of each measure and class."""
    if isinstance(window, EstimatedErrorsWindow):
        for key, estimate in window.estimates.items():
            yield MeasureEstimate(key, "", *estimate)
        return
    for key, by_class in window.estimates.items():
        for of_class, each in by_class.items():
            yield MeasureEstimate(key, of_class, *each)


def doubts_about(window: EstimateWindow, check: EstimateCheck | None) -> dict[str, bool]:
    """Return for each reason not to rely on an estimate whether it applies."""
    return {
        "beyond_reference": window.beyond_ratio > MUCH_BEYOND,
        "contradicted": check is not None and check.holds == 0,
        "too_few_samples": window.samples < window.minimum,
        "unchecked": check is None or not check.known,
    }
