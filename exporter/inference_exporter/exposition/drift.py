"""Drift of features, predictions and scores in each window, and the verdict."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..arrays import Floats
from ..measures.drift import MEASURES, Columns
from ..model.view import HistogramView, ModelView, WindowView
from ..samples.batch import Group
from ._base import Family, ModelGroup, counter, gauge, joined, labels, model_labels
from ._columns import SUBJECTS, histogram_windows, indexes, label_texts

CRITICAL_HELP = "PSI that sampling noise alone exceeds no more often than the omnibus test may be wrong in one look."
PVALUE_HELP = (
    "Probability of a change at least this large at the last look if nothing drifted, over all tests of the verdict."
)
DESIGN_HELP = (
    "Design effect: number of samples that carry as much information as one independent sample, from the reference."
)
VERDICT_HELP = (
    "1 if a change matters and exceeds what chance explains given the number of looks, 0 if not, NaN if unknown."
)


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    for group, prefix in SUBJECTS:
        for key, measure in MEASURES.items():
            # Scores are always numbers; a family that can have no series would only be noise in docs and TYPE lines.
            if group == "score" and measure.columns == "categorical":
                continue
            family = gauge(f"{prefix}_drift_{key}", measure.help)
            for view, window, histograms in histogram_windows(views):
                # An empty list means all measures. The verdict does not depend on which are shown.
                if view.config.drift.measures and key not in view.config.drift.measures:
                    continue
                _add(family, view, window, histograms, group, histograms.drift[key], measure.columns)
            yield family
        critical = gauge(f"{prefix}_drift_psi_critical", CRITICAL_HELP)
        pvalue = gauge(f"{prefix}_drift_pvalue", PVALUE_HELP)
        design = gauge(f"{prefix}_design_effect_ratio", DESIGN_HELP)
        verdict = gauge(f"{prefix}_drifted", VERDICT_HELP)
        for view, window, histograms in histogram_windows(views):
            _add(critical, view, window, histograms, group, histograms.psi_critical, "all")
            _add(pvalue, view, window, histograms, group, histograms.pvalues, "all")
            _add(design, view, window, histograms, group, histograms.design_effects, "all")
            _add(verdict, view, window, histograms, group, histograms.drifted, "all")
        yield critical
        yield pvalue
        yield design
        yield verdict
    yield from _summaries(views)


def _add(
    family: Family,
    view: ModelView,
    window: WindowView,
    histograms: HistogramView,
    group: Group,
    values: Floats,
    columns: Columns,
) -> None:
    texts = label_texts(histograms.grid, group, model_labels(view.key), window.name, columns)
    family.add_all(texts, values[indexes(histograms.grid, group, columns)])


def _summaries(views: Sequence[ModelView]) -> Iterator[Family]:
    number = gauge("model_drifted_features", "Number of features whose verdict is drifted; NaN if unknown.")
    ratio = gauge("model_drifted_features_ratio", "Share of features whose verdict is drifted; NaN if unknown.")
    for view, window, histograms in histogram_windows(views):
        text = joined(model_labels(view.key), labels(window=window.name))
        features = indexes(histograms.grid, "feature")
        # A column without a verdict must not hide the verdicts of the others.
        drifted = float(np.nansum(histograms.drifted[features])) if histograms.judged else float("nan")
        number.add(text, drifted)
        ratio.add(text, drifted / len(features) if len(features) else float("nan"))
    yield number
    yield ratio
    unknown = gauge("model_drift_unknown", "1 while the window has no drift verdict, with the reason.")
    for view in views:
        for window in view.windows:
            if window.unknown_reason:
                reason = labels(window=window.name, reason=window.unknown_reason)
                unknown.add(joined(model_labels(view.key), reason), 1)
    yield unknown
    unjudged = gauge("model_feature_drift_unknown", "1 for a feature that histograms cannot judge, with the reason.")
    for view, places_of in _unjudged(views):
        for name in places_of:
            unjudged.add(joined(model_labels(view.key), labels(feature=name, reason="ever_new_categories")), 1)
    yield unjudged
    threshold = gauge("model_drift_threshold", "Configured threshold above which a change counts as drift.")
    for view in views:
        drift = view.config.drift
        # Exposed, so that rules and dashboards compare with the configured value and never copy it.
        for measure, value in (("psi_debiased", drift.threshold), ("missing_ratio", drift.share_threshold)):
            threshold.add(joined(model_labels(view.key), labels(measure=measure)), value)
    yield threshold
    yield from _budget(views)


def _unjudged(views: Sequence[ModelView]) -> Iterator[tuple[ModelView, list[str]]]:
    """Yield the features of each model whose values are nearly all new ones, such as ids."""
    for view in views:
        # Whether values are ever new is a property of the reference, so any window will do.
        histograms = next((window.histograms for window in view.windows if window.histograms is not None), None)
        if histograms is not None:
            grid, found = histograms.grid, histograms.measuring.unjudged
            yield view, [grid.columns[index].name for index in indexes(grid, "feature").tolist() if found[index]]


def _budget(views: Sequence[ModelView]) -> Iterator[Family]:
    budget = gauge(
        "model_drift_false_alarm_budget", "Configured number of false alarms that the model may raise in 30 days."
    )
    spent = counter(
        "model_drift_false_alarm_budget_spent_total", "Upper bound on the expected false alarms of all looks so far."
    )
    significance = gauge(
        "model_drift_look_significance", "Probability that one look at a window reports any feature if nothing drifted."
    )
    looks = counter("model_drift_looks_total", "Looks at the window that gave a verdict.")
    for view in views:
        base = model_labels(view.key)
        budget.add(base, view.config.drift.false_alarms_per_month)
        if view.budget is None:
            continue
        # Only while something was judged: a budget without looks has spent nothing and shows nothing.
        spent.add(base, view.budget.spent)
        significance.add(base, view.budget.significance)
        for window, number in view.budget.looks.items():
            looks.add(joined(base, labels(window=window)), number)
    yield from (budget, spent, significance, looks)


GROUP = ModelGroup("drift", _families)
