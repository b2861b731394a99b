"""The smallest change that a reference can see, against simulated windows and the verdict itself."""

from functools import cache

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig
from inference_exporter.measures.evidence import TESTS
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.verdict.comparing import Measuring
from inference_exporter.verdict.decision import judge
from inference_exporter.verdict.judging import Judging
from inference_exporter.verdict.smallest_change import Circumstances, smallest_changes

ROWS, SAMPLES, SIGNIFICANCE, DRAWS = 20_000, 400, 1.6e-5, 150
GIVEN = Circumstances(SAMPLES, SIGNIFICANCE, {}, {})
NAMES = ("amount", "age", "rate", "country")


def features(random, n, shift=0.0, missing=0.0, new=0.0):
    """Return columns: `amount` shifts, `age` has missing values, `country` a new category."""
    country = random.choice(["FR", "DE", "IT", "ES"], size=n, p=[0.4, 0.3, 0.2, 0.1]).astype(object)
    country[random.random(n) < new] = "XX"
    age = random.gamma(4.0, size=n)
    age[random.random(n) < 0.02 + missing] = np.nan
    return {"amount": random.normal(shift, 1.0, n), "age": age, "rate": random.normal(size=n), "country": list(country)}


@cache
def judging():
    grid = Grid(build(features(np.random.default_rng(0), ROWS), ROWS, created=0.0))
    measuring = Measuring(grid)
    return grid, measuring, Judging(grid, measuring, ModelConfig())


def flagged(random, given, design=None, **changes):
    """Return whether one look at a fresh window names each column."""
    grid, measuring, judged = judging()
    located = grid.locate(Batch(SAMPLES, ModelKey(), np.zeros(SAMPLES), features=features(random, SAMPLES, **changes)))
    cells, sums = located.counts(slice(0, SAMPLES), grid.n_cells), located.sums(slice(0, SAMPLES))
    inputs = judged.inputs(cells, measuring.compare(cells, sums), None, design)
    return judge(inputs, judged.thresholds, given.bands, given.significance).drifted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "column"), [("shift", "amount"), ("missing", "age"), ("new", "country")], ids=lambda name: name
)
def test_the_stated_change_is_named_nine_times_in_ten(change, column):
    """The verdict itself names a change of the stated size with a power between 0.85 and 0.95."""
    stated = smallest_changes(judging()[2], GIVEN)
    size = {"shift": stated.shift, "missing": stated.missing, "new": stated.new_category}[change][NAMES.index(column)]
    random = np.random.default_rng(11)
    hits = [flagged(random, GIVEN, **{change: float(size)})[NAMES.index(column)] for _ in range(DRAWS)]
    assert 0.85 <= np.mean(hits) <= 0.95


def test_tests_without_a_chance_leave_their_part():
    """Where no column has missing values the location test may spend more, and so sees a smaller shift."""
    random = np.random.default_rng(3)
    numbers = {name: random.normal(size=ROWS) for name in ("amount", "rate")}
    some = {"amount": numbers["amount"], "rate": np.where(random.random(ROWS) < 0.1, np.nan, numbers["rate"])}
    stated = []
    for columns in (numbers, some):
        grid = Grid(build(columns, ROWS, created=0.0))
        few = Circumstances(100, SIGNIFICANCE, {}, {})  # of more the threshold decides
        stated.append(smallest_changes(Judging(grid, Measuring(grid), ModelConfig()), few))
    assert stated[0].shift[0] < 0.99 * stated[1].shift[0]
    assert stated[0].missing[0] == pytest.approx(stated[1].missing[0], rel=0.3)


def test_a_band_and_dependence_hide_changes():
    """A wider band or fewer effective values need a larger change, and a handful of values sees next to nothing."""
    n_columns = len(NAMES)
    plain = smallest_changes(judging()[2], GIVEN)
    wide = smallest_changes(
        judging()[2], Circumstances(SAMPLES, SIGNIFICANCE, {}, {key: np.full(n_columns, 0.8) for key in TESTS})
    )
    dependent = smallest_changes(
        judging()[2], Circumstances(SAMPLES, SIGNIFICANCE, {key: np.full(n_columns, 20.0) for key in TESTS}, {})
    )
    for harder in (wide, dependent):
        for name in ("shift", "missing", "new_category"):
            before, after = getattr(plain, name), getattr(harder, name)
            known = ~np.isnan(before)
            assert (after[known] > before[known]).all()
    assert wide.shift[0] > 0.8
    few = smallest_changes(judging()[2], Circumstances(3, SIGNIFICANCE, {}, {}))
    assert few.shift[0] > 3.0 and few.missing[1] > 0.9 and few.new_category[3] > 0.7


def test_a_column_states_only_changes_that_it_can_have():
    """Numbers have no new category and categories no shift."""
    stated = smallest_changes(judging()[2], GIVEN)
    assert np.isnan(stated.shift).tolist() == [False, False, False, True]
    assert np.isnan(stated.new_category).tolist() == [True, True, True, False]
    assert not np.isnan(stated.missing).any()
