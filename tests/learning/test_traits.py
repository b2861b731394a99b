"""Properties of every trait."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from inference_exporter import detectors, learning
from inference_exporter.learning.traits import TRAITS
from inference_exporter.reference.reference import build
from inference_exporter.reference.traits import LearningSamples
from inference_exporter.samples.batch import Batch, ModelKey

SMALL = {"x": np.array([1.0, np.nan, 1e308]), "c": ["a", None, "b"]}
LARGE = {"x": np.random.default_rng(1).normal(size=1200), "c": ["a", "b", None] * 400}


@pytest.mark.parametrize("features", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("trait", TRAITS.values(), ids=lambda trait: trait.key)
def test_every_trait_is_json_or_nothing(trait, features):
    """From few rows or many, with or without an order in time, a trait is valid JSON or None."""
    size = len(features["x"])
    reference = build(features, size)
    batch = Batch(size, ModelKey("m", "1", "champion"), np.arange(size) * 60.0, features=features)
    for times in (None, batch.times):
        content = trait.learned(LearningSamples(batch, times), reference)
        assert content is None or json.loads(json.dumps(content, allow_nan=False)) is not None


def test_every_file_is_registered():
    """A trait without its registration line fails here."""
    files = {path for room in (detectors, learning) for path in Path(room.__path__[0]).rglob("*.py")}
    declared = {path for path in files if re.search(r"^TRAIT\b", path.read_text(encoding="utf-8"), re.MULTILINE)}
    assert {Path(sys.modules[trait.learn.__module__].__file__) for trait in TRAITS.values()} == declared
