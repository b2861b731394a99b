"""Whether the input is fit for the model at all."""

from ..look import PER_SECOND, RATIO, SECONDS_EITHER_WAY, Look
from ..measures import describe, title
from ..panels import Panel, TimeSeries
from ..queries import ONE_MODEL, WINDOW, Target, per_second, top_features, worst
from ..tables import Label, Table, Value
from .drift import link_to_feature

IN_WINDOW = f"{ONE_MODEL},{WINDOW}"

SHOWN = ("missing_ratio", "unseen_ratio", "out_of_range_ratio", "invalid_ratio")


def panels() -> tuple[Panel, ...]:
    """Return one panel for each way in which a value, a prediction or a time can be bad."""
    return (
        _problems(),
        *(_of_features(measure) for measure in SHOWN),
        _missing_predictions(),
        _late_samples(),
        _lags(),
        _copies(),
    )


def _problems() -> Table:
    return Table(
        title="Feature problems",
        description="Each problem that chance does not explain, with its reason: absent, renamed, missing, type, "
        "invalid, format, range, unseen, rule, frozen, unit or skew. The exporter's page and /api/v1/models/…/schema "
        "explain each in a sentence. Empty while no problem is found.",
        look=Look(unit="locale", decimals=0, unknown="no problem found"),
        sort_by="Feature",
        descending=False,
        labels=(Label(name="feature", title="Feature", link=link_to_feature()), Label(name="reason", title="Problem")),
        values=(
            Value(
                title="Replicas",
                expr=f"count by (feature, reason) (model_feature_schema_problem{{{IN_WINDOW}}})",
                width=120,
            ),
        ),
    )


def _lags() -> TimeSeries:
    return TimeSeries(
        title="From event to arrival",
        description="Quantiles of the time from the event to its arrival; below 0 the sender's clock is ahead.",
        look=SECONDS_EITHER_WAY,
        targets=(Target(worst("model_event_time_lag_seconds", "quantile", IN_WINDOW), "quantile {{quantile}}"),),
    )


def _copies() -> TimeSeries:
    return TimeSeries(
        title="Repeated samples",
        description="Share of samples that repeat an earlier id, and share that repeat all features of an earlier one.",
        look=RATIO,
        targets=(
            Target(worst("model_duplicate_id_ratio", "", IN_WINDOW), "by id"),
            Target(worst("model_duplicate_sample_ratio", "", IN_WINDOW), "by features"),
            Target(worst("model_duplicate_sample_expected_ratio", "", ONE_MODEL), "by features, expected"),
        ),
    )


def _of_features(measure: str) -> TimeSeries:
    return TimeSeries(
        title=title(measure),
        description=f"{describe(measure)} The ten features with the largest share within the time range.",
        look=RATIO,
        many=True,
        targets=(Target(top_features(f"model_feature_{measure}"), "{{feature}}"),),
    )


def _missing_predictions() -> TimeSeries:
    return TimeSeries(
        title="Missing predictions",
        description="Share of samples without a prediction, in each window.",
        look=RATIO,
        targets=(Target(worst("model_prediction_missing_ratio", "window", ONE_MODEL), "{{window}}"),),
    )


def _late_samples() -> TimeSeries:
    return TimeSeries(
        title="Late samples",
        description="Rate of samples that came too late for the shortest window. They count in every window that "
        "still reaches back to their time.",
        look=PER_SECOND,
        targets=(Target(per_second("model_late_samples_total", "", ONE_MODEL), "late"),),
    )
