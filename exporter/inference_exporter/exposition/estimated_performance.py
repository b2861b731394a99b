"""Performance estimated without outcomes, in each window."""

from collections.abc import Iterator, Sequence

from ..detectors.estimated_performance.watch import EstimatedView
from ..measures.performance import CLASSIFICATION_MEASURES
from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._parts import with_part

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
