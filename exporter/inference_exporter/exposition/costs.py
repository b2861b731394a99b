"""The mean cost of a decision, realised and estimated, for models with configured costs."""

from collections.abc import Iterator, Sequence

from ..detectors.estimated_performance.watch import EstimatedView
from ..measures.performance import ClassificationTotals
from ..measures.performance._cost import mean_cost
from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._parts import with_part

HELP = "Mean cost of a prediction of the window, by the configured costs"


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    views = [view for view in views if view.config.performance.costs]
    realised, lower, upper = (
        gauge(f"model_mean_cost{suffix}", f"{HELP}{text}.")
        for suffix, text in (
            ("", ""),
            ("_lower", ": lower limit of the 95 % confidence interval"),
            ("_upper", ": upper limit of the 95 % confidence interval"),
        )
    )
    for view in views:
        for window in view.windows:
            if isinstance(window.performance, ClassificationTotals):
                text = joined(model_labels(view.key), labels(window=window.name))
                value, limits = mean_cost(window.performance, view.config.performance.costs)
                for family, number in zip((realised, lower, upper), (value, *limits), strict=True):
                    family.add(text, number)
    yield from (realised, lower, upper, _estimated(views))


def _estimated(views: Sequence[ModelView]) -> Family:
    family = gauge("model_estimated_mean_cost", f"{HELP}, estimated without outcomes.")
    for view, estimated in with_part(views, EstimatedView):
        for name, window in estimated.windows.items():
            # The limits that come with it are for counted outcomes. Estimated totals are expectations, so they do not
            # apply.
            value, _ = mean_cost(window.totals, view.config.performance.costs)
            # The same floor as for estimated performance: below it, the estimate is mostly noise.
            enough = window.samples >= window.minimum
            family.add(joined(model_labels(view.key), labels(window=name)), value if enough else float("nan"))
    return family


GROUP = ModelGroup("costs", _families)
