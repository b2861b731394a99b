"""How good the predictions turned out to be, compared with the reference."""

from ..look import BLUE, COUNT, GREEN, NOTICE, ORANGE, PER_SECOND, PURPLE, RATIO, SECONDS, VERMILLION, Look
from ..panels import Panel, TimeSeries
from ..queries import ONE_MODEL, WINDOW, Target, least, per_second, quantile, total, worst
from ..tables import Matrix

IN_WINDOW = f"{ONE_MODEL},{WINDOW}"
SHARE = Look(unit="percentunit")
NUMBER = Look(decimals=3)


def _against_reference(title: str, name: str, description: str, look: Look, by: str = "") -> TimeSeries:
    legend = f"{{{{{by}}}}}" if by else "window"
    reference = f"reference {{{{{by}}}}}" if by else "reference"
    return TimeSeries(
        title=title,
        description=f"{description} Dashed: on the reference, if it has outcomes.",
        look=look,
        width=8,
        targets=(
            Target(least(f"model_{name}", by, IN_WINDOW), legend),
            Target(least(f"model_reference_{name}", by, ONE_MODEL), reference, color=NOTICE, dashed=True),
        ),
    )


def classification() -> tuple[Panel, ...]:
    """Return the measures of a classifier."""
    return (
        _against_reference("Accuracy over time", "accuracy_ratio", "Share of correct predictions.", SHARE),
        _against_reference("F1 of each class", "f1_ratio", "Harmonic mean of precision and recall.", SHARE, "class"),
        _against_reference(
            "ROC AUC of each class",
            "roc_auc",
            "Probability that a case of the class scores higher than one of another class; 50 % is guessing.",
            SHARE,
            "class",
        ),
        _precision_and_recall(),
        _against_reference("Log loss", "log_loss", "How wrong the scores are; confident mistakes weigh most.", NUMBER),
        _calibration(),
        _confusion(),
    )


def _precision_and_recall() -> TimeSeries:
    return TimeSeries(
        title="Precision and recall by class",
        description="Precision: share of the predictions of the class that were right. "
        "Recall: share of the class that was found.",
        look=SHARE,
        width=8,
        targets=(
            Target(least("model_precision_ratio", "class", IN_WINDOW), "precision {{class}}"),
            Target(least("model_recall_ratio", "class", IN_WINDOW), "recall {{class}}", dashed=True),
        ),
    )


def _calibration() -> TimeSeries:
    return TimeSeries(
        title="Calibration",
        description="Calibration error: mean distance between the scores and the observed frequencies. "
        "Brier score: mean squared distance between scores and outcomes. Both are best at 0.",
        look=NUMBER,
        width=8,
        targets=(
            Target(worst("model_calibration_error", "", IN_WINDOW), "calibration error", color=BLUE),
            Target(worst("model_brier_score", "", IN_WINDOW), "Brier score", color=ORANGE),
        ),
    )


def _confusion() -> Matrix:
    counts = f"sum by (outcome, prediction) (increase(model_confusion_total{{{ONE_MODEL}}}[$__range]))"
    return Matrix(
        title="Confusion",
        description="Outcomes (down) against predictions (across), joined within the dashboard's time range.",
        look=Look(unit="short", decimals=0),
        width=24,
        height=7,
        target=Target(f"round({counts})"),
        row="outcome",
        column="prediction",
    )


def regression() -> tuple[Panel, ...]:
    """Return the measures of a regression."""
    squared = "Like the mean absolute error, but large errors weigh more."
    return (
        _against_reference("Mean absolute error over time", "mean_absolute_error", "Mean size of the error.", NUMBER),
        _against_reference("Root mean squared error", "root_mean_squared_error", squared, NUMBER),
        _one("Variance explained (R²)", "r2", "1 is perfect, 0 is as good as always predicting the mean.", NUMBER),
        _one("Bias", "bias", "Mean of prediction minus outcome: above 0, predictions are too high.", NUMBER),
        _one(
            "Mean absolute percentage error",
            "mean_absolute_percentage_error",
            "Mean error relative to the outcome.",
            SHARE,
        ),
    )


def _one(title: str, name: str, description: str, look: Look) -> TimeSeries:
    return TimeSeries(
        title=title,
        description=description,
        look=look,
        width=8,
        targets=(Target(f"avg(model_{name}{{{IN_WINDOW}}})", "window"),),
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
            Target(per_second("model_outcomes_total", "", ONE_MODEL), "received", color=BLUE),
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
