"""Traits of references: written with a version, and read whoever wrote them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from inference_exporter.config.schema import DriftConfig, ModelConfig, Window
from inference_exporter.learning.traits import TRAITS
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build, load, save
from inference_exporter.reference.traits import Record
from inference_exporter.samples.batch import Batch, ModelKey

WRITTEN_BEFORE = Path(__file__).parent / "written_before"
KEY = ModelKey("churn", "3", "champion")


@dataclass(frozen=True)
class Learned:
    """A toy."""

    numbers: list[int]


RECORD = Record("toy", Learned, version=2, upgrade=lambda numbers: {"numbers": list(numbers.values())})


def holding(traits):
    """Return a reference with traits as a file holds them."""
    return build({"a": np.arange(10.0)}, 10).__class__(
        build({"a": np.arange(10.0)}, 10).columns, 10, 0.0, traits=traits
    )


def test_what_is_written_is_read():
    """A trait survives JSON, with its version."""
    written = json.loads(json.dumps(RECORD.to_json(Learned([1, 2]))))
    assert written == {"version": 2, "numbers": [1, 2]}
    assert RECORD.of(holding({"toy": written})) == Learned([1, 2])


def test_an_earlier_version_is_upgraded():
    """Early versions wrote no version, or had something else under its name."""
    assert RECORD.of(holding({"toy": {"a": 1}})) == Learned([1])
    assert RECORD.of(holding({"toy": {"version": {"b": 1}}})) == Learned([{"b": 1}])


def test_a_later_version_is_not_used():
    """Content of a later release is unknown, not wrong, like absent content."""
    assert RECORD.of(holding({"toy": {"version": 3, "numbers": [1]}})) is None
    assert RECORD.of(holding({})) is None
    assert RECORD.of(None) is None


@pytest.mark.parametrize("file", sorted(WRITTEN_BEFORE.glob("*.json")), ids=lambda file: file.stem)
def test_references_written_before_still_serve(file, tmp_path):
    """Every reference that a release wrote loads, each part of it is read, and all detectors work with it."""
    reference = load(file)
    unread = {key for key, trait in TRAITS.items() if trait.record.of(reference) is None}
    assert unread <= {
        "warnings",
        "estimated_performance",
        "estimated_errors",
        "holidays",
        "trend",
    }  # younger than the first files
    save(reference, tmp_path / "again.json")
    assert load(tmp_path / "again.json").checksum == reference.checksum
    config = ModelConfig("churn", "3", drift=DriftConfig(baseline="day_of_week"))
    monitor = Monitor(KEY, config, (Window("1h", 3600.0),), reference)
    features = {
        "age": np.full(100, 40.0),
        "income": np.full(100, 20.0),
        "plan": ["free"] * 100,
        "code": ["AB-0001"] * 100,
    }
    features |= {"emb": [[0.0, 1.0, 0.0, 1.0]] * 100, "text": ["please call me back"] * 100}
    monitor.add(Batch(100, KEY, np.full(100, 1.7e9), features=features, prediction=["yes"] * 100), 1.7e9)
    view = monitor.view(1.7e9)
    assert {"attributions", "joint", "outliers", "repeats", "values"} <= set(view.parts)
    assert not any(window.failed for window in view.windows)
