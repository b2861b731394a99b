"""Unknown names and absent features."""

import numpy as np
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.detectors.renames.watch import NAMES_AT_MOST, PAIRS_AT_MOST
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")
WINDOWS = (Window("5m", 300.0),)
WALL = 1_800_000_000.0


def columns(seed, n=500):
    draw = np.random.default_rng(seed)
    return {"age": draw.normal(40, 9, n), "size": draw.exponential(3, n), "city": draw.choice(["a", "b"], n).tolist()}


REFERENCE = build(columns(1, 2000), 2000, created=WALL)


def monitor():
    return Monitor(KEY, ModelConfig("m", "1"), WINDOWS, REFERENCE)


def add(watched, features, n=500):
    watched.add(Batch(n, KEY, np.full(n, WALL), features=features), WALL)


def renames(watched):
    return {each.feature: each.to for each in watched.view(WALL).parts["renames"].found}


def renamed(seed, **names):
    return {names.get(name, name): column for name, column in columns(seed).items()}


def test_a_rename_is_found_and_forgotten():
    """A new name is suggested while the old one is absent, and no longer once it returns."""
    watched = monitor()
    add(watched, renamed(2, age="Age", city="town"))
    assert renames(watched) == {"age": "Age", "city": "town"}
    add(watched, renamed(3, age="Age"))
    assert renames(watched) == {"age": "Age"}
    add(watched, columns(4))
    assert renames(watched) == {}


def test_samples_one_by_one_add_up():
    """Fifty samples that arrive one by one are enough."""
    watched = monitor()
    sent = renamed(2, age="age_years")
    for row in range(60):
        add(watched, {name: [column[row]] for name, column in sent.items()}, 1)
    assert renames(watched) == {"age": "age_years"}


def test_a_flood_of_names_is_bounded():
    """However many names arrive, a bounded number is remembered and compared, and the right one is still found."""
    watched = monitor()
    draw = np.random.default_rng(5)
    add(watched, renamed(2, age="Age"))
    for first in range(0, 3000, 300):
        noise = {f"n{first + i}": draw.uniform(0, 1, 500) for i in range(300)}
        add(watched, {"city": ["a"] * 500, **noise})
    pairs = watched.view(WALL).parts["renames"].pairs
    assert len(pairs) <= PAIRS_AT_MOST
    assert len({name for _, name in pairs}) <= NAMES_AT_MOST
    assert renames(watched)["age"] == "Age"
