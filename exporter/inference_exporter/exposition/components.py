"""Realised performance of each component of an ensemble: the same measures as of the whole model."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..measures.performance import CLASSIFICATION_MEASURES, REGRESSION_MEASURES, ClassificationTotals, RegressionTotals
from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._regression import unnamed

# Classes beyond `limits` are folded into this one. A component's score on a mixture says nothing.
REST = "__other__"
Totals = ClassificationTotals | RegressionTotals


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    for measure in CLASSIFICATION_MEASURES.values():
        yield _measure(measure.key, measure.help, views, ClassificationTotals, measure.compute)
    for regression in REGRESSION_MEASURES.values():
        yield _measure(regression.key, regression.help, views, RegressionTotals, unnamed(regression.compute))


def _measure(
    key: str,
    help_text: str,
    views: Sequence[ModelView],
    kind: type[Totals],
    compute: Callable[[Any], Mapping[str, float]],
) -> Family:
    # The help of the whole model's measure, continued in lower case: the text is written once, on the measure.
    family = gauge(f"model_component_{key}", f"Of one component: {help_text[0].lower()}{help_text[1:]}")
    for view in views:
        for window in view.windows:
            for name, totals in window.components.items():
                if isinstance(totals, kind):
                    for of_class, value in compute(totals).items():
                        if of_class != REST:
                            extra = labels(component=name, **{"class": of_class}, window=window.name)
                            family.add(joined(model_labels(view.key), extra), value)
    return family


GROUP = ModelGroup("components", _families)
