"""How much features matter."""

import numpy as np
import pytest
from inference_exporter.config.schema import FeatureConfig, ModelConfig, Window
from inference_exporter.detectors.attributions.importance import importances_of
from inference_exporter.explain.ranking import impacts_of
from inference_exporter.learning.learning import learn
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.grid import Grid
from inference_exporter.samples.batch import Batch, ModelKey

NOW = 1_800_000_000.0
KEY = ModelKey("m", "1", "champion")


def batch_of(n=300, shift=0.0, attributions=None):
    random = np.random.default_rng(1)
    features = {name: random.normal(shift, 1, n) for name in ("a", "b", "c")}
    features["emb"] = random.normal(shift, 1, (n, 3)).tolist()
    return Batch(n, KEY, np.full(n, NOW), features=features, prediction=["x", "y"] * (n // 2),
                 attributions=attributions or {})  # fmt: skip


def importances(features=None, attributions=None):
    reference = learn(batch_of(attributions=attributions), in_order=False, created=NOW)
    config = ModelConfig(features={name: FeatureConfig(importance=of) for name, of in (features or {}).items()})
    found = importances_of(Grid(reference), config)
    return found if found is None else dict(zip([column.name for column in reference.columns], found, strict=True))


def test_nobody_says():
    """Without any importance, or if nothing matters, importances are unknown, and drift is ranked by PSI alone."""
    assert importances() is None
    assert importances({"a": 0.0}) is None
    monitor = Monitor(KEY, ModelConfig(), (Window("1h", 3600.0),), learn(batch_of(), in_order=False, created=NOW))
    monitor.add(batch_of(), NOW)
    histograms = monitor.view(NOW).windows[0].histograms
    assert impacts_of(histograms) is histograms.drift["psi_debiased"]


def test_what_is_configured_is_normalised():
    """Importances have mean 1; unnamed features count as the least, and derived ones share their source's."""
    found = importances({"a": 8.0, "b": 2.0, "emb": 6.0})
    assert found["prediction"] == 1
    shares = np.array([found[name] for name in ("a", "b", "c", "emb:norm", "emb:centroid_distance")])
    assert shares.mean() == pytest.approx(1)
    assert shares / shares[0] * 8 == pytest.approx([8, 2, 2, 3, 3])
    assert importances({"emb:norm": 5.0, "a": 1.0})["emb:norm"] == pytest.approx(
        5 * importances({"a": 1.0, "emb:norm": 5.0})["a"]
    )


def test_attributions_of_the_reference_tell():
    """Without configuration the mean absolute attributions of the reference count."""
    sizes = {"a": np.full(300, -4.0), "b": np.full(300, 1.0)}
    found = importances(attributions=sizes)
    assert found["a"] == pytest.approx(4 * found["b"])
    assert found["c"] == found["b"]
    assert importances({"b": 7.0}, sizes)["b"] == pytest.approx(1)


def test_impact_is_drift_times_importance():
    """A feature without importance has no impact, however far it drifted."""
    config = ModelConfig(features={"a": FeatureConfig(importance=0.0), "b": FeatureConfig(importance=1.0)})
    monitor = Monitor(KEY, config, (Window("1h", 3600.0),), learn(batch_of(), in_order=False, created=NOW))
    monitor.add(batch_of(shift=2.0), NOW)
    histograms = monitor.view(NOW).windows[0].histograms
    psi, impact = histograms.drift["psi_debiased"], impacts_of(histograms)
    assert impact[0] == 0 < psi[0]
    assert impact[1] == pytest.approx(5 * psi[1])
