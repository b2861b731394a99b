"""Traps that monitors of models have fallen into, each kept from coming back."""

import re
from pathlib import Path

import numpy as np
import pytest
from inference_exporter.config.schema import Config, DriftConfig, LearningConfig, ModelConfig
from inference_exporter.measures.drift import MEASURES
from inference_exporter.reference.reference import build, save
from rule_stories import load

REPOSITORY = Path(__file__).parents[2]
RANDOM = np.random.default_rng(0)
NORMAL = RANDOM.normal(size=5000)


def named(view):
    return [c.name for c, verdict in zip(view.grid.columns, view.drifted, strict=True) if verdict == 1]


def test_the_same_window_measures_the_same(histogram_view):
    """Nothing is drawn at random in a check: a window that is evaluated again has the same numbers, digit by digit."""
    window = {"x": RANDOM.normal(0.2, 1, 300)}
    views = [histogram_view({"x": NORMAL}, window) for _ in range(3)]
    for key in MEASURES:
        assert len({view.drift[key][0] for view in views}) == 1 or np.isnan(views[0].drift[key][0])
    assert len({view.pvalues[0] for view in views}) == 1


@pytest.mark.parametrize("outlier", [1e6, -1e12, 1e300])
def test_one_outlier_moves_no_bucket(histogram_view, outlier):
    """Buckets are the reference's: one far value in a thousand leaves a shift of one standard deviation as it is."""
    shifted = RANDOM.normal(1, 1, 1000)
    plain = histogram_view({"x": NORMAL}, {"x": shifted})
    with_outlier = histogram_view({"x": NORMAL}, {"x": np.append(shifted[1:], outlier)})
    assert with_outlier.drift["psi"][0] == pytest.approx(plain.drift["psi"][0], rel=0.05)
    assert named(with_outlier) == named(plain) == ["x"]
    clean = np.append(RANDOM.normal(size=999), outlier)
    assert named(histogram_view({"x": NORMAL}, {"x": clean})) == []


@pytest.mark.parametrize("rows", [900, 1100, 4900, 5100])
def test_a_metric_means_the_same_whatever_the_amount_of_data(histogram_view, rows):
    """Around the sizes at which others change their test, the same shift has the same measures, all of them."""
    random = np.random.default_rng(rows)
    view = histogram_view({"x": random.normal(size=rows)}, {"x": random.normal(0.7, 1, 4000)})
    assert set(view.drift) == set(MEASURES)
    assert view.drift["psi"][0] == pytest.approx(0.49, abs=0.13)
    assert view.drift["wasserstein_normalized"][0] == pytest.approx(0.7, abs=0.12)
    assert view.drift["js_distance"][0] == pytest.approx(0.29, abs=0.05)


def test_one_new_value_changes_no_test(histogram_view):
    """A value that the reference never had does not make another kind of column of it."""
    reference = {"x": RANDOM.integers(0, 5, 3000).astype(float), "c": RANDOM.choice(list("abc"), 3000).tolist()}
    window = {"x": RANDOM.integers(0, 5, 500).astype(float), "c": RANDOM.choice(list("abc"), 500).tolist()}
    plain = histogram_view(reference, window)
    new = histogram_view(reference, {"x": np.append(window["x"][1:], 17.5), "c": [*window["c"][1:], "never seen"]})
    for key in MEASURES:
        before, after = plain.drift[key], new.drift[key]
        assert (np.isnan(before) == np.isnan(after)).all()
        assert np.isfinite(after[~np.isnan(after)]).all(), "an unseen category is no infinite drift"
    assert named(new) == []


def test_missing_values_are_a_matter_of_their_own(histogram_view):
    """Half of the values missing leaves the measures of location and distance of the others as they are."""
    shifted = RANDOM.normal(0.5, 1, 4000)
    gaps = np.where(np.arange(4000) % 2 == 0, np.nan, shifted)
    view = histogram_view({"x": NORMAL}, {"x": gaps})
    expected = np.nanmean(gaps) - NORMAL.mean()
    assert view.drift["mean_shift"][0] == pytest.approx(expected / NORMAL.std(ddof=1), rel=1e-9)
    assert view.drift["wasserstein_normalized"][0] == pytest.approx(0.5, abs=0.06)
    assert view.decisive == ("missing",)


@pytest.mark.parametrize("column", ["text", "constant", "empty", "infinite", "mixed"])
def test_no_column_breaks_a_scrape(sidecar, column):
    """Text where numbers were, a constant, nothing, infinities, lists among numbers: every measure has its answer."""
    values = {
        "text": ["a"] * 60, "constant": [7.0] * 60, "empty": [None] * 60, "infinite": ["Infinity", 1.0] * 30,
        "mixed": [1.0, "x", None, [1], {"y": 2}, True] * 10,
    }[column]  # fmt: skip
    running = sidecar(Config(models=(ModelConfig("m", "1", learning=LearningConfig(60)),)))
    for batch in (values, [1.0, "a", None] * 20, values):
        answer = running.samples([{"features": {"f": value, "g": 1.0}} for value in batch])
        assert answer.json["accepted"] == len(batch)
    failed = {
        dict(names)["collector"]
        for (name, names), value in running.points().items()
        if name == "inference_exporter_scrape_collector_success" and value == 0
    }
    assert failed == set()


@pytest.mark.slow
def test_rows_count_not_requests(sidecar, tmp_path):
    """The same samples, in one request or in a hundred, make the same windows."""
    save(build({"x": NORMAL}, len(NORMAL)), tmp_path / "r.json")
    model = ModelConfig("m", "1", reference=tmp_path / "r.json", drift=DriftConfig(minimum_samples=50))
    samples = [{"features": {"x": float(value)}} for value in RANDOM.normal(1, 1, 200)]
    found = []
    for size in (200, 2):
        running = sidecar(Config(models=(model,)))
        for first in range(0, 200, size):
            assert running.samples(samples[first : first + size]).json["accepted"] == size
        names = ("model_feature_drift_psi", "model_window_samples", "model_feature_drifted")
        found.append([running.value(name, window="5m") for name in names])
    assert found[0] == found[1]
    assert found[0][1:] == [200, 1]


def test_too_few_samples_are_not_no_drift(sidecar, tmp_path):
    """With one sample less than enough the verdict is unknown, and says why; never 0."""
    save(build({"x": NORMAL}, len(NORMAL)), tmp_path / "r.json")
    running = sidecar(Config(models=(ModelConfig("m", "1", reference=tmp_path / "r.json"),)))
    running.samples([{"features": {"x": 9.0}}] * 49)
    assert np.isnan(running.value("model_feature_drifted", window="5m"))
    assert running.value("model_drift_unknown", window="5m", reason="too_few_samples") == 1
    running.samples([{"features": {"x": 9.0}}])
    assert running.value("model_feature_drifted", window="5m") == 1


@pytest.mark.slow
def test_a_window_a_quarter_as_large_is_as_quiet(histogram_view):
    """A rule that was fitted at one size of windows must hold at any other."""
    for size in (60, 250, 1000, 4000):
        random = np.random.default_rng(size)
        for _ in range(10):
            assert named(histogram_view({"x": NORMAL, "y": np.exp(NORMAL)}, {
                "x": random.normal(size=size), "y": random.lognormal(size=size)})) == []  # fmt: skip


def test_the_default_address_is_nobodys():
    """The port is not Prometheus's own, nor of the range that its exporters share."""
    port = Config().web.host_and_port[1]
    assert not 9090 <= port <= 9999


def rules():
    for path in sorted((REPOSITORY / "prometheus" / "rules").glob("*.yml")):
        for group in load(path)["groups"]:
            yield from group["rules"]


def test_no_alert_hangs_on_a_label_that_changes():
    """A topk in an alert changes its labels whenever another series leads, and the alert begins anew."""
    alerts = [rule for rule in rules() if "alert" in rule]
    assert len(alerts) > 20
    assert [rule["alert"] for rule in alerts if re.search(r"\b(topk|bottomk)\b", rule["expr"])] == []


def test_every_alert_on_drift_is_of_a_verdict():
    """No alert compares a bare distance or p-value with a number, which knows neither samples nor looks."""
    bare = re.compile(r"drift_(psi|js|ks|chi2|hellinger|wasserstein|total)\w*(\{[^}]*\})?\s*[<>]")
    assert [rule["alert"] for rule in rules() if "alert" in rule and bare.search(rule["expr"])] == []
