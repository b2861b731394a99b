"""Importance of features and impact of their drift, if importances are configured or known."""

from collections.abc import Iterator, Sequence

from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, model_labels
from ._columns import histogram_windows, indexes, label_texts


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    impact = gauge("model_feature_drift_impact", "Debiased PSI times the feature's importance.")
    importance = gauge(
        "model_feature_importance", "Importance of a feature to the model; the mean over all features is 1."
    )
    for view, window, histograms in histogram_windows(views):
        if histograms.importances is None:
            continue
        features = indexes(histograms.grid, "feature")
        base = model_labels(view.key)
        impact.add_all(label_texts(histograms.grid, "feature", base, window.name), histograms.impacts[features])
        # Importance belongs to the model, not to a window: once is enough.
        if window is view.windows[0]:
            texts = label_texts(histograms.grid, "feature", base, "")
            importance.add_all(texts, histograms.importances[features])
    yield from (impact, importance)


GROUP = ModelGroup("importance", _families)
