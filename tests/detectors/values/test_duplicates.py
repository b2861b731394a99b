"""Repeated samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.values.duplicates import SHIFT, RowHashes, Seen, expected_ratio, memory_for
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")


def spread(values):
    """Return numbers as hashes, each with a place of its own."""
    return (np.array(values, dtype=np.uint64) + np.uint64(1)) << SHIFT


@given(st.lists(st.lists(st.integers(0, 40), max_size=60), max_size=5))
def test_every_repetition_is_seen_while_memory_lasts(calls):
    """With enough room, repetitions within a call or of earlier calls are found exactly."""
    seen, met = Seen(2**16), set()
    for call in calls:
        expected = []
        for value in call:
            expected.append(value in met)
            met.add(value)
        assert seen.again(spread(call)).tolist() == expected


def test_new_ones_are_new():
    """A hundred thousand distinct ids are not mistaken for each other."""
    seen = Seen(2**12)
    assert sum(seen.again(spread(range(start, start + 9999))).sum() for start in range(0, 100_000, 9999)) == 0


def test_memory_is_bounded_and_fades():
    """A sample is still known with probability exp(-age / memory), within three standard errors."""
    hashes = np.random.default_rng(7).integers(0, 2**64, 20_000, dtype=np.uint64)
    for age in (100, 1000, 3000, 10_000):
        seen, sample = Seen(1024), hashes[:500]
        seen.again(hashes[: 500 + age])
        known, expected = seen.again(sample).mean(), np.exp(-(age + 250) / 1024)
        assert known == pytest.approx(expected, abs=0.03 + 3 * np.sqrt(expected / 500))


@pytest.mark.parametrize("kinds", [50, 500, 5000])
def test_expected_is_what_a_clean_stream_shows(kinds):
    """A stream of the reference's rows repeats at the expected share, within a few percent."""
    draw = np.random.default_rng(4)
    weights = 1 / np.arange(1, kinds + 1)
    stream = draw.choice(kinds, 60_000, p=weights / weights.sum())
    hashes = spread(stream.tolist())
    memory = memory_for(20_000)
    expected = expected_ratio(hashes[:20_000], memory)
    seen = Seen(memory)
    found = seen.again(hashes[20_000:])[20_000:].mean()
    assert found == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize(("rows", "memory"), [(10, 256), (1500, 256), (5000, 1024), (10**7, 2**16)])
def test_memory_goes_by_the_reference(rows, memory):
    """As many rows are remembered as the reference suggests, within bounds."""
    assert memory_for(rows) == memory


class TestRowHashes:
    """Hashes of samples."""

    reference = build(
        {
            "a": [0.0, 1.0] * 50,
            "b": [0.0, 1.0] * 50,
            "c": list(range(-50, 50)),
            "k": ["x", "y"] * 50,
            "name": [f"n{i}" for i in range(100)],
        },
        100,
        created=0.0,
    )

    def hashes(self, **columns):
        grid = Grid(self.reference)
        size = len(next(iter(columns.values())))
        batch = Batch(size, KEY, np.zeros(size), features=columns)
        return RowHashes(grid).of(batch, grid.locate(batch))

    def test_equal_samples_have_one_hash(self):
        """Equal values have the same hash anywhere in any batch."""
        columns = {"a": [0.0, 1.0, 0.0], "b": [1.0] * 3, "c": [4, 5, 4], "k": ["x", "z", "x"], "name": ["new"] * 3}
        whole = self.hashes(**columns)
        assert whole[0] == whole[2] != whole[1]
        assert self.hashes(**{name: column[2:] for name, column in columns.items()})[0] == whole[0]

    def test_values_that_mirror_each_other_are_told_apart(self):
        """Values symmetric about the mean that change places make another sample."""
        assert len(set(self.hashes(a=[0, 1, 0, 1], b=[1, 0, 0, 1], c=[3] * 4).tolist())) == 4
        values = [(i, j) for i in range(-40, 40, 5) for j in range(-40, 40, 5)]
        pairs = self.hashes(c=[i for i, _ in values], a=[j / 7 for _, j in values])
        assert len(set(pairs.tolist())) == len(values)

    def test_new_categories_are_told_apart(self):
        """Never-seen categories share a cell, but are different values."""
        assert len(set(self.hashes(k=["p", "q", "r"], name=["n1", "n1", "n1"]).tolist())) == 3
        assert len(set(self.hashes(k=["x"] * 3, name=["u", "v", "w"]).tolist())) == 3
