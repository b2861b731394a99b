"""How good the predictions will turn out to be, before outcomes come; and whether that was right once they came."""

from inference_exporter.explain.estimates import MUCH_BEYOND

from ..look import BAD, BLUE, GOOD, NOTICE, ORANGE, PURPLE, RATIO, VERMILLION, Look
from ..measures import title
from ..panels import Panel, StateTimeline, TimeSeries
from ..queries import ONE_MODEL, WINDOW, Target, least, worst

IN_WINDOW = f"{ONE_MODEL},{WINDOW}"
SHARE = Look(unit="percentunit")
NUMBER = Look(decimals=3)
HOLDS = Look(words={0: ("STOPPED HOLDING", BAD), 1: ("holds", GOOD)})
DOUBT = Look(words={0: ("no", GOOD), 1: ("doubt", NOTICE)})
EXPECTED_ERRORS = "if errors are as large, given prediction and features, as in the reference"
OF_CLASSES = "Classifiers only; no estimate unless the reference has 200 outcomes and scores."
OF_NUMBERS = "Regressors only; no estimate unless the reference has 200 outcomes."
OF_EITHER = "No estimate unless the reference has 200 outcomes and, for a classifier, scores."
FEW_OUTCOMES = "Unknown while fewer outcomes than the minimum have come in the window."


def panels() -> tuple[Panel, ...]:
    """Return estimates with their limits, the comparison with outcomes, and reasons for doubt."""
    return (
        _estimated("accuracy_ratio", SHARE, "if each score is right as often as in the reference", OF_CLASSES),
        _estimated("mean_absolute_error", NUMBER, EXPECTED_ERRORS, OF_NUMBERS),
        _estimated("root_mean_squared_error", NUMBER, EXPECTED_ERRORS, OF_NUMBERS),
        _holds(),
        _accuracy_gap(),
        _error_gap(),
        _doubts(),
        _beyond(),
        _concept_drift(),
    )


def _estimated(measure: str, look: Look, condition: str, empty: str) -> TimeSeries:
    name, estimated = title(measure), f"model_estimated_{measure}"
    least_good = least if measure == "accuracy_ratio" else worst
    return TimeSeries(
        title=f"Estimated {name[0].lower()}{name[1:]}",
        description=f"{name} of the window's predictions, estimated without outcomes: what it will be {condition}. "
        "Dashed: limits between which it will be in 95 % of windows without concept drift, and the reference's. "
        f"Realised: that of the outcomes that came in the window, often of older predictions. {empty}",
        look=look,
        width=8,
        targets=(
            Target(least_good(estimated, "", IN_WINDOW), "estimated", color=PURPLE),
            Target(least(f"{estimated}_lower", "", IN_WINDOW), "lower limit (95 %)", color=PURPLE, dashed=True),
            Target(worst(f"{estimated}_upper", "", IN_WINDOW), "upper limit (95 %)", color=PURPLE, dashed=True),
            Target(least_good(f"model_{measure}", "", IN_WINDOW), "realised", color=BLUE),
            Target(least(f"model_reference_{measure}", "", ONE_MODEL), "reference", color=NOTICE, dashed=True),
        ),
    )


def _holds() -> StateTimeline:
    return StateTimeline(
        title="Does the estimate hold?",
        description="Compares estimate and outcomes of the same predictions, in each window. The estimate has stopped "
        "holding when they differ by more than chance and the reference's uncertainty explain (3.3 standard "
        f"deviations), as after concept drift. {FEW_OUTCOMES} {OF_EITHER}",
        look=HOLDS,
        width=8,
        targets=(Target(least("model_estimate_holds", "window", ONE_MODEL), "{{window}}"),),
    )


def _accuracy_gap() -> TimeSeries:
    return TimeSeries(
        title="Realised minus estimated accuracy",
        description="Of the predictions whose outcome came in the window: both for the same predictions. Below 0, "
        f"accuracy is worse than estimated. A gap in the line: too few outcomes. {OF_CLASSES}",
        look=SHARE,
        width=8,
        targets=(Target(least("model_estimate_gap_ratio", "window", ONE_MODEL), "{{window}}"),),
    )


def _error_gap() -> TimeSeries:
    return TimeSeries(
        title="Realised minus estimated error",
        description="Mean absolute error of the predictions whose outcome came in the window: both for the same "
        f"predictions. Above 0, errors are larger than estimated. A gap in the line: too few outcomes. {OF_NUMBERS}",
        look=NUMBER,
        width=8,
        targets=(Target(worst("model_estimate_gap_mean_absolute_error", "window", ONE_MODEL), "{{window}}"),),
    )


def _doubts() -> StateTimeline:
    return StateTimeline(
        title="Reasons to doubt the estimate",
        description="In the chosen window. contradicted: outcomes show that it has stopped holding. beyond_reference: "
        f"more than {MUCH_BEYOND:.0%} of scores or predictions are outside the reference's range. too_few_samples: no "
        f"estimate. unchecked: too few outcomes to compare with. {OF_EITHER}",
        look=DOUBT,
        width=8,
        targets=(Target(worst("model_estimate_doubt", "reason", IN_WINDOW), "{{reason}}"),),
    )


def _beyond() -> TimeSeries:
    return TimeSeries(
        title="Beyond the reference",
        description="Share of a classifier's scores, or of a regressor's predictions, outside the range of the "
        f"reference's, where nothing is known of their errors. The estimate is in doubt above {MUCH_BEYOND:.0%}, "
        f"dashed. {OF_EITHER}",
        look=RATIO,
        width=8,
        targets=(
            Target(worst("model_estimate_beyond_reference_ratio", "window", ONE_MODEL), "{{window}}"),
            Target(f"vector({MUCH_BEYOND})", "in doubt above", color=NOTICE, dashed=True),
        ),
    )


def _concept_drift() -> TimeSeries:
    return TimeSeries(
        title="Concept drift",
        description="100 % while predictions are wrong more often, or by more, than on the reference, beyond the "
        "tolerance; and the evidence of a change, an alarm at 100 %. While there is concept drift, it is the evidence "
        "of recovery. Empty before the first prediction with an id, and if the reference has no outcomes.",
        look=RATIO,
        width=8,
        targets=(
            Target(worst("model_concept_drift", "", ONE_MODEL), "concept drift", color=VERMILLION),
            Target(worst("model_concept_drift_evidence_ratio", "", ONE_MODEL), "evidence of a change", color=ORANGE),
        ),
    )
