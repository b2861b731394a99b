"""Data quality and moments of each feature in each window."""

from collections.abc import Iterator, Sequence

from ..arrays import Floats
from ..measures.drift import Columns
from ..measures.quality import MEASURES
from ..model.view import HistogramView, ModelView, WindowView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._columns import histogram_windows, indexes, label_texts

# Numbers cannot be unseen and categories cannot be out of range: no series rather than NaN.
OF: dict[str, Columns] = {"unseen_ratio": "categorical", "out_of_range_ratio": "numeric"}


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    for key, measure in MEASURES.items():
        family = gauge(f"model_feature_{key}", measure.help)
        for view, window, histograms in histogram_windows(views):
            # Computed for all columns at once, then picked: one call a window, not one a feature.
            _add(family, view, window, histograms, measure.compute(histograms.quality), OF.get(key, "all"))
        yield family
    yield from _moments(views)
    missing = gauge("model_prediction_missing_ratio", "Share of the window's samples without a prediction.")
    for view, window, histograms in histogram_windows(views):
        shares = MEASURES["missing_ratio"].compute(histograms.quality)
        for share in shares[indexes(histograms.grid, "prediction")].tolist():
            missing.add(joined(model_labels(view.key), labels(window=window.name)), share)
    yield missing


def _moments(views: Sequence[ModelView]) -> Iterator[Family]:
    mean = gauge("model_feature_mean", "Mean of the window's finite values.")
    stddev = gauge("model_feature_stddev", "Standard deviation of the window's finite values.")
    for view, window, histograms in histogram_windows(views):
        means, stddevs = histograms.mean_and_stddev
        _add(mean, view, window, histograms, means, "numeric")
        _add(stddev, view, window, histograms, stddevs, "numeric")
    yield mean
    yield stddev


def _add(
    family: Family, view: ModelView, window: WindowView, histograms: HistogramView, values: Floats, columns: Columns
) -> None:
    texts = label_texts(histograms.grid, "feature", model_labels(view.key), window.name, columns)
    family.add_all(texts, values[indexes(histograms.grid, "feature", columns)])


GROUP = ModelGroup("quality", _families)
