"""Performance estimated without outcomes, in each window."""

from collections.abc import Iterator, Sequence

from ..detectors.estimated_performance.watch import EstimatedView, EstimatedWindow
from ..measures.performance import CLASSIFICATION_MEASURES
from ..model.estimate_check import CheckedWindow
from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._parts import with_part

# A judgement: where a tenth of the scores is extrapolated, calibration is no longer known well enough.
MUCH_BEYOND = 0.1
BEYOND_HELP = "Share of the scores outside the range of the reference's: nothing is known of their calibration."


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    for key, measure in CLASSIFICATION_MEASURES.items():
        if measure.estimated:
            yield from _measure(key, measure.title, views)
    beyond = gauge("model_estimate_beyond_reference_ratio", BEYOND_HELP)
    for view, estimated in with_part(views, EstimatedView):
        for name, window in estimated.windows.items():
            beyond.add(joined(model_labels(view.key), labels(window=name)), window.beyond_ratio)
    yield beyond
    yield from _checks(views)


def _checks(views: Sequence[ModelView]) -> Iterator[Family]:
    """Yield whether the estimate held where outcomes have come, and what speaks against relying on it."""
    gap = gauge("model_estimate_gap_ratio", "Realised minus estimated accuracy of predictions whose outcome has come.")
    holds = gauge("model_estimate_holds", "1 if realised accuracy is where the estimate allows it to be.")
    doubts = gauge("model_estimate_doubt", "1 for each reason not to rely on the estimate.")
    for view, estimated in with_part(views, EstimatedView):
        for name, window in estimated.windows.items():
            text, check = joined(model_labels(view.key), labels(window=name)), view.performance.checks.get(name)
            gap.add(text, check.gap if check else float("nan"))
            holds.add(text, check.holds if check else float("nan"))
            for reason, speaks in _doubts(window, check).items():
                doubts.add(joined(text, labels(reason=reason)), float(speaks))
    yield from (gap, holds, doubts)


def _doubts(window: EstimatedWindow, check: CheckedWindow | None) -> dict[str, bool]:
    return {
        "beyond_reference": window.beyond_ratio > MUCH_BEYOND,
        # NaN (not enough outcomes to tell) is no contradiction; it shows as `unchecked`.
        "contradicted": check is not None and check.holds == 0,
        "too_few_samples": window.samples < window.minimum,
        "unchecked": check is None or not check.known,
    }


def _measure(key: str, title: str, views: Sequence[ModelView]) -> Iterator[Family]:
    value = gauge(f"model_estimated_{key}", f"{title} of the window's samples, estimated without outcomes.")
    lower = gauge(f"model_estimated_{key}_lower", f"{title}: it will be above this limit in 97.5 % of such windows.")
    upper = gauge(f"model_estimated_{key}_upper", f"{title}: it will be below this limit in 97.5 % of such windows.")
    for view, estimated in with_part(views, EstimatedView):
        for name, window in estimated.windows.items():
            for of_class, estimate in window.estimates.get(key, {}).items():
                text = joined(model_labels(view.key), labels(**{"class": of_class}, window=name))
                for family, number in zip((value, lower, upper), estimate, strict=True):
                    family.add(text, number)
    yield from (value, lower, upper)


GROUP = ModelGroup("estimated_performance", _families)
