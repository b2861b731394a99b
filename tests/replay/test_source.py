"""Reading recordings: faulty rows are rejected with their line, the rest is kept."""

import json

import numpy as np
import pyarrow as pa
import pytest
from inference_exporter.arrays import DictionaryColumn
from inference_exporter.detectors.values.types import wrong_types
from inference_exporter.errors import TableError
from inference_exporter.replay.parquet import column_of
from inference_exporter.replay.recording import Period
from inference_exporter.replay.roles import Roles
from inference_exporter.replay.source import read
from inference_exporter.samples.batch import ModelKey
from pyarrow import parquet

ROLES = Roles(time="t", latency="ms", code="code")


def read_all(path, roles=ROLES, period=None):
    """Return the recording of a file, and its batches."""
    recording = read(path, roles, period or Period(), lambda share: None)
    return recording, [piece.batch for stream in recording.streams for piece in stream]


def test_bad_rows_of_csv_are_named_by_line(tmp_path):
    """Each bad row is rejected with its line and reason; the good ones keep their values."""
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"t,x,ms,code\n1,1.5,0.1,200\n2,2.5\nnever,3.5,0.1,200\n4,4.5,-1,200\n5,5.5,0.1,999\n\n7,\xff,0.1,200\n"
        b'8,"two\nlines",0.1,\n'
    )
    recording, (batch,) = read_all(path)
    account = recording.account
    assert {(fault.line, fault.reason) for fault in account.examples} == {
        (3, "wrong_number_of_values"), (4, "no_time"), (5, "invalid_field"), (6, "invalid_field"), (8, "not_utf8"),
    }  # fmt: skip
    assert account.read == 7 and account.accepted == 2
    assert batch.times.tolist() == [1.0, 8.0] and batch.features["x"] == ["1.5", "two\nlines"]
    assert batch.codes == [200, 200]


@pytest.mark.parametrize("name", ["a.csv", "a.ndjson", "a.parquet"])
def test_components_and_actions_are_not_features(tmp_path, name):
    """Columns of components and of the action are those parts of the samples, in every kind of table."""
    rows = [{"t": 1.0, "x": 1.5, "gbm": 0.5, "done": "paid"}, {"t": 2.0, "x": 2.5, "gbm": 0.25, "done": "refused"}]
    path = tmp_path / name
    if name == "a.parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path)
    elif name == "a.csv":
        path.write_text("t,x,gbm,done\n" + "".join(",".join(map(str, row.values())) + "\n" for row in rows))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    _, (batch,) = read_all(path, Roles(time="t", intermediate=("gbm",), action="done"))
    assert list(batch.features) == ["x"]
    assert list(batch.intermediate["gbm"]) == [0.5, 0.25]
    assert list(batch.action) == ["paid", "refused"]


def test_bad_lines_of_ndjson_are_named(tmp_path):
    """A line that is not JSON, not an object, or not a native sample is rejected with its line."""
    path = tmp_path / "a.ndjson"
    good = {"time": "2026-01-02", "features": {"x": 1}}
    lines = [
        json.dumps(good), "{", "3", "", json.dumps({"time": 5, "features": 7}), json.dumps({"features": {"x": 2}}),
        json.dumps(good | {"time": "2026-01-01"}), json.dumps({"time": 6, "model": ["a"], "features": {"x": 1}}),
    ]  # fmt: skip
    path.write_text("\n".join(lines))
    recording, (batch,) = read_all(path, Roles(key=ModelKey("m", "1")))
    assert {(fault.line, fault.reason) for fault in recording.account.examples} == {
        (2, "not_json"), (3, "not_an_object"), (5, "invalid_field"), (6, "no_time"), (8, "invalid_field"),
    }  # fmt: skip
    assert recording.account.read == 7 and recording.account.accepted == 2
    assert batch.times.tolist() == [1767225600.0, 1767312000.0] and batch.key == ModelKey("m", "1")


def test_native_outcomes_are_told_from_samples(tmp_path):
    """Objects with an outcome and no features are outcomes, of any model."""
    path = tmp_path / "a.ndjson"
    rows = [
        {"id": "a", "time": 1, "model": "m", "features": {"x": 1}, "prediction": "yes"},
        {"id": "b", "time": 2, "model": "n", "features": {"x": 1}, "prediction": "no"},
        {"id": "a", "time": 3, "outcome": "yes"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    recording, batches = read_all(path)
    assert [batch.key.model for batch in batches] == ["m", "n"]
    assert [outcomes.ids for outcomes in recording.outcomes] == [["a"]]


@pytest.mark.parametrize("sorted_by_time", [True, False], ids=["in order", "out of order"])
def test_parquet_rejects_rows_without_a_time(tmp_path, sorted_by_time):
    """A row without a time is rejected by its number; the columns of the others stay aligned."""
    times = [1.0, None, 3.0, 4.0] if sorted_by_time else [4.0, None, 3.0, 1.0]
    table = pa.table({"t": times, "x": [10.0, 20.0, None, 40.0], "c": ["a", "b", None, "a"]})
    parquet.write_table(table, tmp_path / "a.parquet")
    recording, (batch,) = read_all(tmp_path / "a.parquet", Roles(time="t"))
    assert [fault[:2] for fault in recording.account.examples] == [(2, "no_time")]
    assert batch.times.tolist() == [1.0, 3.0, 4.0]
    expected = [10.0, np.nan, 40.0] if sorted_by_time else [40.0, np.nan, 10.0]
    assert np.array_equal(batch.features["x"], expected, equal_nan=True)
    assert list(batch.features["c"]) == ["a", None, "a"]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([1, None, 3]), [1.0, None, 3.0]),
        (pa.array([1.5, None], pa.float32()), [1.5, None]),
        (pa.array([True, None, False]), [True, None, False]),
        (pa.array(["b", None, "a", "b"]), ["b", None, "a", "b"]),
        (pa.array(["b", None]).dictionary_encode(), ["b", None]),
        (pa.array([None, None]), [None, None]),
    ],
    ids=str,
)
def test_arrow_columns_keep_their_values(array, expected):
    """Numbers become an array, text and booleans codes; null stays missing."""
    column = column_of(array)
    assert isinstance(column, np.ndarray | DictionaryColumn)
    values = column.tolist() if isinstance(column, np.ndarray) else list(column)
    assert [None if value != value else value for value in values] == expected


def test_float_columns_are_not_copied():
    """A column of floats without nulls shares the memory of the file's batch."""
    array = pa.array(np.arange(1000.0))
    assert np.shares_memory(column_of(array), array.to_numpy(zero_copy_only=True))


@pytest.mark.parametrize("name", ["a.txt", "a.parquet", "a.csv", "a.csv.gz", "a.ndjson"])
def test_a_file_that_is_none_is_refused(tmp_path, name):
    """A file that does not match its extension raises an error that names it."""
    (tmp_path / name).write_bytes(b"\x00\x01")
    with pytest.raises(TableError, match=name):
        read_all(tmp_path / name)
    with pytest.raises(TableError, match="missing"):
        read_all(tmp_path / f"missing-{name}")


@pytest.mark.parametrize("numeric", [True, False])
def test_codes_are_checked_like_their_values(numeric):
    """Coded values have the same faults as the values written out."""
    values = ("a", 3, True, [1], 2.5)
    coded = DictionaryColumn(np.array([0, 1, -1, 2, 3, 3, 4, 0]), values)
    expected = wrong_types(list(coded), numeric)
    found = wrong_types(coded, numeric)
    assert {kind: rows.tolist() for kind, rows in found.items()} == {k: r.tolist() for k, r in expected.items()}
