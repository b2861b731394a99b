"""One model's life: learning, counting, forgetting, joining."""

import math
from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.config.schema import (
    DriftConfig,
    FeatureConfig,
    LearningConfig,
    ModelConfig,
    OutcomesConfig,
    Window,
)
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import POSITIVE, Batch, ModelKey, OutcomeBatch

WALL = 1_800_000_000.0
KEY = ModelKey("fraud", "7", "champion")
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))
REFERENCE = build(
    {"age": list(range(100)), "country": ["FR", "DE"] * 50},
    100,
    prediction=["ok"] * 90 + ["fraud"] * 10,
    scores={POSITIVE: np.linspace(0, 1, 100)},
    created=WALL,
)


def batch(size, times=None, **columns):
    return Batch(size, KEY, np.full(size, math.nan) if times is None else np.array(times, dtype=float), **columns)


def samples(size, times=None, start=0, **columns):
    features = {"age": [i % 100 for i in range(size)], "country": [("FR", "DE")[i % 2] for i in range(size)]}
    ids = [f"r{start + i}" for i in range(size)]
    return batch(size, times, features=features, prediction=["ok"] * size, ids=ids, **columns)


def outcomes(ids, values, times=None):
    return OutcomeBatch(KEY, list(ids), list(values), np.full(len(ids), math.nan) if times is None else np.array(times))


def window(view, name):
    return next(window for window in view.windows if window.name == name)


def monitor(reference=REFERENCE, **settings):
    settings.setdefault("drift", DriftConfig(minimum_samples=1))
    return Monitor(KEY, ModelConfig("fraud", "7", **settings), WINDOWS, reference)


class TestWithAReference:
    def test_counts_each_sample_in_each_window_that_holds_it(self):
        """Samples are in the windows that cover their time, and leave them on time."""
        watched = monitor()
        watched.add(samples(4, [WALL - 3000, WALL - 200, WALL - 1, WALL]), WALL)
        view = watched.view(WALL)
        assert [(w.name, w.samples, w.histograms.samples) for w in view.windows] == [("5m", 3, 3), ("1h", 4, 4)]
        later = watched.view(WALL + 400)
        assert [w.samples for w in later.windows] == [0, 4]
        assert [w.samples for w in watched.view(WALL + 4000).windows] == [0, 0]
        assert later.traffic.requests == {200: 4}

    def test_late_samples_are_counted(self):
        """Samples too late for the shortest window are counted, and kept where they still belong."""
        watched = monitor()
        watched.add(samples(1, [WALL]), WALL)
        watched.add(samples(3, [WALL - 400, WALL - 5000, WALL - 10]), WALL)
        view = watched.view(WALL)
        assert view.traffic.late_samples == 2
        assert [w.samples for w in view.windows] == [2, 3]

    def test_failed_requests_are_traffic_but_no_missing_values(self):
        """Samples that only report a failed request count as requests and errors, and in no feature's histogram."""
        watched = monitor()
        features = {"age": [5, None, 7], "country": ["FR", None, None]}
        blank = np.array([False, True, False])
        codes, ids = [200, 500, 200], ["a", "b", "c"]
        watched.add(batch(3, features=features, prediction=["ok", None, "ok"], codes=codes, ids=ids, blank=blank), WALL)
        view = watched.view(WALL)
        five = window(view, "5m")
        assert (five.samples, five.errors, view.traffic.requests) == (3, 1, {200: 2, 500: 1})
        assert five.histograms.samples == 2
        assert five.histograms.quality.missing[:2].tolist() == [0, 1]
        assert view.performance.outcomes.remembered == 2

    def test_bucket_counts_are_those_since_the_start(self):
        """The counters over the reference's buckets include every sample, even after it has left all windows."""
        watched = monitor()
        for wall in (WALL, WALL + 10_000, WALL + 20_000):
            watched.add(samples(10), wall)
        view = watched.view(WALL + 20_000)
        assert view.bucket_counts.sum(axis=1).tolist() == [30.0] * len(view.grid.columns)

    def test_a_missing_feature_is_missing_and_an_unknown_one_is_named(self):
        """A feature that a batch lacks counts as missing in each sample; unknown names are kept."""
        watched = monitor()
        watched.add(batch(5, features={"age": [1, 2, 3, 4, 5], "new": [1] * 5}), WALL)
        view = watched.view(WALL)
        quality = window(view, "5m").histograms.quality
        assert quality.missing.tolist()[:2] == [0.0, 5.0]
        assert view.unknown_features == ("new",)

    def test_unknown_features_are_kept_within_a_bound(self):
        """A sender with ever new names does not make the exporter grow."""
        watched = monitor()
        for block in range(3):
            watched.add(batch(1, features={f"f{block}-{i}": [1] for i in range(90)}), WALL)
        assert len(watched.view(WALL).unknown_features) == 100

    def test_a_bare_score_is_the_references(self):
        """A score without a class belongs to the only class with scores in the reference."""
        watched = monitor()
        watched.add(samples(10, scores={POSITIVE: np.full(10, 0.99)}), WALL)
        histograms = window(watched.view(WALL), "5m").histograms
        (score,) = [i for i, column in enumerate(histograms.grid.columns) if column.group == "score"]
        assert histograms.grid.columns[score].name == "ok"
        assert histograms.quality.missing[score] == 0
        assert histograms.drift["psi"][score] > 1

    def test_a_feature_can_have_its_own_threshold(self):
        """The verdict on a feature uses its own threshold, if configured."""
        reference = build({"a": list(range(1000)), "b": list(range(1000))}, 1000)
        strict = monitor(reference, features={"b": FeatureConfig(threshold=50.0)})
        strict.add(batch(500, features={"a": [990] * 500, "b": [990] * 500}), WALL)
        assert window(strict.view(WALL), "5m").histograms.drifted.tolist() == [1.0, 0.0]

    def test_an_empty_batch_is_nothing(self):
        """A request without samples changes nothing."""
        assert monitor().add(batch(0), WALL) == []

    def test_the_window_follows_event_time(self):
        """An old day, replayed in a second, fills its windows as it did then."""
        watched = monitor()
        for hour in range(24):
            watched.add(samples(10, [WALL - 1e8 + hour * 3600.0] * 10), WALL + hour / 24)
        view = watched.view(WALL + 1)
        assert window(view, "1h").samples == 10
        assert view.now == pytest.approx(WALL - 1e8 + 23 * 3600, abs=2)


class TestLearning:
    def learning(self, samples=100, on_learned=None, **settings):
        settings.setdefault("drift", DriftConfig(minimum_samples=1))
        config = ModelConfig("fraud", "7", learning=LearningConfig(samples), **settings)
        return Monitor(KEY, config, WINDOWS, on_learned=on_learned)

    def test_the_first_samples_become_the_reference(self):
        """After N samples the reference is built from them, frozen, and passed on."""
        on_learned = []
        watched = self.learning(on_learned=lambda key, reference: on_learned.append((key, reference.version)))
        watched.add(samples(60), WALL)
        view = watched.view(WALL)
        assert (view.reference, view.reference_source, view.learning_ratio) == (None, "learning", 0.6)
        assert window(view, "5m").unknown_reason == "learning_reference"
        assert window(view, "5m").samples == 60
        watched.add(samples(60), WALL)
        view = watched.view(WALL)
        assert (view.reference_source, view.learning_ratio, view.reference.rows) == ("learned", 1.0, 120)
        assert on_learned == [(KEY, view.reference.version)]
        watched.add(samples(300), WALL)
        assert watched.view(WALL).reference.version == view.reference.version

    def test_what_is_learned_is_what_would_be_built(self):
        """Learning in small batches gives the same reference as one table with the same samples."""
        watched = self.learning()
        whole = samples(100)
        for start in range(0, 100, 7):
            rows = slice(start, min(start + 7, 100))
            size = rows.stop - rows.start
            part = {name: column[rows] for name, column in whole.features.items()}
            watched.add(batch(size, features=part, prediction=whole.prediction[rows]), WALL)
        built = build(whole.features, 100, prediction=whole.prediction)
        assert watched.view(WALL).reference.version == built.version

    def test_outcomes_of_samples_learned_from_are_joined(self):
        """A prediction used for learning is remembered, so that its outcome can still be joined."""
        watched = self.learning()
        assert watched.add(samples(60), WALL) == []
        remembered = watched.add(samples(40, start=60), WALL)
        assert remembered == [f"r{i}" for i in range(100)]
        resolved = watched.join(outcomes(["r0", "r99", "r100"], ["ok", "fraud", "ok"]), WALL)
        assert resolved.found.tolist() == [True, True, False]
        assert not resolved.wrong.any()

    def test_the_last_outcome_is_the_last_that_found_its_prediction(self):
        """The time of the last outcome is its arrival; one without a prediction does not count."""
        watched = self.learning()
        assert math.isnan(watched.view(WALL).performance.last_outcome)
        watched.add(samples(100), WALL)
        watched.join(outcomes(["r0"], ["ok"], [WALL - 500]), WALL + 1)
        watched.join(outcomes(["unknown"], ["ok"]), WALL + 2)
        assert watched.view(WALL + 3).performance.last_outcome == WALL + 1

    def test_a_bare_score_of_a_sample_learned_from_has_its_class(self):
        """The class that learning finds for an unnamed score also applies to the learned samples."""
        watched = self.learning(samples=50)
        prediction = [["ok", "fraud"][i % 2] for i in range(50)]
        scores = np.array([0.9 if p == "ok" else 0.2 for p in prediction])
        ids = [f"r{i}" for i in range(50)]
        watched.add(
            batch(50, features={"x": list(range(50))}, prediction=prediction, scores={POSITIVE: scores}, ids=ids), WALL
        )
        watched.join(outcomes(ids, prediction), WALL)
        totals = window(watched.view(WALL), "5m").performance
        assert set(totals.scores) == {"ok"}
        assert totals.scores["ok"].ranking[1].sum() == 25

    def test_samples_with_nothing_to_learn_from_do_not_stop_it(self):
        """Failed requests without features count as traffic, and help to learn only together with others."""
        watched = self.learning(samples=50)
        for _ in range(3):
            watched.add(batch(50, codes=[500] * 50), WALL)
        view = watched.view(WALL)
        assert (view.reference, view.traffic.requests) == (None, {500: 150})
        watched.add(samples(50), WALL)
        assert watched.view(WALL).reference.rows >= 50

    def test_features_past_the_limit_are_left_out(self):
        """A reference has no more features than allowed, and the others are counted."""
        config = ModelConfig("fraud", "7", learning=LearningConfig(50))
        watched = Monitor(KEY, config, WINDOWS, max_features=3)
        watched.add(batch(50, features={f"f{i}": [1.0] * 50 for i in range(10)}), WALL)
        view = watched.view(WALL)
        assert len(view.reference.of_group("feature")) == 3
        assert view.folded_label_values == 7


class TestOutcomes:
    def test_performance_is_that_of_the_window(self):
        """Joined outcomes count in the windows from when both were known, and leave them."""
        watched = monitor()
        watched.add(samples(10, [WALL] * 10), WALL)
        watched.join(outcomes([f"r{i}" for i in range(10)], ["ok"] * 8 + ["fraud"] * 2, [WALL + 100] * 10), WALL + 100)
        view = watched.view(WALL + 100)
        assert [w.outcomes for w in view.windows] == [10, 10]
        assert view.performance.outcomes.joined == 10
        assert view.performance.confusion == {("ok", "ok"): 8, ("fraud", "ok"): 2}
        assert [w.outcomes for w in watched.view(WALL + 500).windows] == [0, 10]

    def test_a_correction_replaces(self):
        """A corrected outcome counts once, with its last value."""
        watched = monitor()
        watched.add(samples(1), WALL)
        for value in ("fraud", "ok", "ok"):
            watched.join(outcomes(["r0"], [value]), WALL)
        view = watched.view(WALL)
        totals = window(view, "5m").performance
        assert totals.confusion.sum() == 1
        assert np.trace(totals.confusion) == 1
        assert (
            view.performance.outcomes.joined,
            view.performance.outcomes.corrections,
            view.performance.outcomes.duplicates,
        ) == (1, 1, 1)

    def test_an_outcome_from_the_future_leaves_the_windows(self):
        """An impossible time does not stay in the windows forever."""
        watched = monitor()
        watched.add(samples(1), WALL)
        watched.join(outcomes(["r0"], ["ok"], [WALL + 1e9]), WALL)
        assert window(watched.view(WALL), "1h").outcomes == 1
        assert window(watched.view(WALL + 4000), "1h").outcomes == 0

    def test_memory_is_bounded(self):
        """Beyond the memory the oldest predictions expire, and are counted."""
        watched = monitor(outcomes=OutcomesConfig(remember=10))
        watched.add(samples(25), WALL)
        view = watched.view(WALL)
        assert (
            view.performance.outcomes.remembered,
            view.performance.outcomes.expired,
            view.performance.outcomes.pending,
        ) == (25, 15, 10)

    def test_outcomes_of_the_wrong_kind_are_reported(self):
        """Text cannot be the outcome of a regression."""
        reference = build({"x": list(range(60))}, 60, prediction=[i + 0.5 for i in range(60)])
        watched = monitor(reference)
        watched.add(batch(2, features={"x": [1, 2]}, prediction=[1.5, 2.5], ids=["a", "b"]), WALL)
        resolved = watched.join(outcomes(["a", "b"], [2.0, "tall"]), WALL)
        assert resolved.found.tolist() == [True, False]
        assert resolved.wrong.tolist() == [False, True]

    def test_without_ids_nothing_is_remembered(self):
        """A model whose samples have no ids has no performance, and uses no memory for it."""
        watched = monitor()
        watched.add(batch(5, features={"age": [1] * 5}, prediction=["ok"] * 5), WALL)
        assert window(watched.view(WALL), "5m").performance is None


class TestReload:
    def test_state_is_kept_where_nothing_changed(self):
        """The same settings, windows and reference fit; a change of any does not."""
        watched = monitor()
        other = build({"age": [1, 2, 3]}, 3)
        assert watched.fits(watched.config, WINDOWS, REFERENCE)
        assert not watched.fits(watched.config, WINDOWS, other)
        assert not watched.fits(watched.config, WINDOWS, replace(REFERENCE, traits={"new": {}}))
        assert not watched.fits(watched.config, WINDOWS, None)
        assert not watched.fits(watched.config, WINDOWS[:1], REFERENCE)
        assert not watched.fits(ModelConfig("fraud", "7"), WINDOWS, REFERENCE)

    def test_a_learned_reference_stays_where_none_is_given(self):
        """A reload does not discard what was learned."""
        watched = Monitor(KEY, ModelConfig("fraud", "7"), WINDOWS)
        assert watched.fits(ModelConfig("fraud", "7"), WINDOWS, None)
        assert not watched.fits(ModelConfig("fraud", "7"), WINDOWS, REFERENCE)


class TestLastView:
    """Without samples a view is the last one, until time alone changes what it shows."""

    def test_is_shown_again_at_its_new_time(self):
        """Nothing but the time and the process differs."""
        watched = monitor()
        watched.add(samples(4, [WALL] * 4), WALL)
        first, second = watched.view(WALL), watched.view(WALL + 1)
        assert second.now == WALL + 1
        assert second.state is first.state and second.windows is first.windows

    @pytest.mark.parametrize("change", ["samples", "outcomes", "deployment"])
    def test_ends_with_a_change(self, change):
        """Samples, outcomes and deployments show at once."""
        watched = monitor(drift=DriftConfig(minimum_samples=1, warm_up=60.0))
        watched.add(samples(4, [WALL] * 4), WALL)
        first = watched.view(WALL)
        if change == "samples":
            watched.add(samples(1, [WALL], start=4), WALL)
        elif change == "outcomes":
            watched.join(outcomes(["r0"], ["ok"]), WALL)
        else:
            watched.deployed(WALL, WALL)
        second = watched.view(WALL)
        assert second.state is not first.state
        numbers = [(view.windows[0].samples, view.windows[0].outcomes, view.windows[0].unknown_reason)
                   for view in (first, second)]  # fmt: skip
        assert numbers[0] != numbers[1]

    def test_ends_when_a_window_forgets(self):
        """Windows empty on time without a sample."""
        watched = monitor()
        watched.add(samples(4, [WALL] * 4), WALL)
        seen = [window(watched.view(WALL + seconds), "5m").samples for seconds in (0, 5, 310)]
        assert seen == [4, 4, 0]

    def test_ends_when_a_warm_up_does(self):
        """A verdict comes on time after a deployment, without a sample."""
        watched = monitor(drift=DriftConfig(minimum_samples=1, warm_up=2.0))
        watched.deployed(WALL, WALL)
        watched.add(samples(100, [WALL] * 100), WALL)
        reasons = [window(watched.view(WALL + seconds), "5m").unknown_reason for seconds in (0, 1, 3)]
        assert reasons == ["warming_up", "warming_up", None]

    def test_does_not_delay_a_look(self):
        """Looks happen at the same times as if each view were new."""
        kept, anew = monitor(), monitor()
        looks = []
        for second in range(40):
            for watched in (kept, anew):
                if second % 7 == 0:
                    size = 40 + second
                    watched.add(samples(size, [WALL + second] * size, start=1000 * second), WALL + second)
            anew._last_view = None
            looks.append([watched.view(WALL + second).budget for watched in (kept, anew)])
        assert all(one == other for one, other in looks)
        assert looks[-1][0].looks["5m"] > 1
