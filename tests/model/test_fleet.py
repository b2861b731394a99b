"""The fleet: the model of a batch, and the predictions of an outcome."""

import math

import numpy as np
import pytest
from inference_exporter.config.schema import Config, LearningConfig, LimitsConfig, ModelConfig, StorageConfig
from inference_exporter.model.fleet import IDLE_SECONDS, Fleet, key_of
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch
from inference_exporter.store.references import ReferenceFolder

WALL = 1_800_000_000.0
CLASSES = build({"x": [1, 2, 3]}, 3, prediction=["yes", "no", "yes"])
NUMBERS = build({"x": [1, 2, 3]}, 3, prediction=[1.5, 2.5, 3.5])
SPAM, PRICE = ModelConfig("spam", "1"), ModelConfig("price", "1")


def samples(ids, prediction, **key):
    size = len(ids)
    return Batch(
        size, ModelKey(**key), np.full(size, math.nan), {"x": [1] * size}, prediction=[prediction] * size, ids=list(ids)
    )


def outcomes(ids, values, **key):
    return OutcomeBatch(ModelKey(**key), list(ids), list(values), np.full(len(ids), math.nan))


def fleet(models=(SPAM, PRICE), references=None, **settings):
    config = Config(models=tuple(models), **settings)
    return Fleet(config, {key_of(SPAM): CLASSES, key_of(PRICE): NUMBERS} if references is None else references)


def view(fleet, name):
    return next(view for view in fleet.views(WALL) if view.key.model == name)


@pytest.mark.parametrize(
    ("models", "given", "complete"),
    [
        ([], ModelKey(), ModelKey("default", "unversioned", "champion")),
        ([SPAM], ModelKey(), ModelKey("spam", "1", "champion")),
        ([SPAM], ModelKey("other"), ModelKey("other", "unversioned", "champion")),
        ([SPAM], ModelKey("spam", "2"), ModelKey("spam", "2", "champion")),
        ([SPAM, PRICE], ModelKey(), ModelKey("default", "unversioned", "champion")),
        ([SPAM, PRICE], ModelKey("price"), ModelKey("price", "1", "champion")),
        ([SPAM, ModelConfig("spam", "2")], ModelKey("spam"), ModelKey("spam", "unversioned", "champion")),
        ([ModelConfig("spam", "1", "shadow")], ModelKey("spam"), ModelKey("spam", "1", "shadow")),
    ],
)
def test_what_is_left_out_is_filled_in_where_there_is_no_doubt(models, given, complete):
    """Senders may leave out the only model, version or variant of the configuration."""
    assert fleet(models, {}).complete(given) == complete


class TestOutcomes:
    def test_go_to_every_model_that_knows_the_id(self):
        """A champion and its shadow answered the same request: one outcome is for both."""
        watched = fleet([SPAM, ModelConfig("spam", "2", "shadow")], {})
        for version in ("1", "2"):
            watched.add(samples([f"r{i}" for i in range(1000)], "yes", model="spam", version=version), WALL)
        assert not watched.join(outcomes(["r1"], ["yes"], model="spam"), WALL)
        assert [view.performance.outcomes.joined for view in watched.views(WALL)] == [1, 1]
        assert watched.pending_outcomes == 0

    def test_wait_for_their_prediction(self):
        """An outcome that arrives first is joined when its prediction arrives, and only to its own model."""
        watched = fleet()
        watched.join(outcomes(["a", "b"], ["yes", "no"], model="spam"), WALL)
        assert watched.pending_outcomes == 2
        watched.add(samples(["a"], 1.5, model="price"), WALL)
        assert watched.pending_outcomes == 2
        watched.add(samples(["a", "b", "c"], "yes", model="spam"), WALL)
        assert watched.pending_outcomes == 0
        assert view(watched, "spam").performance.outcomes.joined == 2
        assert view(watched, "spam").performance.confusion == {("yes", "yes"): 1, ("no", "yes"): 1}

    def test_of_the_wrong_kind_are_rejected(self):
        """Text cannot be the outcome of a regression, whether its id is known or not."""
        watched = fleet([PRICE], {key_of(PRICE): NUMBERS})
        watched.add(samples(["a"], 1.5), WALL)
        rejected = watched.join(outcomes(["a", "a", "z"], [2.0, "tall", "tall"]), WALL)
        assert [(item.index, item.reason) for item in rejected] == [(1, "wrong_kind"), (2, "wrong_kind")]
        assert watched.pending_outcomes == 0

    def test_that_waited_and_do_not_fit_are_counted(self):
        """A text that arrived before its prediction, which is a number, is not joined but counted."""
        watched = fleet()
        assert not watched.join(outcomes(["z"], ["tall"]), WALL)
        assert (watched.pending_outcomes, watched.dropped_outcomes) == (1, 0)
        watched.add(samples(["z"], 1.5, model="price"), WALL)
        assert (watched.pending_outcomes, watched.dropped_outcomes) == (0, 1)
        assert view(watched, "price").performance.outcomes.joined == 0

    def test_that_fit_one_model_are_not_wrong_for_another(self):
        """An early outcome without a model waits if one of the models could have it."""
        watched = fleet()
        watched.add(samples(["p"], 1.5, model="price"), WALL)
        watched.add(samples(["s"], "yes", model="spam"), WALL)
        assert not watched.join(outcomes(["early"], ["yes"]), WALL)
        assert watched.pending_outcomes == 1
        watched.add(samples(["early"], "yes", model="spam"), WALL)
        assert view(watched, "spam").performance.outcomes.joined == 1

    def test_that_cross_their_prediction_are_not_lost(self, monkeypatch):
        """A prediction that arrives between the search for it and the storing of its outcome is still joined."""
        watched = fleet()
        watched.add(samples(["other"], "yes", model="spam"), WALL)
        put = watched._pending.put

        def put_late(*arguments, **named):
            watched.add(samples(["a"], "yes", model="spam"), WALL)
            monkeypatch.setattr(watched._pending, "put", put)
            put(*arguments, **named)

        monkeypatch.setattr(watched._pending, "put", put_late)
        watched.join(outcomes(["a"], ["no"], model="spam"), WALL)
        assert view(watched, "spam").performance.outcomes.joined == 1
        assert watched.pending_outcomes == 0

    def test_that_wait_are_bounded(self):
        """Beyond the limit the oldest is pushed out and counted."""
        watched = fleet(limits=LimitsConfig(pending_outcomes=10))
        watched.join(outcomes([f"r{i}" for i in range(25)], ["yes"] * 25, model="spam"), WALL)
        assert (watched.pending_outcomes, watched.dropped_outcomes) == (10, 15)


class TestReconfiguring:
    def test_what_stays_the_same_keeps_its_state(self):
        """A reload that changes one model leaves the windows of the others alone."""
        watched = fleet()
        for name, prediction in (("spam", "yes"), ("price", 1.5), ("unconfigured", "yes")):
            watched.add(samples(["a"], prediction, model=name), WALL)
        changed = ModelConfig("price", "1", framework="xgboost")
        watched.reconfigure(Config(models=(SPAM, changed)), {key_of(SPAM): CLASSES, key_of(PRICE): NUMBERS})
        counts = {view.key.model: view.windows[0].samples for view in watched.views(WALL)}
        assert counts == {"spam": 1, "price": 0, "unconfigured": 1}

    def test_another_reference_begins_anew(self):
        """Counts over other buckets cannot be kept."""
        watched = fleet()
        watched.add(samples(["a"], "yes", model="spam"), WALL)
        other = build({"x": [7, 8]}, 2, prediction=["yes", "no"])
        watched.reconfigure(Config(models=(SPAM, PRICE)), {key_of(SPAM): other, key_of(PRICE): NUMBERS})
        assert view(watched, "spam").reference.version == other.version
        assert view(watched, "spam").windows[0].samples == 0


class TestUnconfigured:
    def test_a_version_that_is_not_configured_has_its_models_settings(self):
        """A new version of a known model learns its own reference with the model's settings."""
        known = ModelConfig("spam", "1", learning=LearningConfig(77))
        watched = fleet([known], {key_of(known): CLASSES})
        watched.add(samples(["a"], "yes", model="spam", version="2"), WALL)
        new = next(view for view in watched.views(WALL) if view.key.version == "2")
        assert new.config.learning.samples == 77
        assert (new.reference, new.reference_source) == (None, "learning")

    def test_models_are_limited(self):
        """Beyond the limit the idlest model that has not learned yet makes room, and is counted."""
        watched = fleet([], {}, limits=LimitsConfig(models=2))
        results = [watched.add(samples(["a"], "yes", model=name), WALL + i) for i, name in enumerate("abcda")]
        assert results == [None] * 5
        assert [view.key.model for view in watched.views(WALL)] == ["a", "d"]
        assert watched.evicted_models == 3

    def test_a_model_that_has_learned_makes_room_once_it_is_idle(self):
        """A flood of names does not push out a model that is in use."""
        few = (ModelConfig("known", "1"), ModelConfig("a", "1", learning=LearningConfig(50)))
        watched = fleet(few, {}, limits=LimitsConfig(models=1))
        assert watched.add(samples(["a"] * 60, "yes", model="a", version="2"), WALL) is None
        assert watched.add(samples(["a"], "yes", model="new"), WALL + 1) == "too_many_models"
        assert watched.add(samples(["a"], "yes", model="new"), WALL + IDLE_SECONDS) is None
        assert watched.evicted_models == 1

    def test_configured_models_always_have_room(self):
        """However many names are sent, configured models are watched and keep their state."""
        watched = fleet([ModelConfig("spam", "1")], {}, limits=LimitsConfig(models=3))
        watched.add(samples(["a"], "yes", model="spam"), WALL)
        for i in range(50):
            watched.add(samples(["a"], "yes", model=f"m{i}"), WALL + 1 + i)
        assert watched.add(samples(["a"], "yes", model="spam"), WALL + 60) is None
        (spam,) = (view for view in watched.views(WALL) if view.key.model == "spam")
        assert sum(spam.traffic.requests.values()) == 2

    def test_a_learned_reference_outlives_a_restart(self, tmp_path):
        """With a storage path a learned reference is found again, under its own key only."""
        kept = ReferenceFolder(tmp_path)
        config = Config(
            models=(ModelConfig("spam", "1", learning=LearningConfig(50)),), storage=StorageConfig(tmp_path)
        )

        def start():
            return Fleet(config, {}, kept.find, kept.save)

        first = start()
        first.add(samples([f"r{i}" for i in range(50)], "yes"), WALL)
        learned = view(first, "spam").reference
        second = start()
        assert view(second, "spam").reference.version == learned.version
        assert view(second, "spam").reference_source == "learned"
        second.add(samples(["a"], "yes", model="spam", version="2"), WALL)
        assert next(view for view in second.views(WALL) if view.key.version == "2").reference is None
