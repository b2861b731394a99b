"""Bands of few stretches, completed by those of more."""

import numpy as np
import pytest
from inference_exporter.learning.few_stretches import MANY, REACH, completed

MORE, TWENTY = 100.0, 20.0


def band(*of_rarities):
    return {"scale": np.array(of_rarities)}


def test_few_stretches_have_tails_as_heavy_as_those_of_many():
    """Twenty stretches that happen to be alike get the ratio of rare to typical of the shorter ones."""
    bands = [band(1.0, 2.0, 4.0, 8.0), band(0.2, 0.2, 0.2, 0.3)]
    found = completed(bands, [{"scale": 0.5}, {"scale": 0.1}], [MORE, TWENTY])
    assert found[0]["scale"].tolist() == [1.0, 2.0, 4.0, 8.0]
    upper = 0.1 * (1 + 1 / np.sqrt(2 * TWENTY))
    # One in ten strays as far as twenty stretches show by themselves.
    assert found[1]["scale"] == pytest.approx([0.2, 4.0 * upper, 8.0 * upper, 16.0 * upper])


def test_no_band_becomes_narrower():
    """A level whose farthest stretches stray farther than shorter ones let expect keeps its band."""
    bands = [band(1.0, 1.0, 1.0, 1.0), band(5.0, 5.0, 5.0, 6.0)]
    found = completed(bands, [{"scale": 0.5}, {"scale": 0.1}], [MORE, TWENTY])
    assert found[1]["scale"].tolist() == [5.0, 5.0, 5.0, 6.0]


@pytest.mark.parametrize("numbers", [(3.0 * MANY, MANY), (2 * REACH * TWENTY, TWENTY)], ids=["many", "much longer"])
def test_some_stretches_speak_for_themselves(numbers):
    """Many stretches are left as they are, and so are those that average over much more than shorter ones do."""
    bands = [band(9.0, 9.0, 9.0, 9.0), band(0.2, 0.2, 0.2, 0.2)]
    assert completed(bands, [{"scale": 0.5}, {"scale": 0.1}], numbers)[1]["scale"].tolist() == [0.2] * 4


def test_levels_without_a_test_are_left_out():
    """A column of which short stretches have no numbers, or no deviation, has the bands of the others alone."""
    bands = [{}, band(0.0, 0.0, 0.0, 0.0), band(0.4, 0.4, 0.4, 0.4)]
    found = completed(bands, [{}, {"scale": 0.0}, {"scale": 0.1}], [110.0, 105.0, TWENTY])
    assert found[0] == {}
    assert found[2]["scale"].tolist() == [0.4] * 4
