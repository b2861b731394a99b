"""How much columns vary between stretches of the reference."""

from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.learning.learning import learn
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.natural_variation import NaturalVariation
from inference_exporter.samples.batch import Batch, ModelKey

DAY = 86400.0
START = 20_000 * DAY


def learned(features, times, in_order=True, seasons=()):
    return learn(Batch(len(times), ModelKey(), times, features=features), in_order=in_order, seasons=seasons)


def variation_of(features, times, in_order=True):
    return NaturalVariation.of(Grid(learned(features, times, in_order)))


def of_version_3(reference):
    """Return what was learned as files of version 3 had it: one number for each band."""
    content = {**reference.traits["natural_variation"], "version": 3}
    for part in ("by_size", "by_period"):
        bands = {key: [[band[0] for band in column] for column in of] for key, of in content[part]["bands"].items()}
        content[part] = {**content[part], "bands": bands}
    return content


TIMES = np.linspace(START, START + 56 * DAY, 20_000, endpoint=False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_shuffled_rows_cost_no_power(seed):
    """If rows differ only by noise they all count, and bands are narrower than a look requires."""
    random = np.random.default_rng(seed)
    features = {
        "normal": random.normal(size=len(TIMES)),
        "lognormal": random.lognormal(0, 1.5, len(TIMES)),
        "missing": np.where(random.random(len(TIMES)) < 0.1, np.nan, random.normal(size=len(TIMES))),
        "rare": (random.random(len(TIMES)) < 0.01).astype(float),
        "words": random.choice(["a", "b", "c"], len(TIMES), p=[0.9, 0.09, 0.01]).tolist(),
    }
    variation = variation_of(features, TIMES)
    for samples in (50, 200, 500, 2000):
        assert all((effects < 1.5).all() for effects in variation.design_effects(samples, 300.0).values())
        location = variation.bands(samples, 300.0).get("location", np.zeros(5))
        assert (location < 5 * np.sqrt(1 / samples)).all()


def test_unknown_order_is_no_variation():
    """Without times the variation between stretches is unknown, and absent from the file."""
    random = np.random.default_rng(0)
    walk = np.cumsum(random.normal(size=len(TIMES)))
    assert "natural_variation" not in learned({"x": walk}, TIMES, in_order=False).traits


def test_a_daily_rhythm_has_a_band_for_hours_and_hardly_one_for_weeks():
    """The hour of the day explains how far a short window strays; a week contains all hours and strays no farther."""
    random = np.random.default_rng(1)
    values = 2 * np.sin(2 * np.pi * TIMES / DAY) + random.normal(0, 0.5, len(TIMES))
    variation = variation_of({"x": values}, TIMES)
    short, long = variation.bands(50, 3600.0), variation.bands(2000, 7 * DAY)
    # An hour at the crest is 2 / sqrt(2 + 0.25) standard deviations from the mean.
    assert short["location"][0] > 1.3
    assert long["location"][0] < 0.3
    # All 50 samples of such an hour carry hardly more information than a few independent ones.
    assert variation.design_effects(50, 3600.0)["location"][0] > 20


@pytest.mark.parametrize("block", [10, 50])
def test_the_design_effect_of_blocks_is_their_length(block):
    """If values come in blocks of equal ones, a window is worth about as many samples as it has blocks."""
    random = np.random.default_rng(4)
    values = np.repeat(random.normal(size=20_000 // block), block)
    effect = variation_of({"x": values}, TIMES).design_effects(1000, 2.8 * DAY)["location"][0]
    # The greatest of several upper limits, doubled where 20 stretches show it: conservative.
    assert 0.8 * block < effect < 4 * block


def test_what_only_one_stretch_has_is_within_the_band():
    """Categories of a single stretch, and the single highest stretch, will have successors."""
    random = np.random.default_rng(5)
    words = random.choice(["a", "b"], len(TIMES)).astype(object)
    words[5000:5030] = "campaign"
    numbers = random.normal(size=len(TIMES))
    numbers[7000:7020] += 50
    bands = variation_of({"words": words.tolist(), "numbers": numbers}, TIMES).bands(50, 300.0)
    assert bands["unseen"][0] > 0.5
    assert bands["out_of_range"][1] > 0.35


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
        # Scores use ranks, and so are slightly smaller than distances.
        assert band > 0.9 * np.abs(means - values.mean()).max() / spread


def test_it_outlives_a_file(tmp_path):
    """Bands are in the file, but not part of the reference's version."""
    from inference_exporter.reference.reference import load, save

    random = np.random.default_rng(3)
    values = 2 * np.sin(2 * np.pi * TIMES / DAY) + random.normal(0, 0.5, len(TIMES))
    reference, plain = learned({"x": values}, TIMES), learned({"x": values}, TIMES, in_order=False)
    save(reference, tmp_path / "r.json")
    again = load(tmp_path / "r.json")
    assert again.traits["natural_variation"] == reference.traits["natural_variation"]
    assert reference.version == plain.version


def test_a_window_longer_than_all_stretches_is_made_of_several():
    """A quarter strays as the mean of its weeks, so its band is narrower than the worst week."""
    random = np.random.default_rng(6)
    weeks = np.repeat(random.normal(0, 1, 56), len(TIMES) // 56 + 1)[: len(TIMES)]
    values = weeks + random.normal(0, 0.3, len(TIMES))
    variation = variation_of({"x": values}, np.linspace(START, START + 392 * DAY, len(TIMES)))
    week, quarter = variation.bands(357, 7 * DAY)["location"], variation.bands(357 * 13, 91 * DAY)["location"]
    assert quarter[0] < 0.6 * week[0]


@pytest.mark.slow
def test_columns_with_the_same_rhythm_have_the_same_fate():
    """Of many columns with one weak weekly rhythm none counts all its rows and none hardly any."""
    random = np.random.default_rng(7)
    weeks = np.repeat(random.normal(0, 1, 56), len(TIMES) // 56 + 1)[: len(TIMES)]
    features = {f"x{place}": 0.15 * weeks + random.normal(size=len(TIMES)) for place in range(8)}
    variation = variation_of(features, np.linspace(START, START + 392 * DAY, len(TIMES)))
    effects = variation.design_effects(357, 7 * DAY)["location"]
    assert effects.min() > 2
    assert effects.max() < 3 * effects.min()
    assert (variation.bands(357, 7 * DAY)["location"] > 0.1).all()


@pytest.mark.slow
def test_a_season_explains_its_own_variation_and_no_other():
    """Against the hour of the day a daily wave leaves no band, and days that differ leave theirs."""
    random = np.random.default_rng(9)
    wave = 2 * np.sin(2 * np.pi * TIMES / DAY)
    days = np.repeat(random.normal(0, 1, 56), len(TIMES) // 56 + 1)[: len(TIMES)]
    features = {"wave": wave + random.normal(size=len(TIMES)), "days": wave + days + random.normal(size=len(TIMES))}
    grid = Grid(learned(features, TIMES, seasons=("hour_of_day",)))
    whole, left = (NaturalVariation.of(grid, season).bands(50, 3600.0)["location"] for season in (None, "hour_of_day"))
    assert (whole > 1.2).all()
    assert left[0] < 0.4 * whole[0]
    assert left[1] > 0.7


def test_a_reference_of_before_has_no_variation_beside_its_season():
    """Files of version 1 load, with bands against the whole and none against a season."""
    random = np.random.default_rng(3)
    values = 2 * np.sin(2 * np.pi * TIMES / DAY) + random.normal(0, 0.5, len(TIMES))
    reference = learned({"x": values}, TIMES)
    content = {key: value for key, value in of_version_3(reference).items() if key != "seasonal"}
    grid = Grid(replace(reference, traits={"natural_variation": {**content, "version": 1}}))
    assert NaturalVariation.of(grid).bands(50, 3600.0)["location"][0] > 1.0
    assert NaturalVariation.of(grid, "hour_of_day").bands(50, 3600.0) == {}


def test_shorter_windows_have_wider_bands():
    """There are more of them in a month, so the farthest of as many samples strays farther."""
    random = np.random.default_rng(10)
    values = np.repeat(random.normal(size=400), 50) + random.normal(0, 0.3, 20_000)
    variation = variation_of({"x": values}, TIMES)
    bands = [variation.bands(50, seconds)["location"][0] for seconds in (300.0, 3600.0)]
    assert bands[0] > 1.05 * bands[1]


@pytest.mark.slow
def test_stretches_that_vary_less_than_noise_may_still_stray_far():
    """Hours of the day balance within a day; where a recording was cut, a window has some of them twice."""
    random = np.random.default_rng(11)
    starts = np.repeat(random.integers(0, 48, 100), 200)
    hours = (starts + np.tile(np.arange(200), 100)) % 48
    features = {"hour": hours.astype(float), "slow": np.repeat(random.normal(size=200), 100)}
    bands = variation_of(features, TIMES).bands(50, 300.0)
    assert bands["scale"][0] > 0.5


def test_bands_of_version_3_do_not_depend_on_the_number_of_windows():
    """A file whose bands are one number each loads, and keeps its bands."""
    random = np.random.default_rng(3)
    values = np.repeat(random.normal(size=400), 50) + random.normal(0, 0.3, 20_000)
    reference = learned({"x": values}, TIMES)
    grid = Grid(replace(reference, traits={"natural_variation": of_version_3(reference)}))
    variation = NaturalVariation.of(grid)
    short, long = variation.bands(50, 300.0)["location"], variation.bands(50, 3600.0)["location"]
    assert short[0] == long[0] > 0
    assert variation.stretches(50, 300.0).number[0] > 0


def test_a_column_with_a_single_number_is_learned_wherever_its_row_is(caplog):
    """Shuffled rows may have that number behind the last whole stretch, so that no stretch of them has any."""
    rows = 588
    features = {f"few_{place}": np.where(np.arange(rows) == place, 1.0, np.nan) for place in range(0, rows, 14)}
    found = learned(features | {"rhythm": np.sin(np.arange(rows) / 40)}, START + 600.0 * np.arange(rows))
    assert "natural_variation" in found.traits
    assert "failed" not in caplog.text


@pytest.mark.slow
def test_what_two_clusters_show_is_doubted():
    """Of two columns with as much variance between stretches, that of few clusters has the larger design effect."""
    random = np.random.default_rng(12)
    rows = len(TIMES)
    spread = np.repeat(random.random(rows // 50) < 0.25, 50)
    features = {
        "many": np.where(spread & (random.random(rows) < 0.1), np.nan, 1.0 * random.integers(0, 9, rows)),
        "few": np.where(np.isin(np.arange(rows) // 250, [11, 37]), np.nan, 1.0 * random.integers(0, 9, rows)),
    }
    content = learned(features, TIMES).traits["natural_variation"]
    largest = [max(column) for column in content["by_size"]["excess_variance"]["missing"]]
    assert largest[1] > 4 * largest[0]
