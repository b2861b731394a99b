"""Extreme numbers in every field: nothing raises or warns, nothing is lost, and every page and series is there.

Warnings are errors in the tests, so that arithmetic that overflows unforeseen is a failure that is counted.
"""

import random

import pytest
from inference_exporter.config.schema import Config, DriftConfig, LearningConfig, ModelConfig
from werkzeug.test import Client

EXTREME = (1e160, -1e160, 1e308, -1.7e308, 1e-320, 5e-324, -0.0, 1e16, 2.0**53, 3.4e38, -1.0)
MODELS = {"number": "reference", "class": "rolling", "hours": "hour_of_day"}
ROWS = 150


def values(rng):
    mixed = rng.choice(EXTREME) if rng.random() < 0.05 else rng.gauss(5, 1)
    return {
        "extreme": rng.choice(EXTREME),
        "mixed": mixed,
        "huge": rng.gauss(1e307, 1e307),
        "tiny": rng.gauss(0, 1e-310),
        "whole": rng.randint(-(2**70), 2**70),
        "vector": [mixed, rng.choice(EXTREME), 1.0],
    }


def sample(rng, name, number):
    features = values(rng)
    return {
        "model": name, "version": "1", "id": f"{name}{number}", "features": features,
        "prediction": rng.choice("ab") if name == "class" else features["mixed"],
        "scores": {"a": rng.choice((0.5, *EXTREME))} if name == "class" else {},
        "latency_seconds": abs(rng.choice((0.1, *EXTREME))), "stages": {"model": abs(features["extreme"])},
        "attributions": {"mixed": features["mixed"], "extreme": features["extreme"]},
        "raw": {"mixed": features["extreme"]}, "time": rng.choice((None, 0, 1e9, -1e10)),
    }  # fmt: skip


def outcome(rng, name, number):
    known = rng.choice(("a", "b", 1e160)) if name == "class" else values(rng)["mixed"]
    return {"model": name, "id": f"{name}{number}", "outcome": known}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_no_number_costs_more_than_itself(sidecar, points_of, seed):
    """References learned from extreme numbers, windows of them, outcomes and corrections: no failure anywhere."""
    rng = random.Random(seed)
    models = tuple(
        ModelConfig(name, "1", learning=LearningConfig(ROWS), drift=DriftConfig(minimum_samples=10, baseline=baseline))
        for name, baseline in MODELS.items()
    )
    started = sidecar(Config(models=models))
    client = Client(started.application.wsgi)
    for start in range(0, 3 * ROWS, ROWS):
        for name in MODELS:
            sent = started.samples([sample(rng, name, start + row) for row in range(ROWS)])
            assert sent.json["accepted"] == ROWS
            for _ in range(2):
                started.outcomes([outcome(rng, name, start + row) for row in range(ROWS)])
    paths = ["/", "/api/v1/models", "/metrics/reference"]
    for name in MODELS:
        rest = f"/api/v1/models/{name}/1/champion"
        paths += [f"/?model={name}&features=all", rest, f"{rest}/explain", f"{rest}/schema", f"{rest}/outliers"]
        paths += [f"/?model={name}&feature={feature}" for feature in ("extreme", "huge", "tiny", "whole")]
    for path in paths:
        answer = client.get(path)
        assert (answer.status_code, "cannot be shown" in answer.text) == (200, False), path
    points = points_of(client.get("/metrics").text)
    failed = {key: n for key, n in points.items() if key[0] == "inference_exporter_failures_total" and n}
    assert failed == {}
    assert all(n for key, n in points.items() if key[0] == "inference_exporter_scrape_collector_success")
