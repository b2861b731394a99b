"""Labels of a reference's columns, and the windows that have a reference."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..measures.drift import Columns
from ..model.view import HistogramView, ModelView, WindowView
from ..reference.grid import Grid
from ..samples.batch import Group
from ._base import joined, labels
from ._blocks import LabelTexts
from ._cache import cached_with_owner

# Metric prefixes by group of columns. `model_feature_…` and `model_prediction_…` are families of
# their own, since a rule on features should not have to exclude predictions.
SUBJECTS: tuple[tuple[Group, str], ...] = (
    ("feature", "model_feature"),
    ("prediction", "model_prediction"),
    ("score", "model_score"),
    ("intermediate", "model_intermediate"),
    ("action", "model_action"),
)


@cached_with_owner
def indexes(grid: Grid, group: Group, columns: Columns = "all") -> NDArray[np.intp]:
    """Return the index of each column of a group among all columns."""
    # Values that `column.numeric` may have.
    wanted = {"all": (True, False), "numeric": (True,), "categorical": (False,)}[columns]
    own = [i for i, column in enumerate(grid.columns) if column.group == group and column.numeric in wanted]
    return np.array(own, dtype=np.intp)


@cached_with_owner
def label_texts(grid: Grid, group: Group, base: str, window: str, columns: Columns = "all") -> LabelTexts:
    """Return the labels of each column of a group."""
    extra = labels(window=window) if window else ""
    # A model has one prediction and one action, so these need no label to tell them apart.
    names = {"feature": "feature", "score": "class", "intermediate": "component"}
    return LabelTexts(
        joined(base, labels(**{names[group]: grid.columns[index].name}) if group in names else "", extra)
        for index in indexes(grid, group, columns).tolist()
    )


def histogram_windows(views: Sequence[ModelView]) -> Iterator[tuple[ModelView, WindowView, HistogramView]]:
    """Yield every window that has a reference."""
    for view in views:
        for window in view.windows:
            if window.histograms is not None:
                yield view, window, window.histograms


@cached_with_owner
def bucket_texts(grid: Grid, base: str) -> LabelTexts:
    """Return the labels of each bucket of each feature, in the order of `in_buckets`."""
    version = labels(reference_version=grid.reference.version)
    return LabelTexts(
        # Two digits, so that sorting by the label's text in a query or legend keeps the buckets in order.
        joined(base, labels(feature=grid.columns[index].name, bucket=f"{bucket:02d}"), version)
        for index in indexes(grid, "feature").tolist()
        for bucket in range(int(grid.n_buckets[index]))
    )


@cached_with_owner
def _bucket_mask(grid: Grid) -> NDArray[np.bool_]:
    features = indexes(grid, "feature")
    # Folded counts are padded to the widest column; the mask drops the padding of the others.
    most = int(grid.n_buckets.max()) if len(grid.columns) else 0
    return np.asarray(np.arange(most) < grid.n_buckets[features][:, np.newaxis])


def in_buckets(grid: Grid, folded: Floats) -> Floats:
    """Return the values of the features' buckets one after another, from an array of shape (n_columns, most)."""
    values: Floats = folded[indexes(grid, "feature")][_bucket_mask(grid)]
    return values
