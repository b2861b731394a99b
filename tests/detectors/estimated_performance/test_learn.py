"""What a reference shows of the calibration of its scores."""

import numpy as np
import pytest
from inference_exporter.detectors.estimated_performance.learn import MIN_ROWS, RECORD
from inference_exporter.learning.learning import learn

from .scored import batch_of, drawn, reference_of


def test_the_calibration_is_learned():
    """The probability at a score is how often the class came at it, not the score itself."""
    cells = RECORD.of(reference_of(np.random.default_rng(0), 50_000)).cells
    p, means = cells.probabilities[0][0], cells.means[0]
    for predicted, inside in ((0, means < 0.45), (1, means > 0.55)):
        assert p[predicted][inside] == pytest.approx(means[inside] ** 2, abs=0.06)


@pytest.mark.parametrize("reason", ["no outcomes", "few rows", "one class", "no scores"])
def test_nothing_is_learned_without_evidence(reason):
    """A reference without outcomes, with few of them, of one kind only, or without scores has no calibration."""
    random = np.random.default_rng(1)
    score, hit = drawn(random, MIN_ROWS - 1 if reason == "few rows" else 1000)
    outcome = np.where(hit & (reason != "one class"), "yes", "no").tolist()
    batch = batch_of(score)
    if reason == "no scores":
        batch = type(batch)(batch.size, batch.key, batch.times, features=batch.features, prediction=batch.prediction)
    reference = learn(batch, in_order=False, outcome=None if reason == "no outcomes" else outcome)
    assert RECORD.of(reference) is None
