"""Outliers of one window and signs of an attack, for the page and the JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from ..detectors.near_duplicates.watch import RepeatsInWindow, RepeatsView
from ..detectors.outliers.extreme import Outlier
from ..detectors.outliers.watch import OutliersInWindow, OutliersView
from ..detectors.sources.watch import SourceShare, SourcesView
from ..explain.formatting import share
from ..model.view import ModelView, WindowView


@dataclass(frozen=True)
class OutliersSummary:
    """Outliers in one window: how many, the most extreme of them, and signs of an attack.

    Everything is null if the reference cannot judge outliers because it is too
    small or was built by an earlier version.
    """

    model: str
    version: str
    variant: str
    window: str
    samples: int
    outliers: int
    outlier_ratio: float
    outlier_expected_ratio: float
    outliers_excess_pvalue: float
    inputs_unusual: bool | None
    most_extreme: Sequence[Outlier]
    near_duplicate_ratio: float
    near_duplicate_expected_ratio: float
    near_duplicate_flood: bool | None
    prediction_flip_ratio: float
    prediction_flip_expected_ratio: float
    prediction_probing: bool | None
    sources: Sequence[SourceShare]


def outliers_summary(view: ModelView, window: WindowView) -> OutliersSummary:
    """Return the outliers of a window."""
    # Detectors may be absent, after a fault or for lack of a reference: their numbers are then unknown, not 0.
    outliers = view.part(OutliersView) or OutliersView({}, nan, 0)
    repeats = view.part(RepeatsView) or RepeatsView({}, nan, nan)
    sources = view.part(SourcesView) or SourcesView({})
    own = outliers.windows.get(window.name, NO_OUTLIERS)
    alike = repeats.windows.get(window.name, NO_REPEATS)
    return OutliersSummary(
        **view.key._asdict(),
        window=window.name,
        samples=own.samples,
        outliers=own.outliers,
        outlier_ratio=own.ratio,
        outlier_expected_ratio=outliers.expected_ratio,
        outliers_excess_pvalue=own.excess_p_value,
        inputs_unusual=_truth(own.unusual),
        most_extreme=own.most_extreme,
        near_duplicate_ratio=alike.near_duplicate_ratio,
        near_duplicate_expected_ratio=repeats.near_duplicate_expected_ratio,
        near_duplicate_flood=_truth(alike.flood),
        prediction_flip_ratio=alike.flip_ratio,
        prediction_flip_expected_ratio=repeats.flip_expected_ratio,
        prediction_probing=_truth(alike.probing),
        sources=sources.windows.get(window.name, ()),
    )


def signs_of(summary: OutliersSummary) -> list[str]:
    """Return signs of an attack, or of a new kind of input, as sentences."""
    found = []
    if summary.inputs_unusual:
        expected = share(summary.outlier_expected_ratio)
        found.append(
            f"{share(summary.outlier_ratio)} of the samples are unlike anything in the reference ({expected} expected)."
        )
    if summary.near_duplicate_flood:
        found.append(
            f"Samples repeat as often as if {share(summary.near_duplicate_ratio)} of them were copies of a single one."
        )
    if summary.prediction_probing:
        found.append("Many nearly identical samples have different predictions: somebody may be probing the model.")
    for source in summary.sources:
        if source.burst == 1:
            found.append(
                f"{share(source.max_share)} of the samples come from a single {source.tag}, far more than usual."
            )
    return found


NO_OUTLIERS = OutliersInWindow(0, 0, nan, nan, nan, ())
NO_REPEATS = RepeatsInWindow(0, nan, nan, nan, nan)


def _truth(verdict: float) -> bool | None:
    return None if verdict != verdict else verdict == 1  # NaN: unknown
