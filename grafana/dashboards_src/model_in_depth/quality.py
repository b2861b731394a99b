"""Whether the values that come in are fit for the model at all."""

from ..look import RATIO
from ..panels import Panel, TimeSeries
from ..queries import Target, top_features

KINDS = (
    ("missing", "Missing values", "Share of samples in which the feature is missing."),
    ("unseen", "Unseen categories", "Share of samples with a category that the reference does not hold."),
    ("out_of_range", "Out of range", "Share of samples below the least or above the greatest value of the reference."),
    ("invalid", "Invalid values", "Share of samples whose value is of the wrong kind, or not a finite number."),
)


def panels() -> tuple[Panel, ...]:
    """Return one panel for each way in which a value can be bad."""
    return tuple(
        TimeSeries(
            title=title,
            description=f"{description} The features with most of them within the time range.",
            look=RATIO,
            targets=(Target(top_features(f"model_feature_{kind}_ratio"), "{{feature}}"),),
        )
        for kind, title, description in KINDS
    )
