"""Multivariate drift in each window."""

from collections.abc import Iterator, Sequence

from ..detectors.multivariate.measures import JOINT_MEASURES
from ..detectors.multivariate.watch import JointView, JointWindow
from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._parts import with_part

PVALUE_HELP = "Share of windows drawn from the reference that are at least as far, by {}; not corrected."


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    for key, measure in JOINT_MEASURES.items():
        shown = gauge(f"model_joint_drift_{measure.metric}", measure.help)
        pvalue = gauge(f"model_joint_drift_{key}_pvalue", PVALUE_HELP.format(key.replace("_", " ")))
        for text, window in _windows(views):
            # The empty subject is the set of numeric features; vector features follow under their names.
            if ("", key) in window.readings:
                shown.add(text, window.readings["", key].value)
                pvalue.add(text, window.readings["", key].pvalue)
        yield from (shown, pvalue)
    yield from _of_vectors(views)
    # The verdict alone is corrected for how many measures and looks there are; p-values above are raw.
    drifted = gauge(
        "model_joint_drifted", "1 if the joint distribution of the features differs from the reference, 0 if not."
    )
    for text, window in _windows(views):
        drifted.add(text, window.drifted)
    yield drifted
    features = gauge("model_joint_drift_features", "Number of numeric features tested together, at most 50.")
    for view, joint in with_part(views, JointView):
        features.add(model_labels(view.key), len(joint.features))
    yield features


def _of_vectors(views: Sequence[ModelView]) -> Iterator[Family]:
    shown = gauge("model_vector_drift_mmd", "Maximum mean discrepancy of a vector feature, less sampling noise.")
    pvalue = gauge("model_vector_drift_mmd_pvalue", PVALUE_HELP.format("the discrepancy of the vectors"))
    for text, window in _windows(views):
        for (subject, _), reading in window.readings.items():
            if subject:
                of_vector = joined(text, labels(feature=subject))
                shown.add(of_vector, reading.value)
                pvalue.add(of_vector, reading.pvalue)
    yield from (shown, pvalue)


def _windows(views: Sequence[ModelView]) -> Iterator[tuple[str, JointWindow]]:
    for view, joint in with_part(views, JointView):
        for name, window in joint.windows.items():
            yield joined(model_labels(view.key), labels(window=name)), window


GROUP = ModelGroup("joint", _families)
