"""One feature in depth: what has changed in its values, and how sure is that?"""

from .dashboard import FEATURE_UID, Dashboard, LabelVariable, Row
from .look import BAD, BLUE, COUNT, DRIFT, GREEN, NOTICE, ORANGE, P_VALUE, PURPLE, RATIO, SKY, VERDICT, VERMILLION, Look
from .measures import describe, title
from .panels import Heatmap, Panel, Stat, StateTimeline, TimeSeries
from .queries import (
    EVENTS_OF_ONE,
    ONE_FEATURE,
    ONE_MODEL,
    WINDOW,
    Target,
    changes,
    least,
    mean,
    threshold,
    total,
    worst,
    worth_samples,
)
from .shared import RULE_OF_THE_VERDICT, THIS_MODEL, annotations
from .shared import WINDOW as WINDOW_VARIABLE
from .tables import Bars, Label, Table, Value, change_labels

IN_WINDOW = f"{ONE_FEATURE},{WINDOW}"
BUCKET = "bucket, reference_version"


def _verdict() -> tuple[Panel, ...]:
    critical = _drift("psi_critical")
    return (
        Stat(
            title="Verdict",
            description=f"{RULE_OF_THE_VERDICT} It stays drifted until the change is clearly smaller again.",
            look=VERDICT,
            targets=(Target(worst("model_feature_drifted", "", IN_WINDOW)),),
        ),
        Stat(
            title="P-value",
            description="Probability of a change at least this large if nothing had drifted, at the last look at the "
            "window: all tests of the verdict together, not corrected for the number of features.",
            look=P_VALUE,
            targets=(Target(least("model_feature_drift_pvalue", "", IN_WINDOW)),),
        ),
        _number(title("psi_debiased"), describe("psi_debiased"), _drift("psi_debiased")),
        _number(
            "Critical PSI",
            "PSI that noise alone exceeds only as often as one look may be wrong. Natural variation raises it.",
            critical,
        ),
        Stat(
            title="Samples",
            description="Samples in the window, all replicas together.",
            look=COUNT,
            targets=(Target(total("model_window_samples", "", f"{ONE_MODEL},{WINDOW}")),),
        ),
        Stat(
            title="Worth samples",
            description="How many independent samples the window is worth. Rows of the same hour or day resemble each "
            "other, so a window can hold many samples and still prove little: this is why a large PSI can be stable.",
            look=COUNT,
            targets=(Target(worth_samples("", IN_WINDOW)),),
        ),
    )


def _number(title: str, description: str, expr: str) -> Stat:
    return Stat(title=title, description=description, look=DRIFT, targets=(Target(expr),))


def _drift(measure: str) -> str:
    return worst(f"model_feature_drift_{measure}", "", IN_WINDOW)


def _line(measure: str, color: str) -> Target:
    return Target(_drift(measure), title(measure), color=color)


def _what_changed() -> tuple[Panel, ...]:
    return (
        Table(
            title="What changed",
            description="Which values became more or less frequent, in each window in which the feature has drifted: "
            "the share in the reference, and in the window. Empty while the feature has drifted in no window.",
            look=Look(decimals=3, minimum=0, unknown="not drifted"),
            sort_by=title("psi_debiased"),
            height=5,
            labels=change_labels(Label(name="window", title="Window", width=100)),
            values=(
                Value(
                    title=title("psi_debiased"),
                    expr=changes("model_feature_drift_info", "model_feature_drift_psi_debiased", "window", ONE_FEATURE),
                    look=DRIFT,
                    width=140,
                ),
            ),
        ),
    )


def _histograms() -> tuple[Panel, ...]:
    return (
        Bars(
            title="Reference and recent histogram",
            description="Share of the values in each bucket: in the reference, and in samples received within the "
            "chosen window. The buckets are those of the reference, whose shares are smoothed.",
            look=RATIO,
            axis="share of values",
            category="range",
            order_by="bucket",
            targets=(
                Target(_reference_shares(), "Reference", color=SKY),
                Target(_recent_shares(), "Window", color=ORANGE),
            ),
        ),
        Heatmap(
            title="Samples in each bucket over time",
            description="Samples per second in each bucket; lighter is more. Buckets run from the lowest values to the "
            "highest, with missing and other special buckets last, as in the histogram above.",
            look=Look(unit="cps"),
            width=24,
            histogram=False,
            targets=(Target(_arrivals(), "{{bucket}}: {{range}}"),),
        ),
    )


def _reference_shares() -> str:
    return _with_range(f"max by ({BUCKET}) (model_feature_reference_ratio{{{ONE_FEATURE}}})")


def _recent_shares() -> str:
    counts = f"(increase(model_feature_bucket_total{{{ONE_FEATURE}}}[$window]))"
    all_buckets = f"on (reference_version) group_left () sum by (reference_version) {counts}"
    return _with_range(f"(sum by ({BUCKET}) {counts} / {all_buckets})")


def _arrivals() -> str:
    rates = f"rate(model_feature_bucket_total{{{ONE_FEATURE}}}[$__rate_interval])"
    return _with_range(f"sum by ({BUCKET}) ({rates})")


def _with_range(shares: str) -> str:
    """Return shares labelled with what their bucket stands for: a category, or "1 to 2", "below 1", "2 and above"."""
    info = f"max by ({BUCKET}, lower, upper, category) (model_feature_bucket_info{{{ONE_FEATURE}}})"
    expr = f"{shares} * on ({BUCKET}) group_left (lower, upper, category) {info}"
    expr = f'label_join({expr}, "range", " to ", "lower", "upper")'
    expr = f'label_replace({expr}, "range", "below $1", "range", "-Inf to (.+)")'
    expr = f'label_replace({expr}, "range", "$1 and above", "range", "(.+) to [+]?Inf")'
    return f'sum by (bucket, range) (label_replace({expr}, "range", "$1", "category", "(.+)"))'


def _distances() -> tuple[Panel, ...]:
    return (
        StateTimeline(
            title="Verdict over time",
            description="Since when the feature is drifted, in each window.",
            look=VERDICT,
            width=24,
            height=5,
            targets=(Target(worst("model_feature_drifted", "window", ONE_FEATURE), "{{window}}"),),
        ),
        TimeSeries(
            title="PSI over time",
            description="PSI as measured and debiased. Above the threshold a change of the histogram matters; above "
            "the critical value it is more than chance. The verdict also tests location, scale and single shares.",
            look=DRIFT,
            targets=(
                _line("psi_debiased", BLUE),
                _line("psi", PURPLE),
                Target(_drift("psi_critical"), "critical", color=NOTICE, dashed=True),
                Target(threshold(ONE_MODEL), "threshold", color=BAD, dashed=True),
            ),
        ),
        TimeSeries(
            title="Other distances",
            description="Between 0, the same as the reference, and 1, nothing in common. The KS statistic needs an "
            "order and exists for numbers only.",
            look=DRIFT,
            targets=(
                _line("js_distance", SKY),
                _line("hellinger_distance", ORANGE),
                _line("total_variation", GREEN),
                _line("ks_statistic", PURPLE),
            ),
        ),
        TimeSeries(
            title=title("wasserstein_normalized"),
            description=f"{describe('wasserstein_normalized')} Numbers only.",
            look=DRIFT,
            targets=(_line("wasserstein_normalized", BLUE),),
        ),
        TimeSeries(
            title="P-values",
            description="Probability of a difference at least this large without drift. With many samples even small "
            "differences have small p-values, so the verdict never rests on them alone.",
            look=P_VALUE,
            calculations=("last", "min"),
            targets=(
                Target(least("model_feature_drift_pvalue", "", IN_WINDOW), "verdict, at its last look", color=BLUE),
                _line("chi2_pvalue", ORANGE),
                _line("ks_pvalue", PURPLE),
            ),
        ),
    )


def _values() -> tuple[Panel, ...]:
    return (
        _moment("Mean", "mean", "Mean of the values in each window. Dashed: of the reference. Numbers only."),
        _moment(
            "Standard deviation",
            "stddev",
            "Spread of the values in each window. Dashed: of the reference. Numbers only.",
        ),
        TimeSeries(
            title="Data quality",
            description="Share of samples whose value is missing, unseen in the reference, out of its range, or "
            "invalid. Dashed: missing values in the reference.",
            look=RATIO,
            width=24,
            targets=(
                _share("missing_ratio", BLUE),
                _share("unseen_ratio", ORANGE),
                _share("out_of_range_ratio", GREEN),
                _share("invalid_ratio", VERMILLION),
                Target(
                    worst("model_feature_reference_missing_ratio", "", ONE_FEATURE),
                    f"{title('missing_ratio')}, reference",
                    color=NOTICE,
                    dashed=True,
                ),
            ),
        ),
    )


def _moment(title: str, name: str, description: str) -> TimeSeries:
    return TimeSeries(
        title=title,
        description=description,
        look=Look(decimals=3),
        targets=(
            Target(mean(f"model_feature_{name}", "window", ONE_FEATURE), "{{window}}"),
            Target(mean(f"model_feature_reference_{name}", "", ONE_FEATURE), "reference", color=NOTICE, dashed=True),
        ),
    )


def _share(measure: str, color: str) -> Target:
    return Target(worst(f"model_feature_{measure}", "", IN_WINDOW), title(measure), color=color)


def build() -> Dashboard:
    """Return the dashboard of one feature."""
    feature = 'model_feature_drifted{model="$model",version="$version",variant="$variant"}'
    return Dashboard(
        uid=FEATURE_UID,
        title="Feature in depth",
        description="What has changed in the values of this feature, and how sure is that? Histograms, every drift "
        "measure, moments and data quality.",
        variables=(*THIS_MODEL, LabelVariable("feature", "Feature", "feature", feature), WINDOW_VARIABLE),
        annotations=annotations('model="$model",feature=~"$feature|"', EVENTS_OF_ONE),
        rows=(
            Row("Has it drifted, and what moved?", (*_verdict(), *_what_changed(), *_histograms())),
            Row("Drift over time", _distances(), folded=True),
            Row("Values and data quality", _values(), folded=True),
        ),
    )
