"""How far features, predictions and scores are from the reference."""

from ..dashboard import FEATURE_UID, link
from ..look import BAD, BLUE, COUNT, DRIFT, GOOD, NOTICE, P_VALUE, PURPLE, VERDICT, Json, Look
from ..measures import title
from ..panels import Panel, StateTimeline, TimeSeries
from ..queries import (
    ONE_MODEL,
    WINDOW,
    Target,
    changes,
    least,
    per_second,
    threshold,
    top_features,
    worst,
    worth_samples,
)
from ..shared import RULE_OF_THE_VERDICT
from ..tables import Label, Table, Value, change_labels

SECONDS_OF_30_DAYS = 30 * 86400
NUMERIC_ONLY = Look(decimals=3, minimum=0, unknown="–")
IN_WINDOW = f"{ONE_MODEL},{WINDOW}"
THRESHOLD = Target(threshold(ONE_MODEL), "threshold", color=BAD, dashed=True)


def link_to_feature() -> Json:
    """Return the link from a row of a table to the feature in its first column."""
    kept = ("${model:queryparam}", "${version:queryparam}", "${variant:queryparam}")
    feature = "var-feature=${__data.fields.Feature:percentencode}"
    return link("Look at ${__data.fields.Feature} in depth", FEATURE_UID, *kept, feature)


def features() -> tuple[Panel, ...]:
    """Return the verdict on each feature, then how it came about."""
    return (_each_feature(), _verdicts(), _psi_over_time(), _count_over_time(), _budget(), _looks())


def what_changed() -> Table:
    """Return which values of each drifted feature became more or less frequent."""
    return Table(
        title="What changed",
        description="Which values of each drifted feature became more or less frequent: the share in the reference, "
        "and the share in the window. Empty while no feature has drifted. Select a feature to see its histograms.",
        look=Look(decimals=3, minimum=0, unknown="no feature has drifted"),
        height=6,
        sort_by=title("psi_debiased"),
        labels=change_labels(Label(name="feature", title="Feature", link=link_to_feature())),
        values=(
            Value(
                title=title("psi_debiased"),
                expr=changes("model_feature_drift_info", "model_feature_drift_psi_debiased", "feature", IN_WINDOW),
                look=DRIFT,
                width=140,
            ),
        ),
    )


def all_features() -> StateTimeline:
    """Return a heat map of all features over time."""
    return StateTimeline(
        title="Drift of all features",
        description="Debiased PSI in the chosen window as a multiple of the threshold, for the 40 features that moved "
        "most: blue below the threshold, orange above it, red from five times the threshold. The verdict also tests "
        "location, scale and single shares. A gap means unknown.",
        look=Look(decimals=1, steps=((None, GOOD), (1, NOTICE), (5, BAD))),
        width=24,
        height=9,
        targets=(Target(f"({_most_drifted()}) / on () group_left () {threshold(ONE_MODEL)}", "{{feature}}"),),
    )


def _most_drifted() -> str:
    return top_features("model_feature_drift_psi_debiased", lines=40)


def _each_feature() -> Table:
    return Table(
        title="Drift of each feature",
        description=f"{RULE_OF_THE_VERDICT} Worth samples: how many independent samples the window is worth, given "
        "how alike rows of the same hour or day are. If that is small, the critical PSI is large, and even a large PSI "
        "proves nothing. Select a feature to see its histograms.",
        look=DRIFT,
        height=11,
        sort_by="Verdict",
        labels=(Label(name="feature", title="Feature", link=link_to_feature()),),
        values=(
            Value(title="Verdict", expr=_of_feature("model_feature_drifted"), look=VERDICT),
            Value(title="P-value", expr=least("model_feature_drift_pvalue", "feature", IN_WINDOW), look=P_VALUE),
            _measure("psi_debiased"),
            _measure("psi"),
            Value(title="Critical PSI", expr=_of_feature("model_feature_drift_psi_critical"), look=DRIFT),
            Value(title="Worth samples", expr=worth_samples("feature", IN_WINDOW), look=COUNT),
            _measure("ks_statistic", NUMERIC_ONLY),
            _measure("wasserstein_normalized", NUMERIC_ONLY),
            _measure("js_distance"),
        ),
    )


def _of_feature(metric: str) -> str:
    return worst(metric, "feature", IN_WINDOW)


def _measure(key: str, look: Look = DRIFT) -> Value:
    return Value(title=title(key), expr=_of_feature(f"model_feature_drift_{key}"), look=look)


def _verdicts() -> StateTimeline:
    return StateTimeline(
        title="Verdicts over time",
        description="Since when features have drifted: those that drifted within the time range come first.",
        look=VERDICT,
        height=10,
        targets=(Target(top_features("model_feature_drifted"), "{{feature}}"),),
    )


def _psi_over_time() -> TimeSeries:
    return TimeSeries(
        title=f"{title('psi_debiased')}, most drifted features",
        description="The features with the highest debiased PSI within the time range. Dashed: the configured "
        "threshold. A gap means unknown.",
        look=DRIFT,
        many=True,
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
        description="Upper bound on the expected number of false alarms in 30 days, at the present rate of looks, and "
        "the configured budget. Each look at a window is paid from this budget; the more features and looks, the "
        "stricter each test.",
        look=Look(decimals=2, minimum=0),
        targets=(
            Target(f"{SECONDS_OF_30_DAYS} * max by () ({spent})", "spent, per 30 days", color=BLUE),
            Target(worst("model_drift_false_alarm_budget", "", ONE_MODEL), "budget", color=NOTICE, dashed=True),
        ),
    )


def _looks() -> TimeSeries:
    return TimeSeries(
        title="Looks at the windows",
        description="How often each window is judged, per hour. Between two looks the verdict stands, however often "
        "it is scraped.",
        look=Look(decimals=1, minimum=0),
        targets=(Target(f"3600 * {per_second('model_drift_looks_total', 'window', ONE_MODEL)}", "{{window}}"),),
    )


def outputs() -> tuple[Panel, ...]:
    """Return how the model's answers have changed."""
    return (
        TimeSeries(
            title="Drift of the prediction",
            description="PSI of the predictions. Above the threshold a change of the histogram matters; above the "
            "critical value it is more than chance. The verdict also tests single shares.",
            look=DRIFT,
            targets=(
                Target(worst("model_prediction_drift_psi_debiased", "", IN_WINDOW), title("psi_debiased")),
                Target(worst("model_prediction_drift_psi", "", IN_WINDOW), title("psi"), color=PURPLE),
                Target(worst("model_prediction_drift_psi_critical", "", IN_WINDOW), "critical", NOTICE, True),
                THRESHOLD,
            ),
        ),
        TimeSeries(
            title="Drift of the scores",
            description="Debiased PSI of the score of each class. Empty unless samples carry scores.",
            look=DRIFT,
            targets=(
                Target(worst("model_score_drift_psi_debiased", "class", IN_WINDOW), "{{class}}"),
                THRESHOLD,
            ),
        ),
        StateTimeline(
            title="Verdict on prediction and scores",
            description="Since when predictions and scores have drifted.",
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
    prediction = changes("model_prediction_drift_info", "model_prediction_drift_psi_debiased", "", IN_WINDOW)
    score = changes("model_score_drift_info", "model_score_drift_psi_debiased", "class", IN_WINDOW)
    return Table(
        title="What changed in the predictions",
        description="Which predictions, or ranges of a score, became more or less frequent. Empty while neither "
        "predictions nor scores have drifted.",
        look=Look(decimals=3, minimum=0, unknown="neither predictions nor scores have drifted"),
        sort_by=title("psi_debiased"),
        height=6,
        labels=change_labels(Label(name="output", title="Output")),
        values=(
            Value(
                title=title("psi_debiased"),
                expr=f'label_replace({prediction}, "output", "prediction", "", "")'
                f' or label_replace({score}, "output", "score of $1", "class", "(.+)")',
                look=DRIFT,
                width=140,
            ),
        ),
        hidden=("class",),
    )
