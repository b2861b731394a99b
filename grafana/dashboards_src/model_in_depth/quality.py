"""Whether what comes in is fit for the model at all."""

from ..look import PER_SECOND, RATIO
from ..panels import Panel, TimeSeries
from ..queries import ONE_MODEL, Target, per_second, top_features, worst

KINDS = (
    ("missing", "Missing values", "Share of samples in which the feature is missing."),
    ("unseen", "Unseen categories", "Share of samples with a category that the reference does not hold."),
    ("out_of_range", "Out of range", "Share of samples below the least or above the greatest value of the reference."),
    ("invalid", "Invalid values", "Share of samples whose value is of the wrong kind, or not a finite number."),
)


def panels() -> tuple[Panel, ...]:
    """Return one panel for each way in which a value, a prediction or a time can be bad."""
    return (*(_of_features(*kind) for kind in KINDS), _missing_predictions(), _late_samples())


def _of_features(kind: str, title: str, description: str) -> TimeSeries:
    return TimeSeries(
        title=title,
        description=f"{description} The features with most of them within the time range.",
        look=RATIO,
        targets=(Target(top_features(f"model_feature_{kind}_ratio"), "{{feature}}"),),
    )


def _missing_predictions() -> TimeSeries:
    return TimeSeries(
        title="Missing predictions",
        description="Share of samples that hold no prediction, in each window.",
        look=RATIO,
        targets=(Target(worst("model_prediction_missing_ratio", "window", ONE_MODEL), "{{window}}"),),
    )


def _late_samples() -> TimeSeries:
    return TimeSeries(
        title="Late samples",
        description="Samples per second that came too late for the shortest window. They count in every window that "
        "still reaches back to their time.",
        look=PER_SECOND,
        targets=(Target(per_second("model_late_samples_total", "", ONE_MODEL), "late"),),
    )
