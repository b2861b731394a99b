"""Parts of a model and of its traffic: components, actions, guardrails, slices, groups; and challengers."""

from ..look import BLUE, COUNT, DRIFT, GOOD, NOTICE, ORANGE, RATIO, Look
from ..panels import Panel, Stat, TimeSeries
from ..queries import ONE_MODEL, WINDOW, Target, least, per_second, worst

IN_WINDOW = f"{ONE_MODEL},{WINDOW}"
NO_CHALLENGER = "Empty without a challenger."
NOT_SENT = "Nothing here means that samples do not have it, or that it is not configured."
EITHER_WAY = Look(decimals=3)
VERDICT_ON_CHALLENGER = Look(
    words={-1: ("keep the champion", NOTICE), 0: ("not yet", NOTICE), 1: ("PROMOTE", GOOD)}, unknown="no challenger"
)


def components() -> tuple[Panel, ...]:
    """Return the components of an ensemble, and what followed from predictions."""
    outside = "(rate(model_guardrail_below_total{%s}[1h]) + rate(model_guardrail_above_total{%s}[1h]))"
    return (
        TimeSeries(
            title="Drift of components",
            description=f"Debiased PSI of the output of each component or stage. {NOT_SENT}",
            look=DRIFT,
            targets=(
                Target(worst("model_intermediate_drift_psi_debiased", "component", IN_WINDOW), "{{component}}"),
                Target(worst("model_action_drift_psi_debiased", "", IN_WINDOW), "actions", dashed=True),
            ),
        ),
        TimeSeries(
            title="Performance of components",
            description=f"ROC AUC of components of a classifier, absolute error of those of a regression. {NOT_SENT}",
            look=EITHER_WAY,
            targets=(
                Target(least("model_component_roc_auc", "component, class", IN_WINDOW), "AUC of {{component}}"),
                Target(worst("model_component_mean_absolute_error", "component", IN_WINDOW), "error of {{component}}"),
            ),
        ),
        TimeSeries(
            title="Actions a second",
            description=f"Samples by the action that was taken. {NOT_SENT}",
            look=COUNT,
            stacked=True,
            targets=(Target(per_second("model_actions_total", "action", ONE_MODEL), "{{action}}"),),
        ),
        TimeSeries(
            title="Not carried out, and outside of guardrails",
            description=f"Share of predictions with another action, and of scores out of band. {NOT_SENT}",
            look=RATIO,
            targets=(
                Target(_ratio("prediction", "rate(model_action_mismatches_total{%s}[1h])", "model_action_checks_total"),
                       "{{prediction}} not carried out"),
                Target(_ratio("guardrail", outside, "model_guardrail_samples_total"), "outside {{guardrail}}"),
            ),
        ),
    )  # fmt: skip


def _ratio(by: str, part: str, whole: str) -> str:
    counted = part.replace("%s", ONE_MODEL)
    return f"sum by ({by}) ({counted}) / sum by ({by}) (rate({whole}{{{ONE_MODEL}}}[1h]))"


def slices() -> tuple[Panel, ...]:
    """Return performance by slice, the worst slices, and fairness."""
    return (
        TimeSeries(
            title="Performance by slice",
            description=f"Accuracy of the slices of a classifier, absolute error of those of a regression. {NOT_SENT}",
            look=EITHER_WAY,
            many=True,
            targets=(
                Target(least("model_slice_accuracy_ratio", "slice, value", IN_WINDOW), "{{slice}} {{value}}"),
                Target(worst("model_slice_mean_absolute_error", "slice, value", IN_WINDOW), "{{slice}} {{value}}"),
            ),
        ),
        TimeSeries(
            title="Worst slices",
            description=f"Mean loss beyond that of the rest, of slices that are certainly worse. {NOT_SENT}",
            look=EITHER_WAY,
            many=True,
            targets=(Target(worst("model_worst_slice_excess", "slice, value", IN_WINDOW), "{{slice}} {{value}}"),),
        ),
        TimeSeries(
            title="Samples by slice",
            description=f"Samples of each slice in the window. {NOT_SENT}",
            look=COUNT,
            many=True,
            targets=(Target(worst("model_slice_samples", "slice, value", IN_WINDOW), "{{slice}} {{value}}"),),
        ),
        TimeSeries(
            title="Fairness",
            description="Favourable predictions of each group over those of the privileged group (four fifths is a "
            f"common limit), and the difference of equalised odds, dashed. {NOT_SENT}",
            look=EITHER_WAY,
            many=True,
            targets=(
                Target(least("model_fairness_impact_ratio", "slice, value", IN_WINDOW), "{{slice}} {{value}}"),
                Target(worst("model_fairness_odds_difference", "slice, value", IN_WINDOW), "odds: {{slice}} {{value}}",
                       dashed=True),
            ),
        ),
    )  # fmt: skip


def challenger() -> tuple[Panel, ...]:
    """Return a challenger against its champion."""
    gain = "model_challenger_gain"
    return (
        Stat(
            title="Verdict on the challenger",
            width=8,
            description="Wrong with the configured probability at most, however often one looks; 1 % by default. "
            f"{NO_CHALLENGER}",
            look=VERDICT_ON_CHALLENGER,
            targets=(Target(worst("model_challenger_verdict", "", ONE_MODEL)),),
        ),
        TimeSeries(
            title="Improvement over the champion",
            width=8,
            description="Of accuracy, or of the absolute error, with its 95 % interval, since the start. "
            f"{NO_CHALLENGER}",
            look=EITHER_WAY,
            targets=(
                Target(worst(gain, "", ONE_MODEL), "improvement", color=BLUE),
                Target(least(f"{gain}_lower", "", ONE_MODEL), "lower limit", color=ORANGE, dashed=True),
                Target(worst(f"{gain}_upper", "", ONE_MODEL), "upper limit", color=ORANGE, dashed=True),
            ),
        ),
        TimeSeries(
            title="Agreement with the champion",
            width=8,
            description="Share of requests with the same prediction of both, and mean difference of scores. "
            f"{NO_CHALLENGER}",
            look=EITHER_WAY,
            targets=(
                Target(least("model_challenger_agreement_ratio", "", IN_WINDOW), "agreement"),
                Target(
                    worst("model_challenger_score_difference", "class", IN_WINDOW), "score of {{class}}", dashed=True
                ),
            ),
        ),
    )
