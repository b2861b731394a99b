"""Labels of a reference's columns, and the windows that have a reference."""

from collections.abc import Iterator, Sequence

from ..measures.drift._base import Columns
from ..model.view import HistogramView, ModelView, WindowView
from ..reference.grid import Grid
from ..samples.batch import Group
from ._base import joined, labels
from ._cache import cached_with_owner

SUBJECTS: tuple[tuple[Group, str], ...] = (
    ("feature", "model_feature"),
    ("prediction", "model_prediction"),
    ("score", "model_score"),
    ("intermediate", "model_intermediate"),
    ("action", "model_action"),
)


@cached_with_owner
def label_texts(grid: Grid, group: Group, base: str, window: str) -> tuple[str, ...]:
    """Return the labels of each column of a group."""
    extra = labels(window=window) if window else ""
    names = {"feature": "feature", "score": "class", "intermediate": "component"}
    return tuple(
        joined(base, labels(**{names[group]: column.name}) if group in names else "", extra)
        for column in grid.columns
        if column.group == group
    )


@cached_with_owner
def places(grid: Grid, group: Group, columns: Columns = "all") -> tuple[tuple[int, int], ...]:
    """Return, for each column of a group, its index in the group and among all columns."""
    own = [index for index, column in enumerate(grid.columns) if column.group == group]
    wanted = {"all": (True, False), "numeric": (True,), "categorical": (False,)}[columns]
    return tuple((place, index) for place, index in enumerate(own) if grid.columns[index].numeric in wanted)


def histogram_windows(views: Sequence[ModelView]) -> Iterator[tuple[ModelView, WindowView, HistogramView]]:
    """Yield every window that has a reference."""
    for view in views:
        for window in view.windows:
            if window.histograms is not None:
                yield view, window, window.histograms


@cached_with_owner
def bucket_labels(grid: Grid, base: str) -> tuple[tuple[str, ...], ...]:
    """Return, for each feature, the labels of each of its buckets."""
    return tuple(
        tuple(
            joined(
                base,
                labels(feature=grid.columns[index].name, bucket=f"{bucket:02d}"),
                labels(reference_version=grid.reference.version),
            )
            for bucket in range(int(grid.n_buckets[index]))
        )
        for _, index in places(grid, "feature")
    )
