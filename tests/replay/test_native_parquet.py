"""Native samples in Parquet are those of NDJSON."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from inference_exporter.errors import TableError
from inference_exporter.replay.recording import Period
from inference_exporter.replay.roles import Roles
from inference_exporter.replay.source import read
from inference_exporter.replay.tables import NativeSamples, read_data
from inference_exporter.samples.batch import ModelKey

SAMPLES = [
    {"id": f"r{i}", "time": 1.8e9 + i, "model": "fraud", "features": {"x": i / 2, "c": "ab"[i % 2]},
     "prediction": "yes", "scores": {"yes": 0.75}, "outcome": "no"}
    for i in range(7)
]  # fmt: skip


@pytest.fixture(params=["samples.ndjson", "samples.parquet"])
def path(request, tmp_path):
    path = tmp_path / request.param
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(SAMPLES), path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in SAMPLES))
    return path


def test_reference_build_takes_samples(path):
    """The features, scores and outcomes inside the samples are learned, not one feature called features."""
    data = read_data(path)
    assert isinstance(data, NativeSamples)
    assert np.asarray(data.batch.features["x"]).tolist() == [i / 2 for i in range(7)]
    assert list(data.batch.features["c"]) == list("abababa")
    assert (data.batch.key.model, list(data.outcome)) == ("fraud", ["no"] * 7)
    assert np.asarray(data.batch.scores["yes"]).tolist() == [0.75] * 7


def test_replay_takes_samples(path):
    """A replay runs them in the order of their times, under the model that they name."""
    recording = read(path, Roles(key=ModelKey("given", "1")), Period(), lambda share: None)
    (piece,) = [piece for stream in recording.streams for piece in stream]
    assert (recording.rows, piece.batch.key) == (7, ModelKey("fraud", "1"))
    assert piece.batch.ids == [f"r{i}" for i in range(7)]
    assert piece.batch.times.tolist() == [1.8e9 + i for i in range(7)]


def test_columns_that_collide_are_refused(tmp_path):
    """A column beside `features` that is of another shape ends with one line that names the file."""
    table = pa.table({"features": [{"x": 1.0}], "scores": [[1, 2]]})
    pq.write_table(table, tmp_path / "odd.parquet")
    with pytest.raises(TableError, match=r"odd\.parquet"):
        read_data(tmp_path / "odd.parquet")
