"""Whether features still relate to each other as in the reference, and whether the same ones decide."""

from ..look import DRIFT, PURPLE, VERDICT, Look
from ..measures import joint_title
from ..panels import Panel, StateTimeline, TimeSeries
from ..queries import ONE_MODEL, WINDOW, Target, worst

IN_WINDOW = f"{ONE_MODEL},{WINDOW}"


def panels() -> tuple[Panel, ...]:
    """Return the verdicts, the distance of the joint distribution, and attributions that changed."""
    return (_verdicts(), _distance(), _attributions())


def _verdicts() -> StateTimeline:
    return StateTimeline(
        title="Multivariate verdict",
        description="Whether the features relate to each other as in the reference (each may look the same alone), and "
        "whether the same features decide.",
        look=VERDICT,
        height=6,
        targets=(
            Target(worst("model_joint_drifted", "", IN_WINDOW), "joint distribution"),
            Target(worst("model_attribution_drifted", "", IN_WINDOW), "attributions"),
        ),
    )


def _distance() -> TimeSeries:
    return TimeSeries(
        title="Multivariate distance",
        description="Maximum mean discrepancy of all numeric features and of each embedding, minus sampling noise; and "
        "the largest change of a correlation between two features on Fisher's scale, which includes noise.",
        look=DRIFT,
        height=6,
        targets=(
            Target(worst("model_joint_drift_mmd", "", IN_WINDOW), joint_title("mmd")),
            Target(
                worst("model_joint_drift_correlation_change", "", IN_WINDOW),
                joint_title("correlation_change"),
                color=PURPLE,
            ),
            Target(worst("model_vector_drift_mmd", "feature", IN_WINDOW), "{{feature}}"),
        ),
    )


def _attributions() -> TimeSeries:
    window = worst("model_feature_attribution_mean_abs", "feature", IN_WINDOW)
    reference = worst("model_feature_attribution_reference_mean_abs", "feature", ONE_MODEL)
    return TimeSeries(
        title="Attributions that grew most",
        description="Mean absolute attribution in the window divided by that in the reference: the ten largest ratios. "
        "Empty unless samples carry attributions.",
        look=Look(decimals=2, minimum=0),
        many=True,
        width=24,
        height=6,
        targets=(Target(f"topk(10, {window} / {reference})", "{{feature}}"),),
    )
