"""How far features, predictions and scores are from the reference."""

from ..dashboard import FEATURE_UID, link
from ..look import BAD, COUNT, DRIFT, NOTICE, PURPLE, VERDICT, Json, Look
from ..panels import Panel, StateTimeline, TimeSeries
from ..queries import ONE_MODEL, WINDOW, Target, threshold, told, top_features, worst
from ..tables import Label, Table, Value, told_labels

IN_WINDOW = f"{ONE_MODEL},{WINDOW}"
THRESHOLD = Target(threshold(ONE_MODEL), "threshold", color=BAD, dashed=True)


def _link_to_feature() -> Json:
    kept = ("${model:queryparam}", "${version:queryparam}", "${variant:queryparam}")
    feature = "var-feature=${__data.fields.Feature:percentencode}"
    return link("Look at ${__data.fields.Feature} in depth", FEATURE_UID, *kept, feature)


def features() -> tuple[Panel, ...]:
    """Return the verdict on each feature, then how it came about."""
    return (_what_changed(), _each_feature(), _verdicts(), _psi_over_time(), _count_over_time())


def _what_changed() -> Table:
    return Table(
        title="What changed",
        description="Which values of each drifted feature became more or less frequent: the share in the reference, "
        "and the share in the window when it was last told. Empty while nothing has drifted. Select a feature to see "
        "its histograms.",
        look=DRIFT,
        sort_by="PSI, debiased",
        labels=told_labels(Label(name="feature", title="Feature", link=_link_to_feature())),
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
        description="A feature has drifted when its debiased PSI reaches the threshold and its PSI is above the "
        "critical value, which sampling noise alone exceeds less than once in a thousand windows. "
        "Select a feature to see its histograms.",
        look=DRIFT,
        height=11,
        sort_by="PSI, debiased",
        labels=(Label(name="feature", title="Feature", link=_link_to_feature()),),
        values=(
            Value(title="Verdict", expr=_of_feature("model_feature_drifted"), look=VERDICT),
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


def outputs() -> tuple[Panel, ...]:
    """Return how the model's answers have changed."""
    return (
        TimeSeries(
            title="Drift of the prediction",
            description="PSI of the predictions. Drifted when the debiased PSI reaches the threshold and the PSI is "
            "above the critical value.",
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
