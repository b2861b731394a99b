"""How far features, predictions and scores are from the reference."""

from ..dashboard import FEATURE_UID, link
from ..look import BAD, BLUE, COUNT, DRIFT, NOTICE, P_VALUE, PURPLE, VERDICT, Json, Look
from ..panels import Panel, StateTimeline, TimeSeries
from ..queries import ONE_MODEL, WINDOW, Target, least, per_second, threshold, told, top_features, worst
from ..shared import RULE_OF_THE_VERDICT
from ..tables import Label, Table, Value, told_labels

SECONDS_OF_30_DAYS = 30 * 86400
IN_WINDOW = f"{ONE_MODEL},{WINDOW}"
THRESHOLD = Target(threshold(ONE_MODEL), "threshold", color=BAD, dashed=True)


def link_to_feature() -> Json:
    """Return the link from a row of a table to the feature in its first column."""
    kept = ("${model:queryparam}", "${version:queryparam}", "${variant:queryparam}")
    feature = "var-feature=${__data.fields.Feature:percentencode}"
    return link("Look at ${__data.fields.Feature} in depth", FEATURE_UID, *kept, feature)


def features() -> tuple[Panel, ...]:
    """Return the verdict on each feature, then how it came about."""
    return (
        _what_changed(), _each_feature(), _verdicts(), _psi_over_time(), _count_over_time(), _budget(), _looks()
    )  # fmt: skip


def _what_changed() -> Table:
    return Table(
        title="What changed",
        description="Which values of each drifted feature became more or less frequent: the share in the reference, "
        "and the share in the window when it was last told. Empty while nothing has drifted. Select a feature to see "
        "its histograms.",
        look=DRIFT,
        sort_by="PSI, debiased",
        labels=told_labels(Label(name="feature", title="Feature", link=link_to_feature())),
        values=(
            Value(
                title="PSI, debiased",
                expr=told("model_feature_drift_info", "model_feature_drift_psi_debiased", "feature", IN_WINDOW),
                look=DRIFT,
                width=140,
            ),
        ),
    )


def _each_feature() -> Table:
    return Table(
        title="Drift of each feature",
        description=f"{RULE_OF_THE_VERDICT} Select a feature to see its histograms.",
        look=DRIFT,
        height=11,
        sort_by="PSI, debiased",
        labels=(Label(name="feature", title="Feature", link=link_to_feature()),),
        values=(
            Value(title="Verdict", expr=_of_feature("model_feature_drifted"), look=VERDICT),
            Value(title="P-value", expr=least("model_feature_drift_pvalue", "feature", IN_WINDOW), look=P_VALUE),
            Value(title="PSI, debiased", expr=_of_feature("model_feature_drift_psi_debiased"), look=DRIFT),
            Value(title="PSI", expr=_of_feature("model_feature_drift_psi"), look=DRIFT),
            Value(title="Critical PSI", expr=_of_feature("model_feature_drift_psi_critical"), look=DRIFT),
            Value(title="KS statistic", expr=_of_feature("model_feature_drift_ks_statistic"), look=_numeric_only()),
            Value(
                title="Wasserstein",
                expr=_of_feature("model_feature_drift_wasserstein_normalized"),
                look=_numeric_only(),
            ),
            Value(title="JS distance", expr=_of_feature("model_feature_drift_js_distance"), look=DRIFT),
        ),
    )


def _of_feature(metric: str) -> str:
    return worst(metric, "feature", IN_WINDOW)


def _numeric_only() -> Look:
    return Look(decimals=3, minimum=0, unknown="unknown or categorical")


def _verdicts() -> StateTimeline:
    return StateTimeline(
        title="Verdicts over time",
        description="Since when features are drifted: those that drifted within the time range come first.",
        look=VERDICT,
        height=10,
        targets=(Target(top_features("model_feature_drifted"), "{{feature}}"),),
    )


def _psi_over_time() -> TimeSeries:
    return TimeSeries(
        title="Debiased PSI of the most drifted features",
        description="The features with the highest debiased PSI within the time range. Dashed: the configured "
        "threshold. A gap means too few samples.",
        look=DRIFT,
        height=10,
        targets=(Target(top_features("model_feature_drift_psi_debiased"), "{{feature}}"), THRESHOLD),
    )


def _count_over_time() -> TimeSeries:
    return TimeSeries(
        title="Number of drifted features",
        description="Drifted features in each window; long windows see slow drift, short ones sudden drift.",
        look=COUNT,
        width=24,
        height=6,
        targets=(Target(worst("model_drifted_features", "window", ONE_MODEL), "{{window}}"),),
    )


def _budget() -> TimeSeries:
    spent = f"rate(model_drift_false_alarm_budget_spent_total{{{ONE_MODEL}}}[$__rate_interval])"
    return TimeSeries(
        title="False-alarm budget",
        description="False alarms to be expected of the looks at this model's windows, at most, as a rate of 30 days, "
        "and how many are allowed. Each look at a window is paid from this budget: the verdicts are as strict as it "
        "asks, however many features there are.",
        look=Look(decimals=3, minimum=0, unknown="learning the reference"),
        targets=(
            Target(f"{SECONDS_OF_30_DAYS} * max by () ({spent})", "spent, per 30 days", color=BLUE),
            Target(worst("model_drift_false_alarm_budget", "", ONE_MODEL), "budget", color=NOTICE, dashed=True),
        ),
    )


def _looks() -> TimeSeries:
    return TimeSeries(
        title="Looks at the windows",
        description="How often each window is judged, per hour. Between two looks the verdict stays as it is, however "
        "often it is scraped.",
        look=Look(decimals=1, minimum=0, unknown="learning the reference"),
        targets=(Target(f"3600 * {per_second('model_drift_looks_total', 'window', ONE_MODEL)}", "{{window}}"),),
    )


def outputs() -> tuple[Panel, ...]:
    """Return how the model's answers have changed."""
    return (
        TimeSeries(
            title="Drift of the prediction",
            description="PSI of the predictions. Above the threshold a change of the histogram matters; above the "
            "critical value it is more than chance. Other tests of the verdict see single shares.",
            look=DRIFT,
            targets=(
                Target(worst("model_prediction_drift_psi_debiased", "", IN_WINDOW), "PSI, debiased"),
                Target(worst("model_prediction_drift_psi", "", IN_WINDOW), "PSI", color=PURPLE),
                Target(worst("model_prediction_drift_psi_critical", "", IN_WINDOW), "critical", NOTICE, True),
                THRESHOLD,
            ),
        ),
        TimeSeries(
            title="Drift of the scores",
            description="Debiased PSI of the score of each class.",
            look=DRIFT,
            targets=(
                Target(worst("model_score_drift_psi_debiased", "class", IN_WINDOW), "{{class}}"),
                THRESHOLD,
            ),
        ),
        StateTimeline(
            title="Verdict on prediction and scores",
            description="Since when the model's answers are drifted.",
            look=VERDICT,
            width=24,
            height=6,
            targets=(
                Target(worst("model_prediction_drifted", "", IN_WINDOW), "prediction"),
                Target(worst("model_score_drifted", "class", IN_WINDOW), "score of {{class}}"),
            ),
        ),
        _what_changed_in_outputs(),
    )


def _what_changed_in_outputs() -> Table:
    prediction = told("model_prediction_drift_info", "model_prediction_drift_psi_debiased", "", IN_WINDOW)
    score = told("model_score_drift_info", "model_score_drift_psi_debiased", "class", IN_WINDOW)
    return Table(
        title="What changed in the answers",
        description="Which answers, or ranges of a score, became more or less frequent. Empty while none has drifted.",
        look=DRIFT,
        sort_by="PSI, debiased",
        height=6,
        labels=told_labels(Label(name="output", title="Output")),
        values=(
            Value(
                title="PSI, debiased",
                expr=f'label_replace({prediction}, "output", "prediction", "", "")'
                f' or label_replace({score}, "output", "score of $1", "class", "(.+)")',
                look=DRIFT,
                width=140,
            ),
        ),
        hidden=("class",),
    )
