"""Challengers: compared with their champion through the fleet, with verdicts that survive a restart."""

import numpy as np
import pytest
from inference_exporter.config.challenger import ChallengerConfig
from inference_exporter.config.schema import Config, LearningConfig, ModelConfig, Window
from inference_exporter.durability.state import is_built
from inference_exporter.model.challengers import COMPARISONS_AT_MOST, Challengers
from inference_exporter.model.comparison import KEEP, NOT_YET, PROMOTE
from inference_exporter.model.fleet import Fleet
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch
from inference_exporter.store.trees import Reader, Writer

NOW = 1_800_000_000.0
WINDOWS = (Window("5m", 300.0),)
OLD, NEW = ModelKey("m", "1", "champion"), ModelKey("m", "2", "challenger")


def fleet(**challenger):
    models = tuple(
        ModelConfig(*key, learning=LearningConfig(samples=50), challenger=ChallengerConfig(**challenger))
        for key in (OLD, NEW)
    )
    return Fleet(Config(windows=WINDOWS, models=models), {})


def send(watched, key, prediction, first=0, **parts):
    ids = [str(i + first) for i in range(len(prediction))]
    watched.add(Batch(len(ids), key, np.full(len(ids), NOW), prediction=prediction, ids=ids, **parts), NOW)
    return ids


def judge(watched, values, first=0):
    ids = [str(i + first) for i in range(len(values))]
    watched.join(OutcomeBatch(ModelKey("m"), ids, values, np.full(len(ids), NOW)), NOW)


def comparison(watched):
    return next(view.comparison for view in watched.views(NOW) if view.key == NEW)


def answers(right, size, seed):
    """Return true classes, and answers of which a share is right."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, size)
    given = np.where(random.random(size) < right, truth, 1 - truth)
    return [f"c{i}" for i in truth], [f"c{i}" for i in given]


@pytest.mark.parametrize(("champion", "challenger", "verdict"), [(0.8, 0.9, PROMOTE), (0.9, 0.8, KEEP)])
def test_the_better_model_wins(champion, challenger, verdict):
    """The verdict names the better model, and stands."""
    watched = fleet()
    truth, _ = answers(1.0, 4000, 1)
    for key, share, seed in ((OLD, champion, 2), (NEW, challenger, 3)):
        wrong = np.random.default_rng(seed).random(4000) >= share
        send(watched, key, ["c0" if (of == "c1") == bad else "c1" for of, bad in zip(truth, wrong, strict=True)])
    assert comparison(watched).verdict == NOT_YET
    judge(watched, truth)
    found = comparison(watched)
    assert (found.verdict, found.judged) == (verdict, 4000)
    assert found.gain[1] < found.gain[0] < found.gain[2]
    assert np.sign(found.gain[0]) == verdict
    assert found.pvalue < 0.01


def test_a_minimum_gain_ends_a_comparison_of_equals():
    """With a minimum gain, the champion is kept once the challenger surely gains less."""
    watched = fleet(minimum_gain=0.1)
    truth, _ = answers(1.0, 3000, 1)
    for key in (OLD, NEW):
        send(watched, key, truth)
    judge(watched, truth)
    assert comparison(watched).verdict == KEEP


def test_numbers_are_compared_by_their_error():
    """Of two regressors, the nearer prediction wins; the gain is in the outcome's unit, bounded by the spread."""
    watched = fleet()
    truth = np.random.default_rng(1).normal(0, 10, 2000)
    send(watched, OLD, truth + 2.0)
    send(watched, NEW, truth + 0.5)
    judge(watched, truth.tolist())
    found = comparison(watched)
    assert (found.verdict, found.wins, found.losses) == (PROMOTE, 2000, 0)
    assert found.gain[0] == pytest.approx(1.5)
    assert found.confusion == {}


def test_scores_and_agreement():
    """Agreement and the mean difference of scores come without outcomes."""
    watched = fleet()
    send(watched, OLD, ["a", "b"] * 30, scores={"b": np.full(60, 0.4)})
    send(watched, NEW, ["a", "a"] * 30, scores={"b": np.full(60, 0.3)})
    found = comparison(watched)
    assert (found.pairs, found.agreeing, found.judged) == (60, 30, 0)
    assert found.windows["5m"].agreement == pytest.approx(0.5)
    assert found.windows["5m"].score_difference["b"] == pytest.approx(-0.1)
    assert found.confusion == {("a", "a"): 30, ("b", "a"): 30}


def test_an_outcome_before_its_prediction():
    """An outcome that waits for its prediction also judges the pair."""
    watched = fleet()
    judge(watched, ["a"] * 60)
    send(watched, NEW, ["a"] * 60)
    send(watched, OLD, ["b"] * 60)
    assert (comparison(watched).judged, comparison(watched).wins) == (60, 60)


def test_one_variant_pays_nothing():
    """A model without another variant has no comparison."""
    watched = fleet()
    send(watched, OLD, ["a"] * 60)
    assert all(view.comparison is None for view in watched.views(NOW))
    send(watched, ModelKey("other", "1", "challenger"), ["a"] * 60)
    assert all(view.comparison is None for view in watched.views(NOW))


def test_comparisons_are_bounded():
    """However many challengers there are, so many are compared."""
    watched = Fleet(Config(windows=WINDOWS), {})
    send(watched, OLD, ["a"] * 60)
    for number in range(COMPARISONS_AT_MOST + 5):
        send(watched, ModelKey("m", str(number), "shadow"), ["a"] * 60)
    send(watched, OLD, ["a"] * 60)
    assert sum(view.comparison is not None for view in watched.views(NOW)) == COMPARISONS_AT_MOST


def test_a_restart_changes_nothing():
    """Restored comparisons go on where they stopped: pairs that wait, counts and capital."""
    watched = fleet()
    truth, _ = answers(1.0, 600, 1)
    send(watched, OLD, ["c0"] * 600)
    send(watched, NEW, truth[:300])
    judge(watched, truth[:200])
    writer = Writer(is_built)
    tree = writer.tree(watched._challengers)
    again = fleet()
    again._challengers = Challengers()
    Reader(writer.arrays, lambda kind: None).fill(again._challengers, tree)
    for each in (watched, again):
        send(each, NEW, truth[300:], first=300)
        judge(each, truth[200:], first=200)
    assert comparison(again) == comparison(watched)
