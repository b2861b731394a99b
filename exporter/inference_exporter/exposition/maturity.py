"""Outcomes by the age of their predictions: how many have come, and performance once they had time to come."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..measures.performance import CLASSIFICATION_MEASURES, REGRESSION_MEASURES, ClassificationTotals, RegressionTotals
from ..model.view import ModelView
from ._base import Family, ModelGroup, counter, gauge, joined, labels, model_labels
from ._regression import unnamed

Compute = Callable[..., Mapping[str, float]]
# The measures that people set goals for: each is as many series again as by time of arrival.
OF_CLASSES = (
    "accuracy_ratio", "precision_ratio", "recall_ratio", "f1_ratio", "roc_auc", "log_loss", "brier_score",
    "calibration_error",
)  # fmt: skip
OF_NUMBERS = (
    "mean_absolute_error", "root_mean_squared_error", "mean_absolute_percentage_error", "r2", "bias",
)  # fmt: skip
BY_PREDICTION = "By time of prediction, of predictions older than the maturity age: "


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    yield from _coverage(views)
    for key in OF_CLASSES:
        measure = CLASSIFICATION_MEASURES[key]
        yield _matured(key, measure.help, views, ClassificationTotals, measure.compute)
    for key in OF_NUMBERS:
        regression = REGRESSION_MEASURES[key]
        yield _matured(key, regression.help, views, RegressionTotals, unnamed(regression.compute))


def _matured(key: str, help_text: str, views: Sequence[ModelView], kind: type, compute: Compute) -> Family:
    # By time of prediction: outcomes that arrive late count in the window their prediction was made in,
    # so a slow class of outcomes does not look like a change of the model.
    family = gauge(f"model_matured_{key}", f"{BY_PREDICTION}{help_text[0].lower()}{help_text[1:]}")
    for view in views:
        for window in view.windows:
            if isinstance(window.matured, kind):
                for name, value in compute(window.matured).items():
                    extra = labels(**{"class": name}, window=window.name)
                    family.add(joined(model_labels(view.key), extra), value)
    return family


def _coverage(views: Sequence[ModelView]) -> Iterator[Family]:
    by_age = gauge(
        "model_outcome_coverage_by_age_ratio",
        "Of predictions between one and two times this age, the share whose outcome came before it.",
    )
    never = gauge("model_outcome_never_ratio", "Estimated share of predictions whose outcome will never come.")
    maturity = gauge("model_outcome_maturity_seconds", "Age at which a prediction counts as mature.")
    number = gauge("model_matured_window_outcomes", "Outcomes of mature predictions, by time of prediction.")
    dropped = counter("model_matured_outcomes_dropped_total", "Outcomes dropped while their prediction matured.")
    for view in views:
        base, performance = model_labels(view.key), view.performance
        for age, value in performance.coverage.by_age.items():
            by_age.add(joined(base, labels(age=age)), value)
        # Estimated from predictions that are old enough; NaN until some are.
        never.add(base, performance.coverage.never)
        maturity.add(base, view.config.outcomes.maturity)
        dropped.add(base, performance.matured_dropped)
        for window in view.windows:
            number.add(joined(base, labels(window=window.name)), window.matured_outcomes)
    yield from (by_age, never, maturity, number, dropped)


GROUP = ModelGroup("maturity", _families)
