"""Samples unlike anything in the reference, and signs of an attack."""

from ..look import PER_SECOND, RATIO
from ..panels import Panel, TimeSeries
from ..queries import ONE_MODEL, Target, per_second, worst


def panels() -> tuple[Panel, ...]:
    """Return a panel for each sign, with the expected share dashed."""
    return (_outliers(), _outliers_per_second(), _near_duplicates(), _flips(), _sources())


def _outliers() -> TimeSeries:
    return _beside_the_reference(
        "Outliers",
        "Share of samples in each window that are unlike the reference. Dashed: the share that the reference predicts.",
        "model_outlier_ratio",
        "model_outlier_expected_ratio",
    )


def _outliers_per_second() -> TimeSeries:
    return TimeSeries(
        title="Outliers per second",
        description="Rate of samples that are unlike the reference.",
        look=PER_SECOND,
        targets=(Target(per_second("model_outliers_total", "", ONE_MODEL), "outliers"),),
    )


def _near_duplicates() -> TimeSeries:
    return _beside_the_reference(
        "Near-duplicates",
        "The share that copies of a single sample would need to produce as many near-duplicates as in each window. "
        "Dashed: the same for the reference. Unknown below 100 samples.",
        "model_near_duplicate_ratio",
        "model_near_duplicate_expected_ratio",
    )


def _flips() -> TimeSeries:
    return _beside_the_reference(
        "Flips of the prediction",
        "Of samples that agree in at least two thirds of their features, the share with different predictions, in each "
        "window. Dashed: the same for the reference. Classifiers only.",
        "model_prediction_flip_ratio",
        "model_prediction_flip_expected_ratio",
    )


def _sources() -> TimeSeries:
    return TimeSeries(
        title="Largest source",
        description="Share of the samples in each window that come from the largest client, user or tenant. The "
        "exporter's page shows its name. Empty unless samples name a source.",
        look=RATIO,
        targets=(Target(worst("model_source_max_share", "window, tag", ONE_MODEL), "{{tag}}, {{window}}"),),
    )


def _beside_the_reference(title: str, description: str, found: str, expected: str) -> TimeSeries:
    return TimeSeries(
        title=title,
        description=description,
        look=RATIO,
        targets=(
            Target(worst(found, "window", ONE_MODEL), "{{window}}"),
            Target(f"max ({expected}{{{ONE_MODEL}}})", "expected", dashed=True),
        ),
    )
