"""Expected totals are those of the outcomes, on average."""

import numpy as np
import pytest
from inference_exporter.detectors.estimated_performance.expected import drawn_totals, expected_totals
from inference_exporter.detectors.estimated_performance.learn import RECORD
from inference_exporter.learning.learning import learn
from inference_exporter.measures.performance import CLASSIFICATION_MEASURES
from inference_exporter.model.performance_totals import ClassificationAccumulator
from inference_exporter.samples.batch import Batch

from .scored import KEY, batch_of, drawn, reference_of

RANDOM = np.random.default_rng(3)


@pytest.fixture(scope="module")
def binary():
    """Return what a large reference of two classes says of scores."""
    return RECORD.of(reference_of(np.random.default_rng(4), 100_000)).cells


def test_what_is_expected_of_two_classes_comes(binary):
    """With a large reference and a large, shifted window, every estimate is what the outcomes will show."""
    score, hit = drawn(RANDOM, 100_000, (1.0, 3.0))
    batch = batch_of(score)
    expected = expected_totals(binary, binary.counts(*binary.encoded(batch.prediction, batch.scores, batch.size)))
    compare(expected, realised(batch, np.where(hit, "yes", "no").tolist(), ["no", "yes"]))


def of_three(n, weights):
    """Return samples of three classes with scores that are too extreme, and their outcomes."""
    truth = RANDOM.dirichlet(weights, n)
    hit = (truth.cumsum(axis=1) > RANDOM.random((n, 1))).argmax(axis=1)
    scores = truth**1.5 / (truth**1.5).sum(axis=1, keepdims=True)
    names = np.array(["a", "b", "c"])
    prediction, columns = names[scores.argmax(axis=1)].tolist(), dict(zip("abc", scores.T, strict=True))
    batch = Batch(n, KEY, np.full(n, 1e9), features={"x": np.zeros(n)}, prediction=prediction, scores=columns)
    return batch, names[hit].tolist()


def test_what_is_expected_of_three_classes_comes():
    """The same holds for more classes than two."""
    batch, outcome = of_three(50_000, [1, 1, 1])
    cells = RECORD.of(learn(batch, in_order=False, outcome=outcome)).cells
    batch, outcome = of_three(50_000, [1, 1, 1])
    expected = expected_totals(cells, cells.counts(*cells.encoded(batch.prediction, batch.scores, batch.size)))
    compare(expected, realised(batch, outcome, ["a", "b", "c"]))
    assert expected.confusion.sum() == pytest.approx(batch.size)


def realised(batch, outcome, classes):
    card = ClassificationAccumulator(classes)
    encoded = card.encode_predictions(batch.prediction), card.encode_outcomes(outcome)
    return card.totals(*card.add_up(*encoded, card.encode_scores(batch.scores, batch.size)))


def compare(expected, came):
    for measure in CLASSIFICATION_MEASURES.values():
        if measure.estimated:
            truth = measure.compute(came)
            for name, value in measure.compute(expected).items():
                assert value == pytest.approx(truth[name], abs=0.025), (measure.key, name)


def test_draws_are_around_what_is_expected(binary):
    """Draws have the mean of the expectation, and are the same each time."""
    score, _ = drawn(RANDOM, 2000)
    batch = batch_of(score)
    counts = binary.counts(*binary.encoded(batch.prediction, batch.scores, batch.size))
    one, other = (np.array([totals.confusion for totals in drawn_totals(binary, counts, 200)]) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(one.mean(axis=0), expected_totals(binary, counts).confusion, rtol=0.05)
    np.testing.assert_allclose(one.sum(axis=(1, 2)), 2000)
