"""Three real sidecars, one of which restarts: the fleet rules agree with numpy on all their samples together."""

import csv
import subprocess
import threading
import time

import numpy as np
import pytest
import yaml
from fleet_of_tests import COMMAND, Fleet
from inference_exporter.demo.processes import Processes
from inference_exporter.demo.stopping import Stop
from programs import built, installed
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import accuracy_score, f1_score

pytestmark = pytest.mark.end_to_end

REFERENCE_ROWS = 6000
ROUNDS, SAMPLES = 24, 20  # samples per replica and round: 1,440 in all
COUNTRIES = np.array(["FR", "DE", "IT"])
RELATIVE = 1e-6


def drawn(random, n, shift=0.0):
    """Return features, predictions and outcomes as arrays."""
    score = random.random(n)
    return {
        "x": random.normal(shift, 1 + shift / 4, n).round(4),
        "country": random.choice(COUNTRIES, n, p=[0.6 - shift / 4, 0.3, 0.1 + shift / 4]),
        "prediction": np.where(score > 0.5, "yes", "no"),
        "outcome": np.where(score + random.normal(0, 0.2, n) > 0.5, "yes", "no"),
    }


def as_samples(columns):
    """Return the rows that are sent."""
    return [
        {"features": {"x": float(x), "country": str(country)}, "prediction": str(prediction), "outcome": str(outcome)}
        for x, country, prediction, outcome in zip(
            columns["x"], columns["country"], columns["prediction"], columns["outcome"], strict=True
        )
    ]


def joined(parts):
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def wait_for(holds, what, seconds=120.0):
    """Wait until a condition holds, checked four times a second."""
    pause = threading.Event()
    for _ in range(int(seconds * 4)):
        if holds():
            return
        pause.wait(0.25)
    pytest.fail(f"after {seconds:.0f} s: {what}")


def scraped(fleet, replica):
    """Return how many values of `x` in the pooled model Prometheus has stored of one replica."""
    name = 'model_feature_bucket_total{model="pooled", feature="x"'
    return sum(fleet.values(f'{name}, instance="{replica}"}}', "bucket").values())


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Run the fleet through a restart; return it, the reference, and all that was sent to each model."""
    prometheus = built("prometheus") or installed("prometheus")
    if prometheus is None:
        pytest.skip("Prometheus is not installed (Debian package prometheus)")
    folder, random = tmp_path_factory.mktemp("fleet"), np.random.default_rng(11)
    reference = drawn(random, REFERENCE_ROWS)
    with (folder / "reference.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(reference)
        writer.writerows(zip(*reference.values(), strict=True))
    flags = ["--out=reference.json", "--prediction-column=prediction", "--outcome-column=outcome"]
    subprocess.run([*COMMAND, "reference", "build", "reference.csv", *flags], cwd=folder, check=True, timeout=120)
    models = [{"name": name, "version": "1", "reference": "reference.json"} for name in ("pooled", "alone")]
    (folder / "config.yml").write_text(yaml.safe_dump({"windows": ["1h"], "models": models}))
    sent = {"pooled": [], "alone": []}
    with Processes(folder, Stop()) as processes:
        fleet = Fleet(processes, folder, prometheus, folder / "config.yml", n_replicas=3)
        wait_for(lambda: len(fleet.query("up == 1")) == 6, "Prometheus does not scrape all replicas")
        run_traffic(fleet, sent, random)
        total = ROUNDS * SAMPLES * 3
        wait_for(
            lambda: fleet.values('fleet_feature:samples:sum{model="pooled", feature="x"}', "window").get("1h") == total,
            "the rules do not count what was sent",
        )
        now = time.time()
        rounds = "timestamp({__name__=~'fleet_feature:drift_ks_statistic:pooled|fleet:accuracy_ratio:pooled'})"
        wait_for(lambda: len(fleet.query(f"{rounds} > {now}")) >= 4, "not every group of rules has followed")
        yield fleet, reference, {model: joined(parts) for model, parts in sent.items()}


def run_traffic(fleet, sent, random):
    """Send drifted samples to all replicas in rounds; restart the second one in the middle, once it was scraped."""
    pause = threading.Event()
    restarted = fleet.replicas[1]
    for number in range(ROUNDS):
        if number == ROUNDS // 2:
            wait_for(lambda: scraped(fleet, restarted) == SAMPLES * ROUNDS // 2, "the last samples were not scraped")
            fleet.kill(restarted)
        for replica in fleet.replicas:
            columns = drawn(random, SAMPLES, shift=0.6)
            fleet.send(replica, "pooled", as_samples(columns), f"{replica}-{number}")
            sent["pooled"].append(columns)
        columns = drawn(random, SAMPLES * 2, shift=0.3)
        fleet.send(fleet.replicas[0], "alone", as_samples(columns), f"alone-{number}")
        sent["alone"].append(columns)
        pause.wait(0.5)


def edges_of(fleet):
    """Return the inner bounds of the numeric feature's buckets, and the distance of each bucket to the next."""
    uppers = fleet.query('group by (bucket, upper) (model_feature_bucket_info{model="pooled", feature="x", upper!=""})')
    bounds = sorted(float(point["metric"]["upper"]) for point in uppers)
    spans = fleet.values('max by (bucket) (model_feature_bucket_span_ratio{model="pooled", feature="x"})', "bucket")
    return np.array(bounds[:-1]), np.array([spans[bucket] for bucket in sorted(spans)])


def counts(values, edges):
    """Return counts in the ranges of a numeric feature, with the empty buckets of odd values."""
    return np.append(np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1), [0, 0])


def category_counts(fleet, values):
    """Return counts of a category's buckets, in their order; the special ones are empty."""
    info = 'group by (bucket, category) (model_feature_bucket_info{model="pooled", feature="country"})'
    names = dict(sorted((point["metric"]["bucket"], point["metric"]["category"]) for point in fleet.query(info)))
    return np.array([np.sum(values == name) for name in names.values()])


def distances(reference, window):
    """Return the measures of shares as their definitions say."""
    q, p = ((side + 0.5) / (side.sum() + len(side) / 2) for side in (reference, window))
    psi = float(((p - q) * np.log(p / q)).sum())
    noise = 1 / reference.sum() + 1 / window.sum()
    return {
        "psi": psi,
        "psi_debiased": max(psi - (len(p) - 1) * noise, 0.0),
        "js_distance": float(jensenshannon(p, q, base=2)),
        "hellinger_distance": float(np.sqrt(np.square(np.sqrt(p) - np.sqrt(q)).sum() / 2)),
        "total_variation": float(np.abs(p - q).sum() / 2),
    }


def measured(fleet, model, feature, measures):
    select = f'{{model="{model}", feature="{feature}", window="1h"}}'
    return {name: fleet.values(f"fleet_feature:drift_{name}:pooled{select}", "feature")[feature] for name in measures}


def test_numeric_feature(story):
    """Every distance of a numeric feature equals that of all replicas' samples together, despite the restart."""
    fleet, reference, sent = story
    edges, spans = edges_of(fleet)
    before, after = counts(reference["x"], edges), counts(sent["pooled"]["x"], edges)
    expected = distances(before, after)
    gaps = np.abs(np.cumsum(before[:-2]) / before.sum() - np.cumsum(after[:-2]) / after.sum())
    expected |= {"ks_statistic": float(gaps.max()), "wasserstein_normalized": float((gaps * spans).sum())}
    assert measured(fleet, "pooled", "x", expected) == pytest.approx(expected, rel=RELATIVE)


def test_categorical_feature(story):
    """Every distance of a categorical feature equals that of all replicas' samples together."""
    fleet, reference, sent = story
    expected = distances(
        category_counts(fleet, reference["country"]), category_counts(fleet, sent["pooled"]["country"])
    )
    assert measured(fleet, "pooled", "country", expected) == pytest.approx(expected, rel=RELATIVE)


def test_verdict(story):
    """Strong drift is reported as drifted."""
    fleet, *_ = story
    drifted = fleet.values('fleet_feature:drifted:pooled{model="pooled", window="1h"}', "feature")
    assert drifted["x"] == 1
    assert drifted["country"] in (0, 1)


@pytest.mark.parametrize("measure", ["psi", "psi_debiased", "js_distance", "hellinger_distance", "total_variation"])
def test_one_replica(story, measure):
    """For a model with traffic on one replica, the rules agree with that replica."""
    fleet, *_ = story
    own = f'model_feature_drift_{measure}{{model="alone", window="1h", instance="{fleet.replicas[0]}"}}'
    pooled = fleet.values(f'fleet_feature:drift_{measure}:pooled{{model="alone", window="1h"}}', "feature")
    assert pooled == pytest.approx(fleet.values(own, "feature"), rel=RELATIVE)
    assert set(pooled) == {"x", "country"}


def test_performance(story):
    """Accuracy and F1 are those of all outcomes together."""
    fleet, _, sent = story
    outcome, prediction = sent["pooled"]["outcome"], sent["pooled"]["prediction"]
    select = '{model="pooled", window="1h"}'
    assert fleet.values(f"fleet:accuracy_ratio:pooled{select}", "window")["1h"] == pytest.approx(
        accuracy_score(outcome, prediction), rel=RELATIVE
    )
    expected = {name: f1_score(outcome, prediction, pos_label=name) for name in ("yes", "no")}
    assert fleet.values(f"fleet_class:f1_ratio:pooled{select}", "class") == pytest.approx(expected, rel=RELATIVE)
