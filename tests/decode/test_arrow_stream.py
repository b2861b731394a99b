"""Arrow streams, as written by pandas, Polars and PyArrow."""

import io
import math
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from inference_exporter.decode import _apart
from inference_exporter.decode.arrow_stream import read_stream
from inference_exporter.errors import DecodeError
from inference_exporter.samples.batch import ModelKey
from inference_exporter.samples.native import samples_of


def stream(columns, batches=1):
    record_batch = pa.RecordBatch.from_arrays(list(columns.values()), list(columns))
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, record_batch.schema) as writer:
        for _ in range(batches):
            writer.write_batch(record_batch)
    return sink.getvalue()


def batches(columns):
    decoded = list(samples_of(read_stream(iter([stream(columns)]))))
    assert not [item for part in decoded for item in part.rejected]
    return [batch for part in decoded for batch in part.batches]


def test_each_type_is_read():
    """Numbers, text, dictionaries, booleans, lists and nulls become the same values as in JSON."""
    (batch,) = batches({
        "i": pa.array([1, None, 3], pa.int32()),
        "f": pa.array([0.5, None, math.nan], pa.float32()),
        "s": pa.array(["a", None, "b"]),
        "d": pa.array(["x", "y", "x"]).dictionary_encode(),
        "b": pa.array([True, None, False]),
        "l": pa.array([[1], None, [2, 3]]),
    })  # fmt: skip
    assert batch.features["i"].tolist() == pytest.approx([1, math.nan, 3], nan_ok=True)
    assert batch.features["f"].tolist() == pytest.approx([0.5, math.nan, math.nan], nan_ok=True)
    assert list(batch.features["s"]) == ["a", None, "b"]
    assert list(batch.features["d"]) == ["x", "y", "x"]
    assert list(batch.features["b"]) == [True, None, False]
    assert list(batch.features["l"]) == [[1], None, [2, 3]]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Paris"])
def test_times_of_any_unit(unit, zone):
    """Timestamps of any unit are read to the microsecond; null is a missing time."""
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    odd = 123 if unit == "ns" else 0
    times = pa.array([1_800_000_000 * per_second + odd, None], pa.timestamp(unit, zone))
    (batch,) = batches({"x": pa.array([1, 2]), "time": times})
    assert batch.times.tolist() == pytest.approx([1.8e9, math.nan], nan_ok=True)


def test_ids_and_versions_may_be_numbers():
    """Integers are valid ids and versions, with all digits."""
    (batch,) = batches({"id": pa.array([2**60 + 1, 7]), "version": pa.array([7, 7]), "x": pa.array([1.0, 2.0])})
    assert list(batch.ids) == [str(2**60 + 1), "7"]
    assert batch.key == ModelKey("", "7")


def test_statuses_may_be_missing():
    """A null status is 200, as in JSON."""
    (batch,) = batches({"code": pa.array([500, None]), "x": pa.array([1.0, 2.0])})
    assert list(batch.codes) == [500, 200]


def test_a_null_object_is_missing_inside():
    """If the features of a sample are null, each feature is missing."""
    features = pa.array([{"x": 1.0}, None], pa.struct([("x", pa.float64())]))
    (batch,) = batches({"features": features, "prediction": pa.array(["a", "b"])})
    assert batch.features["x"].tolist() == pytest.approx([1.0, math.nan], nan_ok=True)


def test_a_stream_of_several_batches():
    """Each record batch of a stream is read."""
    decoded = list(samples_of(read_stream(iter([stream({"x": pa.array([1.0, 2.0])}, batches=3)]))))
    assert [batch.size for part in decoded for batch in part.batches] == [2, 2, 2]


def test_a_name_twice_is_refused():
    """Two columns of one name are ambiguous."""
    record_batch = pa.RecordBatch.from_arrays([pa.array([1.0]), pa.array([2.0])], ["x", "x"])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, record_batch.schema) as writer:
        writer.write_batch(record_batch)
    with pytest.raises(DecodeError, match="expected each column once, got 'x' twice"):
        list(samples_of(read_stream(iter([sink.getvalue()]))))


def test_decimals_dates_and_durations_are_what_json_has():
    """Decimals and durations become numbers, dates and times ISO text, in features and predictions."""
    (batch,) = batches({
        "amount": pa.array([Decimal("1.25"), None], pa.decimal128(10, 2)),
        "day": pa.array([date(2024, 1, 2), None]),
        "at": pa.array([datetime(2024, 1, 2, 3), None], pa.timestamp("ns")),
        "took": pa.array([timedelta(seconds=1.5), None]),
        "long": pa.array([2**60 + 1, None]),
        "prediction": pa.array([Decimal("0.5"), Decimal("1.0")], pa.decimal128(4, 1)),
        "latency_seconds": pa.array([Decimal("0.5"), None], pa.decimal128(4, 1)),
        "time": pa.array([date(2024, 1, 2), None]),
    })  # fmt: skip
    assert batch.features["amount"].tolist() == pytest.approx([1.25, math.nan], nan_ok=True)
    assert list(batch.features["day"]) == ["2024-01-02", None]
    assert list(batch.features["at"]) == ["2024-01-02T03:00:00", None]
    assert list(batch.features["took"]) == [1.5, None]
    assert list(batch.features["long"]) == [2**60 + 1, None]
    assert np.asarray(batch.prediction).tolist() == [0.5, 1.0]
    assert batch.latency_seconds.tolist() == pytest.approx([0.5, math.nan], nan_ok=True)
    assert batch.times.tolist() == pytest.approx([1704153600.0, math.nan], nan_ok=True)


def test_a_date_beyond_the_calendar_costs_only_itself():
    """A year above 9999 is the number that Arrow holds, a duration of any length its seconds; all else is read."""
    seen = pa.array([0, 253402300800, None], pa.timestamp("s"))
    took = pa.array([1, 2**62, None], pa.duration("s"))
    age = pa.array([1.0, 2.0, 3.0])
    [batch] = batches({"features": pa.StructArray.from_arrays([seen, took, age], ["seen", "took", "age"])})
    column = batch.features["seen"]
    assert list(column) == ["1970-01-01T00:00:00", "253402300800000000", None]
    assert list(batch.features["took"]) == [1.0, 2.0**62, None]
    assert batch.features["age"].tolist() == [1.0, 2.0, 3.0]


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch):
    """Without PyArrow, the answer names the extra to install."""
    monkeypatch.setattr(_apart, "find_spec", lambda name: None)
    monkeypatch.setattr(_apart.DECODERS, "_idle", [])
    with pytest.raises(DecodeError, match=r"pip install 'inference-exporter\[arrow\]'") as error:
        list(read_stream(iter([b""])))
    assert error.value.status == 415
