"""Checks of single values in each window: types, formats, rules, skew, freshness and duplicates."""

from collections.abc import Iterator, Sequence

from ..detectors.values.learn_duplicates import RECORD as DUPLICATES
from ..detectors.values.rules import Rule
from ..detectors.values.watch import ValuesView, ValuesWindow
from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._parts import feature_texts, with_part

Shown = tuple[str, str, ValuesWindow]

ABSENT_HELP = "1 if no sample of the window has the feature, not even as null."
FORMAT_HELP = "Share of the window's texts that are new and lack the format of the reference's texts."
EXPECTED_HELP = "Share of the reference's rows that repeat an earlier row, within a memory of the same size."


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    shown = [
        (model_labels(view.key), name, window)
        for view, part in with_part(views, ValuesView)
        for name, window in part.windows.items()
    ]
    yield from _of_features(shown)
    yield _rules(shown)
    yield from _freshness(views)
    yield from _duplicates(views, shown)


def _of_features(shown: Sequence[Shown]) -> Iterator[Family]:
    wrong = gauge("model_feature_type_mismatch_ratio", "Share of the window's values of the wrong type.")
    misformed = gauge("model_feature_format_mismatch_ratio", FORMAT_HELP)
    skew = gauge("model_feature_skew_ratio", "Share of the window's values that differ from their raw ones.")
    absent = gauge("model_feature_absent", ABSENT_HELP)
    for base, name, window in shown:
        texts = feature_texts(window.layout, base, name)
        sent = window.of("sent")
        wrong.add_all(texts, window.ratio(window.wrong_types, sent))
        absent.add_all(texts, window.absent)
        for family, part, whole in ((misformed, "misformed", "checked"), (skew, "differing", "compared")):
            n = window.of(whole)
            ratios = window.ratio(window.of(part), n).tolist()
            for place in n.nonzero()[0].tolist():  # absent without a format or raw values
                # One by one, since which features have a format or raw values differs from window to window.
                family.add(texts[place], ratios[place])
    yield from (wrong, misformed, skew, absent)


def _rules(shown: Sequence[Shown]) -> Family:
    family = gauge("model_feature_rule_violation_ratio", "Share of the window's samples that break a configured rule.")
    for base, name, window in shown:
        for place, rule in enumerate(window.layout.rules):
            ratio = window.broken(place) / window.samples if window.samples else float("nan")
            family.add(_rule_text(base, rule, name), ratio)
    return family


def _rule_text(base: str, rule: Rule, window: str) -> str:
    return joined(base, labels(feature=rule.feature, window=window, rule=rule.name))


def _freshness(views: Sequence[ModelView]) -> Iterator[Family]:
    present = gauge("model_feature_last_present_timestamp_seconds", "Event time of the last value that is not missing.")
    change = gauge("model_feature_last_change_timestamp_seconds", "Event time at which the value last changed.")
    for view, part in with_part(views, ValuesView):
        texts = feature_texts(part.layout, model_labels(view.key), "")
        present.add_all(texts, part.last_present)
        change.add_all(texts, part.last_change)
    yield present
    yield change


def _duplicates(views: Sequence[ModelView], shown: Sequence[Shown]) -> Iterator[Family]:
    ids = gauge("model_duplicate_id_ratio", "Share of the window's samples with an id whose id was seen before.")
    samples = gauge(
        "model_duplicate_sample_ratio", "Share of the window's samples that repeat all features of an earlier sample."
    )
    for base, name, window in shown:
        text = joined(base, labels(window=name))
        # Without ids there is nothing to repeat; 0 would claim that it was checked.
        if window.total("ids"):
            ids.add(text, window.share("repeated_ids", "ids"))
        samples.add(text, window.share("repeated_samples", "samples"))
    yield ids
    yield samples
    expected = gauge("model_duplicate_sample_expected_ratio", EXPECTED_HELP)
    for view, _ in with_part(views, ValuesView):
        learned = DUPLICATES.of(view.reference)
        if learned:
            expected.add(model_labels(view.key), learned.expected_ratio)
    yield expected


GROUP = ModelGroup("values", _families)
