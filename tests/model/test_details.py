"""Detail of joined predictions: kept beside the totals, taken back by corrections, and grown after an upgrade."""

import numpy as np
import pytest
from inference_exporter.config.schema import OutcomesConfig, Window
from inference_exporter.model.details import Ranks
from inference_exporter.model.performance import Performance
from inference_exporter.model.performance_totals import RegressionAccumulator
from inference_exporter.model.settling import Joined
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.store.trees import Reader, Writer

NOW = 1_800_000_000.0


@pytest.fixture
def performance():
    """A regressor with ten predictions of 5."""
    performance = empty()
    remember(performance, [f"r{i}" for i in range(10)])
    return performance


def empty():
    return Performance(RegressionAccumulator(2), OutcomesConfig(100), (Window("1h", 3600.0),))


def remember(performance, ids):
    size = len(ids)
    batch = Batch(size, ModelKey(), np.full(size, NOW), prediction=[5.0] * size, ids=ids)
    performance.remember(batch, np.full(size, NOW))


def join(performance, ids, value):
    size = len(ids)
    performance.join(ids, np.full(size, value), np.full(size, NOW), NOW)


def detail(performance):
    return performance.window("1h", NOW)[1].detail


def test_a_correction_takes_back_its_row(performance):
    """After corrections the detail is that of the last outcomes alone, to the last digit."""
    join(performance, ["r0", "r1"], 4.0)
    expected = detail(performance)
    join(performance, ["r2"], 1e9)
    join(performance, ["r2"], 4.5)
    join(performance, ["r2"], 4.0)
    found = detail(performance)
    assert found.n == expected.n + 1 == 3
    assert found.fourth_error == 3
    assert found.cells.sum() == 3
    assert found.cells.max() == 3


def test_state_of_an_earlier_release_goes_on(performance):
    """State without detail is read, keeps its totals, and gets the detail of what is joined from then on."""
    join(performance, ["r0", "r1"], 4.0)
    performance._details = None
    writer = Writer(lambda kind: False)
    tree = writer.tree(performance)
    tree["state"].pop("_details")
    restored = empty()
    Reader(writer.arrays, lambda kind: None).fill(restored, tree)
    assert restored.window("1h", NOW)[1].n == 2
    join(restored, ["r2"], 4.0)
    totals = restored.window("1h", NOW)[1]
    assert (totals.n, totals.detail.n, totals.whole_detail) == (3, 1, None)
    join(restored, ["r0"], 3.0)  # takes back a row that the detail never had
    assert restored.window("1h", NOW)[1].detail.cells.min() >= 0


def test_state_survives_a_restart(performance):
    """Detail is state: after a restart it is what it was."""
    join(performance, ["r0", "r1"], 4.0)
    writer = Writer(lambda kind: False)
    tree = writer.tree(performance)
    restored = empty()
    Reader(writer.arrays, lambda kind: None).fill(restored, tree)
    join(performance, ["r2"], 4.5)
    join(restored, ["r2"], 4.5)
    for one, other in zip(vars(detail(performance)).values(), vars(detail(restored)).values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_ranks_are_those_of_the_outcomes_score():
    """The first rank is the highest score; ties count as behind, and a class without a score as behind all."""
    nan = np.nan
    scores = np.array([
        [0.7, 0.2, 0.1],  # first
        [0.2, 0.7, 0.1],  # second
        [0.4, 0.4, 0.2],  # a tie for the first place is the second
        [nan, 0.6, 0.4],  # not among the scores that were sent
        [nan, nan, nan],  # without scores
        [0.9, nan, nan],  # a single score is not a ranking
    ])  # fmt: skip
    zeros = np.zeros(len(scores))
    counts, _ = Ranks(3).add_up(Joined(zeros, scores, zeros, zeros, zeros, zeros))
    assert counts.tolist() == [1, 2, 0, 1]
