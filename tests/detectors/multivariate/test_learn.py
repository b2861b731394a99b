"""Learning features together."""

import json

import numpy as np
import pytest
from inference_exporter.detectors.multivariate.learn import FEATURES_AT_MOST
from inference_exporter.learning.learning import learn
from inference_exporter.samples.batch import Batch, ModelKey


def learned(features, n, **about):
    return learn(Batch(n, ModelKey(), np.arange(float(n)), features=features), in_order=False, created=1.0, **about)


def test_few_rows_or_one_feature_teach_nothing():
    """With fewer than two numeric features that vary, or fewer than 200 rows, the trait is absent."""
    random = np.random.default_rng(1)
    one = {"x": random.random(300), "constant": np.ones(300), "colour": ["red"] * 300}
    assert "joint" not in learned(one, 300).traits
    assert "joint" not in learned({"x": random.random(150), "y": random.random(150)}, 150).traits
    assert "joint" in learned({"x": random.random(300), "y": random.random(300)}, 300).traits


@pytest.mark.slow
def test_many_features_are_bounded():
    """Of a thousand features the fifty that vary most are used, in order, and the content stays small."""
    random = np.random.default_rng(2)
    flags = {f"flag{place}": (random.random(400) < 0.02).astype(float) for place in range(200)}
    numbers = {f"number{place}": random.random(400) for place in range(100)}
    content = learned({**flags, **numbers}, 400).traits["joint"]
    assert len(content["features"]) == FEATURES_AT_MOST
    assert all(name.startswith("number") for name in content["features"])
    assert len(json.dumps(content)) < 150_000


def test_vectors_are_learned_apart():
    """A vector feature has its own discrepancy, even without any other feature."""
    random = np.random.default_rng(3)
    content = learned({"emb": random.random((300, 5)).tolist()}, 300).traits["joint"]
    assert list(content["vectors"]) == ["emb"]
    missing = {"emb": [*random.random((100, 5)).tolist(), *[None] * 200], "x": random.random(300)}
    assert not learned(missing, 300).traits.get("joint", {}).get("vectors")
