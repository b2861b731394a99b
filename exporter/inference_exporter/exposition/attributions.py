"""Drift of attributions: whether the same features still decide the predictions."""

from collections.abc import Iterator, Sequence

from ..detectors.attributions.watch import AttributionView
from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._parts import with_part

GAIN_HELP = (
    "NDCG of the window's ranking of features by attribution against the reference's: 1 same, below 0.9 drifted."
)


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    gain = gauge("model_attribution_drift_ndcg", GAIN_HELP)
    drifted = gauge("model_attribution_drifted", "1 if the ranking of features changed by more than noise explains.")
    size = gauge("model_feature_attribution_mean_abs", "Mean absolute attribution of a feature in the window.")
    before = gauge(
        "model_feature_attribution_reference_mean_abs", "Mean absolute attribution of a feature in the reference."
    )
    for view, attributions in with_part(views, AttributionView):
        base = model_labels(view.key)
        texts = [joined(base, labels(feature=name)) for name in attributions.features]
        if attributions.reference is not None:
            before.add_all(texts, attributions.reference.mean)
        for name, window in attributions.windows.items():
            of_window = labels(window=name)
            gain.add(joined(base, of_window), window.gain)
            drifted.add(joined(base, of_window), window.drifted)
            # In the units of the model's output, so features of one model compare, models do not.
            size.add_all([joined(text, of_window) for text in texts], window.means.mean)
    yield from (gain, drifted, size, before)


GROUP = ModelGroup("attributions", _families)
