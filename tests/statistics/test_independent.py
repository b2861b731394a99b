"""What a scrape says, against scipy: as somebody would check it who sees the samples, the metrics and nothing else."""

import json
import math

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.stats
from inference_exporter.config.schema import Config, DriftConfig, ModelConfig
from inference_exporter.reference.reference import build, save

SIZE = 1500
TOLERANCE = 1e-6
# 100 false alarms in 30 days, of which 95 % of four fifths go to the regular looks at features: five in each window's
# length, but one in half an hour at least. Nine hundredths of a look are for the omnibus test.
LOOK = 100 * 0.95 * 0.8 / sum(30 * 86400 / pause for pause in (60, 720, 1800))

SHAPE_SHARE = 0.09


def columns(rng, size, shift):
    """Return features of several kinds, as JSON would carry them."""
    plain = {
        "normal": rng.normal(shift, 1, size),
        "zeros and a tail": np.where(rng.random(size) < 0.9 - shift / 2, 0.0, rng.exponential(1, size)),
        "whole": rng.poisson(3 + shift, size).astype(float),
        "binary": (rng.random(size) < 0.1 + shift / 2).astype(float),
        "heavy": rng.standard_t(1.5, size) * (1 + shift),
    }
    table = {
        name: [None if rng.random() < 0.05 else float(value) for value in column] for name, column in plain.items()
    }
    words = [f"c{int(value)}" for value in rng.zipf(1.6 + shift, size) % 60]
    table["words"] = [None if rng.random() < 0.1 else word for word in words]
    table["flags"] = [bool(value) for value in rng.random(size) < 0.5 + shift / 3]
    return table


@pytest.fixture(scope="module", params=[0.0, 0.4], ids=["clean", "shifted"])
def watched(request, sidecar, tmp_path_factory):
    """Return reference and window as they were sent, and what two scrapes say of them."""
    rng = np.random.default_rng(7)
    reference, window = columns(rng, 6000, 0.0), columns(rng, SIZE, request.param)
    path = tmp_path_factory.mktemp("reference") / "m.reference.json"
    save(build(reference, 6000), path)
    model = ModelConfig("m", "1", reference=path, drift=DriftConfig(false_alarms_per_month=100))
    running = sidecar(Config(models=(model,)))
    samples = [{"features": {name: column[row] for name, column in window.items()}} for row in range(SIZE)]
    body = b"\n".join(json.dumps(sample).encode() for sample in samples)
    assert running.samples(body, content_type="application/x-ndjson").json["accepted"] == SIZE
    return reference, window, running.points(), running.scrape("/metrics/reference")


def text(value):
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value


def buckets_of(points, feature):
    """Return what the buckets of a feature stand for, in order, as the scrape says it."""
    found = [dict(names) for (name, names) in points if name == "model_feature_bucket_info"]
    return sorted((b for b in found if b["feature"] == feature), key=lambda bucket: bucket["bucket"])


def counts(buckets, column):
    """Return how many values of a column lie in each bucket, by the buckets' own words."""
    found = np.zeros(len(buckets))
    known = {bucket.get("category") for bucket in buckets}
    numeric = any("lower" in bucket for bucket in buckets)
    for value in map(text, column):
        for place, bucket in enumerate(buckets):
            if value is None:
                inside = bucket.get("category") == "__missing__"
            elif numeric:
                inside = "lower" in bucket and float(bucket["lower"]) <= value < float(bucket["upper"])
            else:
                inside = bucket.get("category") == (value if value in known else None)
            found[place] += inside
    return found


def expected(p, q):
    """Return the measures of two bucket counts."""
    n, m, size = p.sum(), q.sum(), len(p)
    a, b = ((side + 0.5) / (side + 0.5).sum() for side in (p, q))
    psi = float(((a - b) * np.log(a / b)).sum())
    noise = 1 / n + 1 / m
    return {
        "psi": psi,
        "psi_debiased": max(0.0, psi - (size - 1) * noise),
        "psi_critical": scipy.stats.chi2.isf(LOOK * SHAPE_SHARE / 7, size - 1) * noise,
        "js_distance": scipy.spatial.distance.jensenshannon(a, b, base=2),
        "hellinger_distance": np.linalg.norm(np.sqrt(a) - np.sqrt(b)) / math.sqrt(2),
        "total_variation": np.abs(a - b).sum() / 2,
        "chi2_pvalue": scipy.stats.chi2_contingency(np.stack([p, q])[:, (p + q) > 0], correction=False).pvalue,
    }


FEATURES = ("normal", "zeros and a tail", "whole", "binary", "heavy", "words", "flags")


def value(points, name, feature):
    return next(
        v for (n, names), v in points.items() if n == name and {("feature", feature), ("window", "5m")} <= names
    )


@pytest.mark.slow
@pytest.mark.parametrize("feature", FEATURES)
def test_distances_over_the_exposed_buckets(watched, points_of, feature):
    """Every distance is scipy's over the buckets as the scrape describes them, to one part in a million."""
    reference, window, points, slow = watched
    slow = points_of(slow)
    buckets = buckets_of(slow, feature)
    p, q = counts(buckets, reference[feature]), counts(buckets, window[feature])
    if feature == "words":  # the categories beyond the top ones share a bucket, whose members a scrape does not name
        other = next(place for place, bucket in enumerate(buckets) if bucket.get("category") == "__other__")
        p[other] = len(reference[feature]) - p.sum()
        shares = {dict(names)["bucket"]: share for (n, names), share in points.items()
                  if n == "model_feature_bucket_total" and ("feature", feature) in names}  # fmt: skip
        q = np.array([shares[bucket["bucket"]] for bucket in buckets])
    for measure, exact in expected(p, q).items():
        found = value(points, f"model_feature_drift_{measure}", feature)
        assert found == pytest.approx(exact, rel=TOLERANCE, abs=1e-12), measure
    exposed = {dict(names)["bucket"]: share for (n, names), share in slow.items()
               if n == "model_feature_reference_ratio" and ("feature", feature) in names}  # fmt: skip
    assert [exposed[bucket["bucket"]] for bucket in buckets] == pytest.approx(((p + 0.5) / (p + 0.5).sum()).tolist())
    measured = expected(p, q)
    if measured["psi_debiased"] >= 0.1 and measured["psi"] >= measured["psi_critical"]:
        assert value(points, "model_feature_drifted", feature) == 1


@pytest.mark.parametrize("feature", FEATURES[:5])
def test_statistics_of_the_raw_values(watched, feature):
    """Kolmogorov-Smirnov, Wasserstein, mean and standard deviation are those of the raw values, as documented."""
    reference, window, points, _ = watched
    a, b = (np.array([v for v in side[feature] if v is not None]) for side in (reference, window))
    ks = scipy.stats.ks_2samp(a, b, method="asymp").statistic
    assert value(points, "model_feature_drift_ks_statistic", feature) == pytest.approx(ks, abs=0.005)
    distance = scipy.stats.wasserstein_distance(a, b) / a.std(ddof=1)
    assert value(points, "model_feature_drift_wasserstein_normalized", feature) == pytest.approx(distance, abs=0.02)
    assert value(points, "model_feature_mean", feature) == pytest.approx(b.mean(), rel=TOLERANCE)
    assert value(points, "model_feature_stddev", feature) == pytest.approx(b.std(ddof=1), rel=TOLERANCE)


def test_clean_is_clean_and_shifted_is_seen(watched, request):
    """The same check of the verdict as a whole: nothing of the clean window, most of the shifted one."""
    points = watched[2]
    drifted = [value(points, "model_feature_drifted", feature) for feature in FEATURES]
    missing = [value(points, "model_feature_missing_ratio", feature) for feature in FEATURES]
    shifted = request.node.callspec.params["watched"] > 0
    assert sum(drifted) >= 4 if shifted else sum(drifted) == 0
    assert missing == pytest.approx([watched[1][feature].count(None) / SIZE for feature in FEATURES])


def test_the_budget_adds_up(watched):
    """What a look may cost is the budget over the looks of a month, and what was spent is what was looked at."""
    points = watched[2]
    named = {name: found for (name, _), found in points.items() if name.startswith("model_drift_")}
    assert named["model_drift_false_alarm_budget"] == 100
    assert named["model_drift_look_significance"] == pytest.approx(LOOK)
    looks = sum(found for (name, _), found in points.items() if name == "model_drift_looks_total")
    assert looks == 3
    assert named["model_drift_false_alarm_budget_spent_total"] == pytest.approx(looks * LOOK)
