"""The SQLite backend: what it writes is read at one moment, and a broken connection is replaced."""

import sqlite3

import numpy as np
import pytest
from inference_exporter.evaluation.backends import BACKENDS
from inference_exporter.evaluation.backends._base import Place, Sealed
from inference_exporter.evaluation.blocks import PREDICTIONS
from inference_exporter.evaluation.buffer import Part
from inference_exporter.evaluation.retention import Limits
from inference_exporter.samples.batch import ModelKey

KEY = ModelKey("fraud", "1", "champion")


@pytest.fixture
def backend(tmp_path):
    """The backend without a URL, open."""
    made = BACKENDS[""].make(Place(tmp_path), Limits(1e9, 1 << 40))
    yield made
    made.close()


def part(seed, first, number):
    ids = [f"r{row}" for row in range(first, first + number)]
    return Part(PREDICTIONS, KEY, seed, ids, {"time": np.arange(number, dtype=float)}, 0.0)


def test_a_reading_sees_one_moment(backend):
    """Blocks that are written during a reading are not in it; the next reading has them."""
    seed = backend.open(0)
    first, second = part(seed, 0, 10), part(seed, 10, 10)
    backend.write([Sealed(1, first)], 0.0)
    with backend.reading() as reading:
        assert len(reading.places(first.hashes)[0]) == 10
        backend.write([Sealed(1, second)], 0.0)
        assert len(reading.places(second.hashes)[0]) == 0
    with backend.reading() as reading:
        assert reading.rows(second.hashes[3:4]) == [(PREDICTIONS, {"id": "r13", "time": 3.0})]
    assert backend.counts() == (2, 20)


def test_a_reading_that_failed_is_replaced(backend):
    """After a fault in the middle of a reading, the next one works."""
    seed = backend.open(0)
    with pytest.raises(sqlite3.Error), backend.reading() as reading:
        reading.database.execute("SELECT nothing")
    with backend.reading() as reading:
        assert len(reading.places(part(seed, 0, 1).hashes)[0]) == 0
