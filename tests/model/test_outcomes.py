"""Joining outcomes to predictions, against a model that keeps everything."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from inference_exporter.model.memory import Pool
from inference_exporter.model.outcomes import OutcomeJoin, PendingOutcomes
from inference_exporter.samples.batch import ModelKey

NOW = 1000.0


@dataclass
class Prediction:
    """One prediction in a model with perfect memory."""

    name: str
    value: float
    time: float
    outcome: float = math.nan


class Model:
    """The last predictions in order of arrival; a repeated id replaces the earlier one."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.ring = []
        self.remembered = self.joined = self.duplicates = self.corrections = self.expired = 0

    def remember(self, predictions):
        for prediction in predictions:
            self.remembered += 1
            for place, earlier in enumerate(self.ring):
                if earlier is not None and earlier.name == prediction.name:
                    self.forget(place)
            self.ring.append(prediction)
            if len(self.ring) > self.capacity:
                self.forget(0)
                self.ring.pop(0)

    def forget(self, place):
        prediction = self.ring[place]
        if prediction is not None:
            self.expired += math.isnan(prediction.outcome)
            self.ring[place] = None

    def join(self, outcomes):
        """Return added and undone rows as (prediction, outcome); of several for one id the last counts."""
        added, retracted = [], []
        last = {name: value for name, value, _ in outcomes}
        known = {p.name: p for p in self.ring if p is not None}
        for name, value in last.items():
            if name not in known:
                continue
            prediction = known[name]
            if math.isnan(prediction.outcome):
                self.joined += 1
            elif prediction.outcome != value:
                self.corrections += 1
                retracted.append((prediction.value, prediction.outcome))
            else:
                continue
            prediction.outcome = value
            added.append((prediction.value, value))
        found = sum(name in known for name, *_ in outcomes)
        self.duplicates += found - len(added)
        return sorted(added), sorted(retracted), found

    @property
    def statistics(self):
        waiting = sum(p is not None and math.isnan(p.outcome) for p in self.ring)
        return (self.remembered, self.joined, self.duplicates, self.corrections, self.expired, waiting)


NAMES = st.sampled_from([f"r{number}" for number in range(12)])
PREDICTIONS = st.lists(st.tuples(NAMES, st.integers(0, 99).map(float)), min_size=1, max_size=12)
OUTCOMES = st.lists(st.tuples(NAMES, st.integers(0, 2).map(float), st.floats(0, NOW)), min_size=1, max_size=8)
STEPS = st.lists(
    st.tuples(st.just("remember"), PREDICTIONS) | st.tuples(st.just("join"), OUTCOMES), min_size=1, max_size=25
)


def rows(joined):
    return sorted(zip(joined.prediction.tolist(), joined.outcome.tolist(), strict=True))


@given(st.integers(1, 10), STEPS)
def test_joins_what_a_model_with_perfect_memory_joins(capacity, steps):
    """Before, after, twice, corrected, the same id again, beyond capacity: counts and rows are the model's."""
    join, model = OutcomeJoin(capacity, 0), Model(capacity)
    for what, items in steps:
        if what == "remember":
            names, values = zip(*items, strict=True)
            join.remember(list(names), np.array(values), np.empty((len(names), 0)), np.full(len(names), 5.0))
            model.remember([Prediction(name, value, 5.0) for name, value in items])
        else:
            names, values, times = zip(*items, strict=True)
            result = join.join(list(names), np.array(values), np.array(times))
            added, retracted, found = model.join(items)
            assert (rows(result.added), rows(result.retracted), int(result.found.sum())) == (added, retracted, found)
        s = join.statistics
        assert (s.remembered, s.joined, s.duplicates, s.corrections, s.expired, s.pending) == model.statistics


@pytest.fixture
def join():
    join = OutcomeJoin(100, 1)
    join.remember(["a", "b"], np.array([1.0, 2.0]), np.array([[0.1], [0.2]]), np.array([100.0, 200.0]))
    return join


def outcome(join, name, value, time, now=NOW):
    return join.join([name], np.array([value]), np.array([time]), now)


def test_a_joined_row_is_of_when_both_were_known(join):
    """The time of a row is the later of prediction and outcome; the delay is the time between them."""
    result = outcome(join, "a", 7.0, 150.0)
    assert result.added.times.tolist() == [150.0]
    assert result.added.delays.tolist() == [50.0]
    assert result.added.scores.tolist() == [[0.1]]
    early = outcome(join, "b", 7.0, 150.0)
    assert early.added.times.tolist() == [200.0]
    assert early.added.delays.tolist() == [-50.0]


def test_nothing_is_known_before_it_is_known(join):
    """An outcome from the future counts as of now, so that it will leave the windows."""
    assert outcome(join, "a", 7.0, 1e9, now=300.0).added.times.tolist() == [300.0]


def test_a_correction_takes_back_the_row_where_it_was(join):
    """The earlier outcome is undone at its own time, the new one added at its."""
    outcome(join, "a", 7.0, 150.0)
    result = outcome(join, "a", 8.0, 400.0)
    assert result.retracted.outcome.tolist() == [7.0]
    assert result.retracted.times.tolist() == [150.0]
    assert result.added.outcome.tolist() == [8.0]
    assert result.added.times.tolist() == [400.0]
    assert result.first.tolist() == [False]


def test_the_same_outcome_again_changes_nothing(join):
    """A repeated outcome is counted as a duplicate and adds nothing."""
    outcome(join, "a", 7.0, 150.0)
    result = outcome(join, "a", 7.0, 400.0)
    assert len(result.added.times) == len(result.retracted.times) == 0
    assert result.found.tolist() == [True]
    assert join.statistics.duplicates == 1


def test_an_unknown_id_is_reported():
    """An outcome without a remembered prediction is not found."""
    assert outcome(OutcomeJoin(10, 0), "a", 1.0, 5.0).found.tolist() == [False]


KEY = ModelKey("fraud", "7", "champion")


def test_outcomes_wait_for_their_prediction():
    """An outcome that arrived before its prediction is handed out once, to a prediction of its model."""
    pending = PendingOutcomes(10)
    pending.put(ModelKey("fraud"), "a", "yes", 5.0)
    pending.put(ModelKey(), "b", "no", 6.0)
    pending.put(ModelKey("other"), "c", "no", 7.0)
    pending.put(ModelKey("fraud", "8"), "d", "no", 8.0)
    assert pending.take(KEY, ["a", "b", "c", "d", "e"]) == [("a", "yes", 5.0), ("b", "no", 6.0)]
    assert pending.take(KEY, ["a", "b"]) == []
    assert len(pending) == 2


def test_a_later_outcome_replaces_one_that_waits():
    """Of several waiting outcomes for one id, the last counts."""
    pending = PendingOutcomes(10)
    pending.put(KEY, "a", "yes", 5.0)
    pending.put(KEY, "a", "no", 6.0)
    assert pending.take(KEY, ["a"]) == [("a", "no", 6.0)]
    assert pending.dropped == 0


@given(st.lists(NAMES, max_size=60), st.integers(1, 8))
def test_the_number_that_waits_is_bounded(names, capacity):
    """Beyond the capacity the oldest is pushed out, and counted."""
    pending, kept, dropped = PendingOutcomes(capacity), [], 0
    for name in names:
        pending.put(KEY, name, 1.0, 0.0)
        kept = [*(other for other in kept if other != name), name]
        if len(kept) > capacity:
            kept.pop(0)
            dropped += 1
    assert len(pending) == len(kept)
    assert pending.dropped == dropped
    assert [name for name, _, _ in pending.take(KEY, sorted(set(names)))] == sorted(kept)


class TestMemory:
    def test_the_ring_grows_as_far_as_memory_allows(self):
        """Joins that share a pool remember what fits into it and keep working; returned memory is free again."""
        pool = Pool(1_000_000)
        joins = [OutcomeJoin(100_000, 2, pool) for _ in range(2)]
        for join in joins:
            for start in range(0, 20_000, 500):
                ids = [f"{start + i}" for i in range(500)]
                join.remember(ids, np.zeros(500), np.zeros((500, 2)), np.zeros(500))
        remembered = [join.statistics.pending for join in joins]
        assert remembered[0] >= remembered[1] >= 1024
        assert pool.held <= 1_000_000
        for join in joins:
            join.release()
        assert pool.held == 0

    @given(st.lists(st.integers(1, 900), max_size=12))
    @example([124, 900, 1])  # a full ring grows before it would wrap
    def test_growth_forgets_nothing_too_early(self, sizes):
        """However predictions arrive, the last `capacity` are remembered."""
        join, sent = OutcomeJoin(3000, 0), 0
        for size in sizes:
            ids = [str(sent + i) for i in range(size)]
            join.remember(ids, np.zeros(size), np.zeros((size, 0)), np.zeros(size))
            sent += size
        last = [str(i) for i in range(max(0, sent - 3000), sent)]
        assert join.join(last, np.ones(len(last)), np.zeros(len(last))).found.all()
        assert join.statistics.expired == max(0, sent - 3000)

    def test_early_outcomes_are_bounded_in_bytes(self):
        """Long values push out the oldest."""
        pending = PendingOutcomes(1000, 100_000)
        for i in range(100):
            pending.put(KEY, f"{i}", "v" * 10_000, 0.0)
        assert len(pending) < 10
        assert pending.dropped == 100 - len(pending)
        pending.take(KEY, [f"{i}" for i in range(100)])
        assert len(pending) == 0
