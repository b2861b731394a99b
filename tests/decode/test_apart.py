"""A body may end the process that decodes it, but never ours; the next body gets another process."""

import io
import os
import pickle
import signal
import threading
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from inference_exporter.decode import _apart
from inference_exporter.decode._apart import DIED, Decoders
from inference_exporter.decode._apart_columns import unpacked
from inference_exporter.decode._apart_frames import ARROW, PARQUET
from inference_exporter.decode._arrow_blocks import arrow_blocks
from inference_exporter.errors import DecodeError


def file_of(table):
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def stream_of(table):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


TABLE = pa.table({"age": [31.0, 58.0], "country": ["FR", None], "n": [1, 2], "prediction": ["a", "b"]})


@pytest.fixture(scope="module")
def decoders():
    """Processes that end with the tests of this file."""
    decoders = Decoders()
    yield decoders
    decoders.end()


def first_fatal(decoders, body):
    """Return a damaged file that ends a process: a changed byte in the statistics of its footer."""
    for place in range(len(body) // 4, len(body)):
        damaged = body[:place] + b"\0" + body[place + 1 :]
        try:
            list(decoders.blocks(PARQUET, [damaged]))
        except DecodeError as error:
            if error.reason == DIED:
                return damaged
    return None


class Killing(_apart.Decoder):
    """A process that is killed after each body that it gets."""

    def _send(self, kind, content):
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Hanging(_apart.Decoder):
    """A process that never answers."""

    def _send(self, kind, content):
        os.kill(self._process.pid, signal.SIGSTOP)


def test_a_body_that_ends_its_decoder_is_refused(monkeypatch):
    """It is tried twice, and then refused with a reason of its own."""
    started = []
    monkeypatch.setattr(_apart, "Decoder", lambda: started.append(1) or Killing())
    with pytest.raises(DecodeError, match="whose decoder was ended by SIGKILL") as refused:
        list(Decoders().blocks(ARROW, [stream_of(TABLE)]))
    assert (refused.value.reason, refused.value.status, len(started)) == (DIED, 400, 2)


@pytest.mark.slow
def test_one_that_died_of_something_else_costs_no_body(decoders):
    """A process that is killed between two bodies is replaced unnoticed."""
    list(decoders.blocks(ARROW, [stream_of(TABLE)]))
    os.kill(decoders._idle[0]._process.pid, signal.SIGKILL)
    assert len(list(decoders.blocks(ARROW, [stream_of(TABLE)]))) == 1


def test_one_that_hangs_is_ended(monkeypatch):
    """A body that takes too long is refused."""
    monkeypatch.setattr(_apart, "ANSWER_SECONDS", 1)
    monkeypatch.setattr(_apart, "Decoder", Hanging)
    with pytest.raises(DecodeError, match="took more than 1 s") as refused:
        list(Decoders().blocks(ARROW, [stream_of(TABLE)]))
    assert refused.value.reason == DIED


@pytest.mark.slow
def test_a_real_damaged_file(decoders):
    """A changed byte in a Parquet file that ends the library's process ends nothing else.

    Releases of the library differ in which bytes do so, and whether any does.
    """
    damaged = first_fatal(decoders, file_of(TABLE))
    if damaged is None:
        pytest.skip("this release of pyarrow survives every changed byte")
    assert len(list(decoders.blocks(PARQUET, [file_of(TABLE)]))) == 1


def test_a_reader_that_leaves_early_leaves_a_decoder_behind(decoders):
    """A body that is given up does not disturb the next one, nor cost its process."""
    for _ in range(3):
        blocks = decoders.blocks(PARQUET, [file_of(pa.table({"x": [float(n) for n in range(20_000)]}))])
        assert next(blocks).fields["x"][0] == 0.0
        blocks.close()
    assert len(decoders._idle) == 1
    [block] = decoders.blocks(ARROW, [stream_of(TABLE)])
    assert block.fields["country"] == ["FR", None]


def test_memory_is_bounded(decoders):
    """The process has a bound, and its body is refused as too large, not as damaged."""
    list(decoders.blocks(ARROW, [stream_of(TABLE)]))
    limits = Path(f"/proc/{decoders._idle[0]._process.pid}/limits")
    if not limits.exists():
        pytest.skip("needs Linux")
    [line] = [line for line in limits.read_text().splitlines() if line.startswith("Max address space")]
    assert 1 << 30 < int(line.split()[3]) < 4 << 30


def test_values_are_those_of_the_library_itself(decoders):
    """Every kind of value arrives as it would without a process in between."""
    table = pa.table({
        "whole": pa.array([1.5, -2.0]), "gaps": pa.array([1.5, None]), "long": pa.array([2**60 + 1, None]),
        "none": pa.nulls(2), "yes": pa.array([True, None]), "list": pa.array([[1, 2], None]),
        "bytes": pa.array([b"\xff", None]),
        "scores": pa.array([{"a": 0.5, "b": None}, None]), "small": pa.array([1, 2], pa.int8()),
        "coded": pa.array(["x", "y"]).dictionary_encode(), "at": pa.array([0, 1], pa.timestamp("us", "Europe/Paris")),
    })  # fmt: skip
    body = stream_of(table)
    [here], [there] = arrow_blocks(memoryview(body)), decoders.blocks(ARROW, [body])
    assert list(there.fields) == list(here.fields)
    for name, column in here.fields.items():
        flat, other = (each if isinstance(each, dict) else {"": each} for each in (column, there.fields[name]))
        for inner, values in flat.items():
            assert isinstance(other[inner], np.ndarray) == isinstance(values, np.ndarray), name
            assert repr(list(other[inner])) == repr(list(values)), name


def test_values_inside_of_lists_are_plain(decoders):
    """Dates, decimals and durations inside of lists are what JSON has for them."""
    table = pa.table({
        "day": pa.array([[date(2026, 1, 2)], None]),
        "at": pa.array([[0], None], pa.list_(pa.timestamp("us", "UTC"))),
        "took": pa.array([[1_500_000], None], pa.list_(pa.duration("us"))),
        "price": pa.array([[{"eur": Decimal("1.25")}], None]),
    })  # fmt: skip
    [block] = decoders.blocks(ARROW, [stream_of(table)])
    assert dict(block.fields) == {
        "day": [["2026-01-02"], None],
        "at": [["1970-01-01T00:00:00+00:00"], None],
        "took": [[1.5], None],
        "price": [[{"eur": 1.25}], None],
    }


def test_nothing_is_executed():
    """What comes back from a process names no functions but those that make numbers and texts."""
    with pytest.raises(pickle.UnpicklingError, match=r"expected plain values, got .*eval"):
        unpacked(pickle.dumps(eval), b"", -1)


def test_numbers_of_a_stream_are_not_copied(decoders):
    """Columns of floats without gaps are views of the body."""
    body = stream_of(pa.table({"x": [1.5, 2.5, 3.5]}))
    [block] = decoders.blocks(ARROW, [body])
    assert np.shares_memory(block.fields["x"], np.frombuffer(body, np.uint8))


def test_earlier_blocks_keep_their_numbers(decoders):
    """Shared memory that is used again changes no block that was handed out."""
    body = file_of(pa.table({"x": [float(n) for n in range(20_000)], "y": [1, 2] * 10_000}))
    blocks = list(decoders.blocks(PARQUET, [body]))
    assert np.concatenate([block.fields["x"] for block in blocks]).tolist() == list(range(20_000))


def test_processes_are_bounded(decoders):
    """However many threads decode, there are two."""
    found, seen = [], set()

    def decode():
        for block in decoders.blocks(ARROW, [stream_of(TABLE)]):
            found.append(len(block.fields["age"]))
        seen.update(decoder._process.pid for decoder in list(decoders._idle))

    threads = [threading.Thread(target=decode) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 8
    assert len(seen) <= 2


def test_files_come_some_rows_at_a_time(decoders, tmp_path):
    """Two files may be read in turns, each from any row; a process that died in between is noticed by neither."""
    table = pa.table({"x": [float(n) for n in range(10_000)]})
    pq.write_table(table, tmp_path / "a")
    with (tmp_path / "a").open("rb") as first, (tmp_path / "a").open("rb") as second:
        assert decoders.rows_of_file(1, 0, first.fileno())[0] == 4096
        rows, body = decoders.rows_of_file(2, 5000, second.fileno())
        assert (rows, pa.ipc.open_stream(body).read_all()["x"][0].as_py()) == (3192, 5000.0)
        os.kill(decoders._of_files._process.pid, signal.SIGKILL)
        rows, body = decoders.rows_of_file(1, 4096, first.fileno())
        assert (rows, pa.ipc.open_stream(body).read_all()["x"][0].as_py()) == (4096, 4096.0)
        assert decoders.rows_of_file(3, 10_000, second.fileno()) is None


def test_a_file_goes_on_in_a_later_row_group(decoders, tmp_path):
    """Groups before the row are not read again."""
    pq.write_table(pa.table({"x": [float(n) for n in range(100)]}), tmp_path / "a", row_group_size=30)
    with (tmp_path / "a").open("rb") as file:
        rows, body = decoders.rows_of_file(4, 65, file.fileno())
        found = pa.ipc.open_stream(body).read_all()["x"].to_pylist()
        while more := decoders.rows_of_file(4, 0, file.fileno()):
            found += pa.ipc.open_stream(more[1]).read_all()["x"].to_pylist()
    assert rows > 0
    assert found == [float(n) for n in range(65, 100)]


def test_a_file_that_is_not_one(decoders, tmp_path):
    """Or that ends the process, is an error about the file."""
    (tmp_path / "a").write_bytes(b"PAR1 but not much more")
    with (tmp_path / "a").open("rb") as file, pytest.raises(DecodeError, match="expected a Parquet file, got"):
        decoders.rows_of_file(5, 0, file.fileno())
