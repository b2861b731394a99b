"""Outliers, floods of near-duplicates, probing, and bursts from one source."""

from collections.abc import Iterator, Mapping, Sequence

from ..detectors.near_duplicates.watch import RepeatsView
from ..detectors.outliers.watch import OutliersView
from ..detectors.sources.watch import SourcesView
from ..model.view import ModelView, Part
from ._base import Family, ModelGroup, counter, gauge, joined, labels, model_labels
from ._parts import with_part

IN_WINDOW_OF_OUTLIERS = {
    "ratio": ("model_outlier_ratio", "Share of the window's samples that are outliers."),
    "excess_p_value": (
        "model_outliers_excess_pvalue",
        "Probability of at least this many outliers in the window by chance.",
    ),
    "unusual": ("model_inputs_unusual", "1 if outliers are far more frequent than on the reference."),
}
IN_WINDOW_OF_REPEATS = {
    "near_duplicate_ratio": (
        "model_near_duplicate_ratio",
        "Share of the window that copies of a single sample would need to give as many near-duplicates.",
    ),
    "flood": (
        "model_near_duplicate_flood",
        "1 if near-duplicates are far more frequent than on the reference.",
    ),
    "flip_ratio": (
        "model_prediction_flip_ratio",
        "Share of the window's near-duplicates with another prediction.",
    ),
    "probing": (
        "model_prediction_probing",
        "1 if near-duplicates with another prediction are far more frequent than on the reference.",
    ),
}
IN_WINDOW_OF_SOURCES = {
    "max_share": ("model_source_max_share", "Share of the window's samples that are from its largest source."),
    "usual_share": ("model_source_usual_share", "Share of that source in the longest window without this one."),
    "burst": ("model_source_burst", "1 if the largest source has far more of the traffic than usual."),
}


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    yield from _outliers(_labelled(views, OutliersView))
    yield from _repeats(_labelled(views, RepeatsView))
    yield from _sources(_labelled(views, SourcesView))


def _labelled(views: Sequence[ModelView], kind: type[Part]) -> list[tuple[ModelView, str, Part]]:
    """Return the views that have a part, with the labels of their model."""
    return [(view, model_labels(view.key), part) for view, part in with_part(views, kind)]


def _outliers(parts: Sequence[tuple[ModelView, str, OutliersView]]) -> Iterator[Family]:
    total = counter("model_outliers_total", "Samples that are outliers compared with the reference.")
    expected = gauge("model_outlier_expected_ratio", "Share of outliers expected from the reference.")
    for _, base, part in parts:
        total.add(base, part.total)
        expected.add(base, part.expected_ratio)
    yield from (total, expected)
    yield from _in_windows(IN_WINDOW_OF_OUTLIERS, [(base, part.windows) for _, base, part in parts])


def _repeats(parts: Sequence[tuple[ModelView, str, RepeatsView]]) -> Iterator[Family]:
    duplicates = gauge("model_near_duplicate_expected_ratio", "Share of near-duplicates in the reference.")
    flips = gauge(
        "model_prediction_flip_expected_ratio", "Share of near-duplicates with another prediction in the reference."
    )
    for _, base, part in parts:
        duplicates.add(base, part.near_duplicate_expected_ratio)
        flips.add(base, part.flip_expected_ratio)
    yield from (duplicates, flips)
    yield from _in_windows(IN_WINDOW_OF_REPEATS, [(base, part.windows) for _, base, part in parts])


def _in_windows(
    metrics: Mapping[str, tuple[str, str]], parts: Sequence[tuple[str, Mapping[str, object]]]
) -> Iterator[Family]:
    """Yield a gauge for each field of each window."""
    for field, (name, help_text) in metrics.items():
        family = gauge(name, help_text)
        for base, windows in parts:
            for window, numbers in windows.items():
                # The tables above name the fields; a typo fails the golden test at its first scrape.
                family.add(joined(base, labels(window=window)), getattr(numbers, field))
        yield family


def _sources(parts: Sequence[tuple[ModelView, str, SourcesView]]) -> Iterator[Family]:
    threshold = gauge("model_source_share_threshold", "Smallest share of one source that can count as a burst.")
    for view, base, _ in parts:
        threshold.add(base, view.config.outliers.source_share)
    yield threshold
    for field, (name, help_text) in IN_WINDOW_OF_SOURCES.items():
        family = gauge(name, help_text)
        for _, base, part in parts:
            for window, sources in part.windows.items():
                # One series for each configured tag, never for a source's name: senders choose those.
                for source in sources:
                    family.add(joined(base, labels(window=window, tag=source.tag)), getattr(source, field))
        yield family


GROUP = ModelGroup("outliers", _families)
