"""Bands of few stretches, completed by those of more."""

import numpy as np
import pytest
from inference_exporter.learning.few_stretches import MANY, REACH, completed

TWENTY = 20.0


def test_few_stretches_have_tails_as_heavy_as_those_of_many():
    """Twenty stretches that happen to be alike get the ratio of rare to typical of the shorter ones."""
    bands = [{"scale": np.array([1.0, 8.0])}, {"scale": np.array([0.2, 0.3])}]
    found = completed(bands, [{"scale": 0.5}, {"scale": 0.1}], [100.0, TWENTY])
    assert found[0]["scale"].tolist() == [1.0, 8.0]
    upper = 0.1 * (1 + 1 / np.sqrt(2 * TWENTY))
    assert found[1]["scale"] == pytest.approx([max(2.0 * upper, 0.2), 16.0 * upper])


def test_no_band_becomes_narrower():
    """A level whose farthest stretches stray farther than shorter ones let expect keeps its band."""
    bands = [{"scale": np.array([1.0])}, {"scale": np.array([5.0])}]
    assert completed(bands, [{"scale": 0.5}, {"scale": 0.1}], [100.0, TWENTY])[1]["scale"].tolist() == [5.0]


def test_many_stretches_speak_for_themselves():
    """A level of many stretches is left as it is, however heavy the tails of shorter ones are."""
    bands = [{"scale": np.array([9.0])}, {"scale": np.array([0.2])}]
    found = completed(bands, [{"scale": 0.5}, {"scale": 0.1}], [3.0 * MANY, 1.0 * MANY])
    assert found[1]["scale"].tolist() == [0.2]


def test_levels_without_a_test_are_left_out():
    """A column of which short stretches have no numbers, or no deviation, has the bands of the others alone."""
    bands = [{}, {"location": np.array([0.0])}, {"location": np.array([0.4])}]
    found = completed(bands, [{}, {"location": 0.0}, {"location": 0.1}], [110.0, 105.0, TWENTY])
    assert found[0] == {}
    assert found[2]["location"].tolist() == [0.4]


def test_much_shorter_stretches_say_nothing():
    """Days with bursts do not widen the bands of quarters, over which bursts average out."""
    bands = [{"scale": np.array([9.0])}, {"scale": np.array([0.2])}]
    found = completed(bands, [{"scale": 0.5}, {"scale": 0.1}], [2 * REACH * TWENTY, TWENTY])
    assert found[1]["scale"].tolist() == [0.2]
