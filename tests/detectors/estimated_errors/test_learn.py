"""What references learn of errors."""

import json

import numpy as np
import pytest
from inference_exporter.detectors.estimated_errors.error_cells import ErrorCells
from inference_exporter.detectors.estimated_errors.learn import MIN_ROWS, RECORD, TRAIT
from inference_exporter.learning.learning import learn
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.traits import LearningSamples

from .rented import NOW, batch_of, drawn, reference_of


@pytest.mark.slow
def test_the_columns_that_carry_the_error_are_found():
    """Prediction and age change the error by what they do, the other feature hardly."""
    reference = reference_of(np.random.default_rng(0), n=20_000)
    cells, grid = ErrorCells(RECORD.of(reference), Grid(reference)), Grid(reference)

    def expected(prediction, age, other):
        """Return the mean error of the cells of some rows."""
        found, _ = cells.of(grid.locate(batch_of(prediction, {"age": [age] * len(prediction), "other": other})))
        return cells.calibrated.absolute[found.astype(int)].mean()

    prediction, other = np.linspace(5, 95, 50), np.linspace(0, 1, 50)
    assert expected(prediction, "old", other) == pytest.approx(3 * expected(prediction, "new", other), rel=0.1)
    assert expected(prediction[-5:], "new", other[:5]) > 1.8 * expected(prediction[:5], "new", other[:5])
    high = expected(prediction, "new", np.full(50, 0.9))
    assert expected(prediction, "new", np.full(50, 0.1)) == pytest.approx(high, rel=0.12)


@pytest.mark.slow
def test_columns_that_matter_only_together_are_found():
    """Where the error is large if two columns agree, neither of them says anything alone."""
    random = np.random.default_rng(0)
    one, other = random.integers(0, 2, (2, 8000)).astype(float)
    prediction = random.random(8000)
    error = np.where(one == other, 3.0, 1.0) * random.standard_normal(8000)
    batch = batch_of(prediction, {"one": one, "other": other})
    reference = learn(batch, in_order=False, created=NOW, task="regression", outcome=prediction + error)
    learned = RECORD.of(reference)
    cells, grid = ErrorCells(learned, Grid(reference)), Grid(reference)
    found, _ = cells.of(grid.locate(batch))
    means = cells.calibrated.absolute[found.astype(int)]
    assert means[one == other].mean() == pytest.approx(3 * means[one != other].mean(), rel=0.1)


def test_it_survives_the_file():
    """What is learned is JSON with a version, and the same when read."""
    reference = reference_of(np.random.default_rng(0))
    written = json.loads(json.dumps(reference.traits["estimated_errors"]))
    assert written == reference.traits["estimated_errors"]
    assert written["version"] == 1
    assert sum(RECORD.of(reference).n) == 5000


@pytest.mark.parametrize("what", ["no_outcomes", "few_rows", "no_errors", "classes", "not_numbers", "infinite"])
def test_nothing_is_learned_from_rows_that_show_nothing(what):
    """No outcomes, too few, only exact predictions or no numbers: there is nothing to expect."""
    random = np.random.default_rng(0)
    prediction, features, outcome = drawn(random, MIN_ROWS - 1 if what == "few_rows" else 1000)
    batch, task = batch_of(prediction, features), "regression"
    outcome = {"no_outcomes": None, "no_errors": prediction, "not_numbers": ["?"] * 1000}.get(what, outcome)
    if what == "classes":
        batch = batch_of([f"{value > 50}" for value in prediction], features)
        outcome, task = [f"{value > 50}" for value in outcome], "classification"
    if what == "infinite":
        outcome = np.full(1000, np.inf)
    assert TRAIT.learn(LearningSamples(batch, outcome=outcome), learn(batch, in_order=False, task=task)) is None


def test_extreme_outcomes_leave_a_finite_estimate():
    """A few outcomes of 1e300 do not turn what is learned into infinities."""
    prediction, features, outcome = drawn(np.random.default_rng(0), 1000)
    outcome[::400] = [1e300, -1e300, 1e308]
    reference = learn(batch_of(prediction, features), in_order=False, created=NOW, task="regression", outcome=outcome)
    learned = RECORD.of(reference)
    assert learned is None or np.isfinite([learned.unit, *learned.fourth, *np.ravel(learned.spreads)]).all()


@pytest.mark.slow
def test_stretches_that_vary_are_seen():
    """Errors that are twice as large in some days as in others leave a spread."""
    random = np.random.default_rng(0)
    calm = RECORD.of(reference_of(random))
    parts = [drawn(random, 250, times_worse=1.0 + place % 2) for place in range(20)]
    prediction, outcome = (np.concatenate([part[place] for part in parts]) for place in (0, 2))
    features = {"age": [age for part in parts for age in part[1]["age"]], "other": random.random(5000)}
    reference = learn(batch_of(prediction, features), in_order=False, created=NOW, task="regression", outcome=outcome)
    assert np.max(calm.spreads) < 0.15
    assert RECORD.of(reference).spreads[0][0] > 0.25
