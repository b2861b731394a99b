"""Counts of properties of values."""

import math

import numpy as np
from inference_exporter.config.schema import FeatureConfig, ModelConfig, Window
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))
WALL = 1_800_000_000.0
REFERENCE = build({"age": list(range(100)), "country": ["FR", "DE"] * 50}, 100, created=WALL)


def monitor(**settings):
    return Monitor(KEY, ModelConfig("m", "1", **settings), WINDOWS, REFERENCE)


def add(watched, features, times, wall=WALL, **more):
    when = np.asarray(times, dtype=float)
    watched.add(Batch(len(when), KEY, when, features=features, **more), wall)


def values(watched, wall=WALL):
    return watched.view(wall).parts["values"]


class TestWindows:
    def test_finds_are_counted_in_the_windows_of_their_own_samples(self):
        """A batch over several slots gives each window the findings of its samples."""
        watched = monitor()
        add(watched, {"age": ["1", 2, "3", 4]}, [WALL - 2000, WALL - 1000, WALL - 100, WALL])
        windows = values(watched).windows
        assert (windows["5m"].of("text").tolist(), windows["1h"].of("text").tolist()) == ([1, 0], [2, 0])
        assert (windows["5m"].samples, windows["1h"].samples) == (2, 4)

    def test_what_left_is_forgotten(self):
        """Counts leave a window with their samples."""
        watched = monitor()
        add(watched, {"age": ["1"] * 5}, [WALL] * 5)
        add(watched, {"age": [1] * 5}, [WALL + 1000] * 5, WALL + 1000)
        windows = values(watched, WALL + 1000).windows
        assert (windows["5m"].of("text")[0], windows["1h"].of("text")[0]) == (0, 5)

    def test_without_samples_all_is_unknown(self):
        """An empty window has no shares."""
        window = values(monitor()).windows["5m"]
        assert np.isnan(window.absent).all() and np.isnan(window.constant).all()
        assert math.isnan(window.share("repeated_samples", "samples"))

    def test_a_required_feature_that_was_not_sent_breaks_its_rule(self):
        """An absent key is missing in each sample."""
        watched = monitor(features={"country": FeatureConfig(required=True), "none": FeatureConfig(minimum=1)})
        add(watched, {"age": [1] * 5}, [WALL] * 5)
        window = values(watched).windows["5m"]
        assert len(window.layout.rules) == 1 and window.broken(0) == 5


class TestFreshness:
    def test_the_last_value_and_the_last_change_have_their_times(self):
        """A feature is as fresh as its last value, and constant since its last change."""
        watched = monitor()
        add(watched, {"age": [1, 2, 2, None], "country": ["FR"] * 4}, [WALL - 40, WALL - 30, WALL - 20, WALL - 10])
        add(watched, {"age": [2, None], "country": ["FR", "DE"]}, [WALL - 5, WALL])
        view = values(watched)
        assert view.last_present.tolist() == [WALL - 5, WALL]
        # A change within a batch counts at the batch's time.
        assert view.last_change[0] == WALL - 20 and view.last_change[1] == WALL

    def test_one_sample_at_a_time_changes_too(self):
        """Values that differ from batch to batch are changes."""
        watched = monitor()
        for number in range(5):
            add(watched, {"age": [number], "country": ["new"]}, [WALL - 5 + number], WALL - 5 + number)
        window = values(watched).windows["5m"]
        assert window.constant.tolist() == [0.0, 1.0]
        assert math.isnan(values(watched).last_change[1])

    def test_never_is_unknown(self):
        """A feature that never came has no time."""
        assert np.isnan(values(monitor()).last_present).all()


class TestDuplicates:
    def test_ids_and_samples_are_seen_again(self):
        """A repeated id, and a repetition of all values, count once each time they recur."""
        watched = monitor()
        columns = {"age": [1, 2, 1, 3], "country": ["FR"] * 4}
        add(watched, columns, [WALL] * 4, ids=["a", "b", "c", "a"])
        add(watched, columns, [WALL] * 4, ids=["a", "d", None, "e"])
        window = values(watched).windows["5m"]
        assert (window.total("ids"), window.total("repeated_ids")) == (7, 2)
        assert (window.total("samples"), window.total("repeated_samples")) == (8, 5)

    def test_a_sample_without_id_repeats_none(self):
        """Without ids there is nothing to repeat."""
        watched = monitor()
        add(watched, {"age": [1, 2]}, [WALL] * 2)
        assert math.isnan(values(watched).windows["5m"].share("repeated_ids", "ids"))
