"""The most frequent categories missing from the reference."""

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig, OutliersConfig, Window
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

NOW = 1_800_000_000.0
KEY = ModelKey("fraud", "7", "champion")
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))
REFERENCE = build(
    {"x": np.arange(200.0), "country": ["FR", "DE"] * 100}, 200, prediction=["no", "yes"] * 100, created=0
)


@pytest.fixture
def model():
    """Return a function that starts to watch a model whose raw values may be kept, or not."""

    def start(values="all", reference=REFERENCE):
        return Monitor(KEY, ModelConfig("fraud", "7", outliers=OutliersConfig(values=values)), WINDOWS, reference)

    return start


def send(monitor, countries, ago=0.0, **parts):
    size = len(countries)
    batch = Batch(size, KEY, np.full(size, NOW - ago), features={"x": np.zeros(size), "country": countries}, **parts)
    monitor.add(batch, NOW)


def names(monitor):
    return monitor.view(NOW).parts["newcomers"].names


def test_the_most_frequent_are_named(model):
    """New categories are listed, the most frequent first; known and missing ones are not."""
    watched = model()
    send(watched, ["PT"] * 10 + ["GR"] * 6 + ["FR", None] * 20)
    assert names(watched) == {1: ("PT", "GR")}


def test_rare_names_are_not_shown(model):
    """A name with only a few samples may be a typo, or personal."""
    watched = model()
    send(watched, ["PT"] * 4)
    assert names(watched) == {}
    send(watched, ["PT"])
    assert names(watched) == {1: ("PT",)}


def test_three_of_many_are_shown(model):
    """However many names arrive, few are kept and three are shown."""
    watched = model()
    for turn in range(100):
        send(watched, [f"n{turn}"] * 2 + ["PT"] * 3 + ["GR"] * 2)
    assert names(watched)[1][:2] == ("PT", "GR")
    assert len(names(watched)[1]) <= 3


def test_a_long_name_is_cut(model):
    """A name has 100 characters at most."""
    watched = model()
    send(watched, ["x" * 5000] * 5)
    assert names(watched) == {1: ("x" * 100,)}


def test_what_came_long_ago_is_forgotten(model):
    """A name that has not occurred for the length of the longest window is forgotten."""
    watched = model()
    send(watched, ["PT"] * 10, ago=7000)
    send(watched, ["GR"] * 10)
    assert names(watched) == {1: ("GR",)}


def test_predictions_are_named_as_well(model):
    """A new class among the predictions is a new category; a list is not a category."""
    watched = model()
    send(watched, [["a"]] * 10, prediction=["maybe"] * 10)
    assert names(watched) == {2: ("maybe",)}


@pytest.mark.parametrize("values", ["none", "numeric"])
def test_nothing_is_kept_unless_configured(model, values):
    """By default no values of samples are kept, and so no names."""
    watched = model(values)
    send(watched, ["PT"] * 10)
    assert "newcomers" not in watched.view(NOW).parts


def test_numbers_have_no_categories(model):
    """A model with only numbers is not watched for new categories."""
    watched = model(reference=build({"x": np.arange(200.0)}, 200, created=0))
    assert "newcomers" not in watched.view(NOW).parts
