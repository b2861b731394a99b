"""Whether features go together as they did, and whether the same ones decide."""

from ..look import DRIFT, PURPLE, VERDICT, Look
from ..panels import Panel, StateTimeline, TimeSeries
from ..queries import ONE_MODEL, WINDOW, Target, worst

IN_WINDOW = f"{ONE_MODEL},{WINDOW}"


def panels() -> tuple[Panel, ...]:
    """Return the verdicts, how far the features together have moved, and what decides more or less than it did."""
    return (_verdicts(), _distance(), _attributions())


def _verdicts() -> StateTimeline:
    return StateTimeline(
        title="Verdict on the features together",
        description="Whether the features go together as in the reference (each alone may look as ever), and whether "
        "the features that decide are still the same.",
        look=VERDICT,
        height=6,
        targets=(
            Target(worst("model_joint_drifted", "", IN_WINDOW), "features together"),
            Target(worst("model_attribution_drifted", "", IN_WINDOW), "attributions"),
        ),
    )


def _distance() -> TimeSeries:
    return TimeSeries(
        title="Distance of the features together",
        description="Maximum mean discrepancy of all numeric features and of each embedding, less sampling noise, and "
        "the greatest change of a correlation between two features on Fisher's scale, which has noise.",
        look=DRIFT,
        height=6,
        targets=(
            Target(worst("model_joint_drift_mmd", "", IN_WINDOW), "discrepancy"),
            Target(worst("model_joint_drift_correlation_change", "", IN_WINDOW), "correlation", color=PURPLE),
            Target(worst("model_vector_drift_mmd", "feature", IN_WINDOW), "{{feature}}"),
        ),
    )


def _attributions() -> TimeSeries:
    window = worst("model_feature_attribution_mean_abs", "feature", IN_WINDOW)
    reference = worst("model_feature_attribution_reference_mean_abs", "feature", ONE_MODEL)
    return TimeSeries(
        title="Attributions that changed most",
        description="Mean absolute attribution of features in the window over that of the reference: the greatest.",
        look=Look(decimals=2, minimum=0),
        width=24,
        height=6,
        targets=(Target(f"topk(10, {window} / {reference})", "{{feature}}"),),
    )
