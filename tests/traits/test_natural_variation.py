"""How much columns vary between stretches of the reference."""

import numpy as np
import pytest
from inference_exporter.batch import Batch, ModelKey
from inference_exporter.grid import Grid
from inference_exporter.learning import learn
from inference_exporter.variation import NaturalVariation

DAY = 86400.0
START = 20_000 * DAY


def learned(features, times, in_order=True):
    return learn(Batch(len(times), ModelKey(), times, features=features), in_order=in_order)


def variation_of(features, times, in_order=True):
    return NaturalVariation.of(Grid(learned(features, times, in_order)))


TIMES = np.linspace(START, START + 56 * DAY, 20_000, endpoint=False)


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_rows_have_no_band(seed):
    """Where rows differ by no more than noise nothing is asked of a window beside the thresholds."""
    random = np.random.default_rng(seed)
    features = {
        "normal": random.normal(size=len(TIMES)),
        "lognormal": random.lognormal(0, 1.5, len(TIMES)),
        "missing": np.where(random.random(len(TIMES)) < 0.1, np.nan, random.normal(size=len(TIMES))),
        "rare": (random.random(len(TIMES)) < 0.01).astype(float),
        "words": random.choice(["a", "b", "c"], len(TIMES), p=[0.9, 0.09, 0.01]).tolist(),
    }
    assert variation_of(features, TIMES).bands(500, 3600.0) == {}


def test_unknown_order_is_no_variation():
    """Without times nothing is known of how stretches differ, and a file says nothing of it."""
    random = np.random.default_rng(0)
    walk = np.cumsum(random.normal(size=len(TIMES)))
    assert "natural_variation" not in learned({"x": walk}, TIMES, in_order=False).traits


def test_a_daily_rhythm_has_a_band_for_hours_and_none_for_weeks():
    """The hour of the day explains how far a short window strays; a week has all hours and strays no farther."""
    random = np.random.default_rng(1)
    values = 2 * np.sin(2 * np.pi * TIMES / DAY) + random.normal(0, 0.5, len(TIMES))
    variation = variation_of({"x": values}, np.repeat(TIMES, 1))
    short, long = variation.bands(50, 3600.0), variation.bands(5000, 7 * DAY)
    # An hour at the crest lies 2 / sqrt(2 + 0.25) standard deviations from the mean.
    assert short["location"][0] > 1.3
    assert long["location"][0] < 0.3


def test_a_band_is_wider_than_any_stretch_of_the_reference():
    """No stretch of the reference itself, of whatever length, leaves its band."""
    random = np.random.default_rng(2)
    slow = np.repeat(random.normal(0, 1, 200), 100)
    values = slow + random.normal(0, 0.3, 20_000)
    reference = learned({"x": values}, TIMES)
    variation = NaturalVariation.of(Grid(reference))
    spread = values.std()
    for size in (50, 200, 1000):
        band = variation.bands(size, 60.0)["location"][0]
        means = values[: len(values) // size * size].reshape(-1, size).mean(axis=1)
        # Scores are of ranks, and so a little less than distances.
        assert band > 0.9 * np.abs(means - values.mean()).max() / spread


def test_it_outlives_a_file(tmp_path):
    """Bands are in the file, and not part of the reference's version."""
    from inference_exporter.reference import load, save

    random = np.random.default_rng(3)
    values = 2 * np.sin(2 * np.pi * TIMES / DAY) + random.normal(0, 0.5, len(TIMES))
    reference, plain = learned({"x": values}, TIMES), learned({"x": values}, TIMES, in_order=False)
    save(reference, tmp_path / "r.json")
    again = load(tmp_path / "r.json")
    assert again.traits["natural_variation"] == reference.traits["natural_variation"]
    assert reference.version == plain.version
