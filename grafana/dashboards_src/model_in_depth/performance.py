"""How good the predictions turned out to be, compared with the reference."""

from ..look import BLUE, COUNT, GREEN, NOTICE, ORANGE, PER_SECOND, PURPLE, RATIO, SECONDS, VERMILLION, Look
from ..measures import describe, title
from ..panels import Panel, TimeSeries
from ..queries import ONE_MODEL, WINDOW, Target, least, mean, per_second, quantile, total, worst
from ..tables import Matrix

IN_WINDOW = f"{ONE_MODEL},{WINDOW}"
SHARE = Look(unit="percentunit")
NUMBER = Look(decimals=3)
OF_CLASSES = "Classifiers only; empty until outcomes have come."
OF_SCORES = "Classifiers with scores only; empty until outcomes have come."
OF_NUMBERS = "Regressors only; empty until outcomes have come."


def _against_reference(measure: str, look: Look, empty: str, by: str = "", hint: str = "") -> TimeSeries:
    legend = f"{{{{{by}}}}}" if by else "window"
    reference = f"reference {{{{{by}}}}}" if by else "reference"
    return TimeSeries(
        title=f"{title(measure)} of each {by}" if by else f"{title(measure)} over time",
        description=f"{describe(measure)} {hint}Dashed: on the reference, if it has outcomes. {empty}",
        look=look,
        width=8,
        targets=(
            Target(least(f"model_{measure}", by, IN_WINDOW), legend),
            *_limits(measure, by),
            Target(least(f"model_reference_{measure}", by, ONE_MODEL), reference, color=NOTICE, dashed=True),
        ),
    )


def _limits(measure: str, by: str) -> tuple[Target, ...]:
    """Return the limits of the 95 % interval; lines by class would be too many."""
    if by or measure == "root_mean_squared_error":
        return ()
    return tuple(
        Target(f"{of} by () (model_{measure}_{limit}{{{IN_WINDOW}}})", f"{limit} limit (95 %)", color=BLUE, dashed=True)
        for of, limit in (("min", "lower"), ("max", "upper"))
    )


def classification() -> tuple[Panel, ...]:
    """Return the measures of a classifier."""
    return (
        _against_reference("accuracy_ratio", SHARE, OF_CLASSES),
        _against_reference("f1_ratio", SHARE, OF_CLASSES, "class"),
        _against_reference("roc_auc", SHARE, OF_SCORES, "class", "50 % is guessing. "),
        _precision_and_recall(),
        _against_reference("log_loss", NUMBER, OF_SCORES, hint="Confident mistakes weigh most. "),
        _calibration(),
        _confusion(),
    )


def _precision_and_recall() -> TimeSeries:
    return TimeSeries(
        title="Precision and recall by class",
        description=f"{_each('precision_ratio', 'recall_ratio')} {OF_CLASSES}",
        look=SHARE,
        width=8,
        targets=(
            Target(least("model_precision_ratio", "class", IN_WINDOW), f"{title('precision_ratio')} {{{{class}}}}"),
            Target(
                least("model_recall_ratio", "class", IN_WINDOW), f"{title('recall_ratio')} {{{{class}}}}", dashed=True
            ),
        ),
    )


def _calibration() -> TimeSeries:
    return TimeSeries(
        title="Calibration",
        description=f"{_each('calibration_error', 'brier_score')} Both are best at 0. {OF_SCORES}",
        look=NUMBER,
        width=8,
        targets=(
            Target(worst("model_calibration_error", "", IN_WINDOW), title("calibration_error"), color=BLUE),
            Target(worst("model_brier_score", "", IN_WINDOW), title("brier_score"), color=ORANGE),
        ),
    )


def _confusion() -> Matrix:
    counts = f"sum by (outcome, prediction) (increase(model_confusion_total{{{ONE_MODEL}}}[$__range]))"
    return Matrix(
        title="Confusion",
        description="Outcomes (down) against predictions (across), joined within the dashboard's time range. "
        f"{OF_CLASSES}",
        look=Look(unit="short", decimals=0),
        width=24,
        height=7,
        target=Target(f"round({counts})"),
        row="outcome",
        column="prediction",
    )


def regression() -> tuple[Panel, ...]:
    """Return the measures of a regression."""
    return (
        _against_reference("mean_absolute_error", NUMBER, OF_NUMBERS),
        _against_reference("root_mean_squared_error", NUMBER, OF_NUMBERS, hint="Large errors weigh more. "),
        _one("r2", NUMBER, " 1 is perfect, 0 is as good as always predicting the mean."),
        _one("bias", NUMBER, " Above 0, predictions are too high."),
        _one("mean_absolute_percentage_error", SHARE),
    )


def _each(*measures: str) -> str:
    return " ".join(f"{title(measure)}: {describe(measure)}" for measure in measures)


def _one(measure: str, look: Look, hint: str = "") -> TimeSeries:
    return TimeSeries(
        title=title(measure),
        description=f"{describe(measure)}{hint} {OF_NUMBERS}",
        look=look,
        width=8,
        targets=(Target(mean(f"model_{measure}", "", IN_WINDOW), "window"),),
    )


def outcomes() -> tuple[Panel, ...]:
    """Return how much ground truth has arrived, and how late."""
    return (
        TimeSeries(
            title="Outcome coverage",
            description="Share of the predictions with an id whose outcome has arrived.",
            look=RATIO,
            width=8,
            targets=(Target(least("model_outcome_coverage_ratio", "", ONE_MODEL), "coverage"),),
        ),
        TimeSeries(
            title="Delay of outcomes",
            description="Time from a prediction to its outcome.",
            look=SECONDS,
            width=8,
            targets=(
                Target(quantile(0.5, "model_outcome_delay_seconds", "", ONE_MODEL), "median", color=BLUE),
                Target(quantile(0.95, "model_outcome_delay_seconds", "", ONE_MODEL), "95th percentile", color=ORANGE),
            ),
        ),
        TimeSeries(
            title="Outcomes in the window",
            description="Outcomes on which the performance of each window rests.",
            look=COUNT,
            width=8,
            targets=(Target(total("model_window_outcomes", "window", ONE_MODEL), "{{window}}"),),
        ),
        _accounting(),
        _waiting(),
    )


def _accounting() -> TimeSeries:
    return TimeSeries(
        title="Outcomes accounted for",
        description="Rates of outcomes joined to their prediction, of duplicates and corrections, and of predictions "
        "that expired before their outcome came.",
        look=PER_SECOND,
        targets=(
            Target(per_second("model_outcomes_total", "", ONE_MODEL), "joined", color=BLUE),
            Target(per_second("model_outcome_duplicates_total", "", ONE_MODEL), "duplicate", color=PURPLE),
            Target(per_second("model_outcome_corrections_total", "", ONE_MODEL), "correction", color=GREEN),
            Target(per_second("model_predictions_expired_total", "", ONE_MODEL), "expired", color=VERMILLION),
        ),
    )


def _waiting() -> TimeSeries:
    return TimeSeries(
        title="Predictions without outcome",
        description="Predictions kept until their outcome arrives; beyond the configured number the oldest expire.",
        look=COUNT,
        targets=(Target(total("model_predictions_pending", "", ONE_MODEL), "predictions"),),
    )
