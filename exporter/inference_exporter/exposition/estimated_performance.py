"""Performance estimated without outcomes, in each window."""

from collections.abc import Iterator, Sequence

from ..detectors.estimated_errors.watch import EstimatedErrorsView, EstimatedErrorsWindow
from ..detectors.estimated_performance.watch import EstimatedView, EstimatedWindow
from ..explain.estimates import EstimateWindow, doubts_about, estimated_windows
from ..measures.performance import CLASSIFICATION_MEASURES, REGRESSION_MEASURES
from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._parts import with_part

BEYOND_HELP = (
    "Share of the scores, or predicted numbers, outside the range of the reference's: nothing is known of them."
)
GAP_HELP = "Realised minus estimated accuracy of predictions whose outcome has come."
ERROR_GAP_HELP = "Realised minus estimated mean absolute error of predictions whose outcome has come."
HOLDS_HELP = "1 if realised accuracy, or the mean absolute error, is where the estimate allows it to be."
Estimated = tuple[ModelView, str, EstimateWindow]
GAPS: dict[type[EstimateWindow], tuple[str, str]] = {
    EstimatedWindow: ("model_estimate_gap_ratio", GAP_HELP),
    EstimatedErrorsWindow: ("model_estimate_gap_mean_absolute_error", ERROR_GAP_HELP),
}


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    for key, measure in CLASSIFICATION_MEASURES.items():
        if measure.estimated:
            yield from _measure(key, measure.title, views)
    for key, of_errors in REGRESSION_MEASURES.items():
        if of_errors.estimated:
            yield from _error(key, of_errors.title, views)
    yield from _checks([(view, *of) for view in views for of in estimated_windows(view)])


def _checks(estimated: Sequence[Estimated]) -> Iterator[Family]:
    """Yield whether the estimate held where outcomes have come, and what speaks against relying on it."""
    beyond = gauge("model_estimate_beyond_reference_ratio", BEYOND_HELP)
    gaps = {kind: gauge(*of) for kind, of in GAPS.items()}
    holds = gauge("model_estimate_holds", HOLDS_HELP)
    doubts = gauge("model_estimate_doubt", "1 for each reason not to rely on the estimate.")
    for view, name, window in estimated:
        text, check = joined(model_labels(view.key), labels(window=name)), view.performance.checks.get(name)
        beyond.add(text, window.beyond_ratio)
        # Two families, as a ratio and an error in the unit of the prediction cannot share one metric.
        gaps[type(window)].add(text, check.gap if check else float("nan"))
        holds.add(text, check.holds if check else float("nan"))
        for reason, speaks in doubts_about(window, check).items():
            doubts.add(joined(text, labels(reason=reason)), float(speaks))
    yield from (beyond, *gaps.values(), holds, doubts)


def _gauges(key: str, title: str) -> tuple[Family, Family, Family]:
    """Return the families of a measure: its estimate and the limits."""
    return (
        gauge(f"model_estimated_{key}", f"{title} of the window's samples, estimated without outcomes."),
        # 2.5 % beyond either limit: together they hold 95 %.
        gauge(f"model_estimated_{key}_lower", f"{title}: it will be above this limit in 97.5 % of such windows."),
        gauge(f"model_estimated_{key}_upper", f"{title}: it will be below this limit in 97.5 % of such windows."),
    )


def _error(key: str, title: str, views: Sequence[ModelView]) -> Iterator[Family]:
    families = _gauges(key, title)
    for view, estimated in with_part(views, EstimatedErrorsView):
        for name, window in estimated.windows.items():
            text = joined(model_labels(view.key), labels(window=name))
            for family, number in zip(families, window.estimates[key], strict=True):
                family.add(text, number)
    yield from families


def _measure(key: str, title: str, views: Sequence[ModelView]) -> Iterator[Family]:
    families = _gauges(key, title)
    for view, estimated in with_part(views, EstimatedView):
        for name, window in estimated.windows.items():
            for of_class, estimate in window.estimates.get(key, {}).items():
                text = joined(model_labels(view.key), labels(**{"class": of_class}, window=name))
                for family, number in zip(families, estimate, strict=True):
                    family.add(text, number)
    yield from families


GROUP = ModelGroup("estimated_performance", _families)
