"""Data quality and moments of each feature in each window."""

from collections.abc import Iterator, Sequence

from ..measures.quality import MEASURES
from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._columns import histogram_windows, label_texts, places


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    for key, measure in MEASURES.items():
        family = gauge(f"model_feature_{key}", measure.help)
        for view, window, histograms in histogram_windows(views):
            texts = label_texts(histograms.grid, "feature", model_labels(view.key), window.name)
            values = measure.compute(histograms.quality).tolist()
            numeric = {index for _, index in places(histograms.grid, "feature", "numeric")}
            for place, index in places(histograms.grid, "feature"):
                # Numbers cannot be unseen and categories cannot be out of range: no series rather than NaN.
                if (key == "unseen_ratio") == (index in numeric) and key in ("unseen_ratio", "out_of_range_ratio"):
                    continue
                family.add(texts[place], values[index])
        yield family
    yield from _moments(views)
    missing = gauge("model_prediction_missing_ratio", "Share of the window's samples without a prediction.")
    for view, window, histograms in histogram_windows(views):
        for _, index in places(histograms.grid, "prediction"):
            share = MEASURES["missing_ratio"].compute(histograms.quality)[index]
            missing.add(joined(model_labels(view.key), labels(window=window.name)), float(share))
    yield missing


def _moments(views: Sequence[ModelView]) -> Iterator[Family]:
    mean = gauge("model_feature_mean", "Mean of the window's finite values.")
    stddev = gauge("model_feature_stddev", "Standard deviation of the window's finite values.")
    for view, window, histograms in histogram_windows(views):
        texts = label_texts(histograms.grid, "feature", model_labels(view.key), window.name)
        means, stddevs = histograms.mean_and_stddev
        for place, index in places(histograms.grid, "feature", "numeric"):
            mean.add(texts[place], float(means[index]))
            stddev.add(texts[place], float(stddevs[index]))
    yield mean
    yield stddev


GROUP = ModelGroup("quality", _families)
