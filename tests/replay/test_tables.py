"""Recorded samples from files: the same columns in every format, and a clear line for faulty ones."""

import csv
import gzip
import io
import json
import math
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.errors import TableError
from inference_exporter.replay.tables import NativeSamples, n_rows, read_data, read_table
from pyarrow import parquet

ROWS = [{"age": 31, "country": "FR"}, {"age": None, "country": "DE"}, {"age": 2.5, "country": None}]


def delimited(delimiter):
    file = io.StringIO()
    writer = csv.DictWriter(file, ["age", "country"], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(ROWS)
    return file.getvalue().encode()


def ndjson():
    return b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)


def parquet_file():
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(ROWS), sink)
    return sink.getvalue()


FILES = {
    "a.csv": delimited(","),
    "a.CSV": delimited(","),
    "a.tsv": delimited("\t"),
    "a.ndjson": ndjson(),
    "a.jsonl": ndjson(),
    "a.csv.gz": gzip.compress(delimited(",")),
    "a.tsv.gz": gzip.compress(delimited("\t")),
    "a.ndjson.gz": gzip.compress(ndjson()),
    "a.parquet": parquet_file(),
}


def read(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return read_table(path)


@pytest.mark.parametrize("name", FILES)
def test_the_same_columns_however_written(tmp_path, name):
    """Numbers are numbers, text is text, and empty fields are missing, in every kind of file."""
    table = read(tmp_path, name, FILES[name])
    assert list(table) == ["age", "country"]
    assert n_rows(table) == 3
    assert np.array(table["age"], dtype=float).tolist() == pytest.approx([31.0, np.nan, 2.5], nan_ok=True)
    assert list(table["country"]) == ["FR", "DE", None]


MISTAKES = {
    "empty.csv": (b"", "expected a header and rows, got an empty file"),
    "header.csv": (b"a,b\n", "expected a header and rows, got only a header"),
    "short.csv": (b"a,b\n1,2\n3\n", "short.csv:3: expected 2 values, got 1"),
    "long.csv": (b'a,b\n"x\ny",2\n3,4,5\n', "long.csv:4: expected 2 values, got 3"),
    "twice.csv": (b"a,b,a\n1,2,3\n", "twice.csv:1: expected each column once, got 'a' twice"),
    "latin.csv": (b"a\ncaf\xe9\n", "latin.csv:2: expected UTF-8"),
    "huge.csv": (b"a\n" + b"x" * 1_200_000 + b"\n", "huge.csv:2: field larger than field limit (1048576)"),
    "not.csv.gz": (b"a,b\n1,2\n", "expected a complete gzip file, got: Not a gzipped file"),
    "cut.csv.gz": (FILES["a.csv.gz"][:-12], "expected a complete gzip file, got: Compressed file ended"),
    "torn.csv.gz": (FILES["a.csv.gz"][:12] + b"\xff" * 30, "expected a complete gzip file, got: "),
    "empty.ndjson": (b"\n\n", "expected records, got an empty file"),
    "torn.ndjson": (b'{"a": 1}\n{"a": \n', "torn.ndjson:2: expected JSON, got: "),
    "list.ndjson": (b'{"a": 1}\n[1]\n', "list.ndjson:2: expected an object, got list"),
    "native.ndjson": (b'{"features": {"a": 1}}\n', "expected flat records, got native samples"),
    "not.parquet": (b"a,b\n1,2\n", "not.parquet: expected a Parquet file, got: "),
    "table.xlsx": (b"PK", "expected a .csv, .tsv, .ndjson, .jsonl (or .gz of these) or .parquet file"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_file_that_cannot_be_read_is_named_in_one_line(tmp_path, name):
    """The message names the file, the line if possible, and the fault."""
    content, message = MISTAKES[name]
    with pytest.raises(TableError) as caught:
        read(tmp_path, name, content)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    """A path without a file is named."""
    with pytest.raises(TableError, match=r"no\.csv: cannot be read: No such file or directory"):
        read_table(tmp_path / "no.csv")


class TestCsv:
    def test_what_spreadsheets_write(self, tmp_path):
        """A byte order mark, carriage returns, empty lines and line ends within quotes are harmless."""
        table = read(tmp_path, "a.csv", b'\xef\xbb\xbfa,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n')
        assert table["a"].tolist() == [1.0, 2.0]
        assert table["b"] == ["x\r\ny", "z"]

    def test_a_mark_for_missing_among_numbers_is_missing(self, tmp_path):
        """The marks of pandas, R, SQL and people for a missing number leave the column numeric."""
        content = b"a\n1\nn/a\nNULL\n ? \n\\N\nNone\n2\n"
        expected = [1.0, *[math.nan] * 5, 2.0]
        assert np.array_equal(read(tmp_path, "a.csv", content)["a"], expected, equal_nan=True)

    def test_names_are_looked_at(self, tmp_path):
        """Row numbers without a name are left out, as are blanks around names and after separators."""
        assert read(tmp_path, "a.csv", b",x, c\n0,1, A\n1,2, B\n").keys() == {"x", "c"}
        assert read(tmp_path, "a.csv", b"x, c\n1, A\n")["c"] == ["A"]

    def test_other_separators_are_recognised(self, tmp_path):
        """A header without a comma shows the column separator."""
        table = read(tmp_path, "a.csv", b"a;b\n1;x\n2;y\n")
        assert table["a"].tolist() == [1.0, 2.0] and table["b"] == ["x", "y"]

    @pytest.mark.parametrize("text", ["01234", "12345678901234567", "12e5", "2023_01", "1.10", "+7"])
    def test_codes_stay_as_they_are_written(self, tmp_path, text):
        """A column named as codes is never typed."""
        (tmp_path / "a.csv").write_text(f"c,d\n{text},1\n")
        assert read_data(tmp_path / "a.csv", {"c"})["c"] == [text]

    @given(values=st.lists(st.floats() | st.none(), min_size=1))
    def test_numbers_come_back_to_the_last_bit(self, tmp_path_factory, values):
        """Numbers survive as written, including infinite ones; none becomes NaN."""
        lines = ["x,y", *("1," if value is None else f"1,{value!r}" for value in values)]
        table = read(tmp_path_factory.mktemp("csv"), "a.csv", "\n".join(lines).encode())
        expected = np.array([np.nan if value is None else value for value in values])
        assert np.array_equal(table["y"], expected, equal_nan=True)


class TestNdjson:
    def test_records_may_lack_fields(self, tmp_path):
        """A field that some records lack is missing in them; columns are in order of appearance."""
        assert read(tmp_path, "a.ndjson", b'{"a": 1}\n{"b": true, "a": null}\n') == {"a": [1, None], "b": [None, True]}

    def test_an_array_is_records_as_well(self, tmp_path):
        """A file with one JSON array has its items as records."""
        assert read(tmp_path, "a.json", b'[{"a": 1},\n {"a": 2}]') == {"a": [1, 2]}

    def test_native_samples_are_a_batch_with_their_outcomes(self, tmp_path):
        """Recorded native samples are those the sidecar accepts; outcomes find their sample by id."""
        lines = [
            {"id": "a", "features": {"x": 1}, "prediction": "p"}, {"id": "b", "features": {"x": 2}, "prediction": "q"},
            {"id": "b", "outcome": "p"},
        ]  # fmt: skip
        (tmp_path / "a.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
        data = read_data(tmp_path / "a.ndjson")
        assert isinstance(data, NativeSamples)
        assert np.array(data.batch.features["x"]).tolist() == [1, 2] and data.outcome == [None, "p"]


class TestParquet:
    def parquet(self, folder, **columns):
        parquet.write_table(pa.table(columns), folder / "a.parquet")
        return read_table(folder / "a.parquet")

    def test_decimals_are_numbers(self, tmp_path):
        """Decimals of a database are numbers."""
        table = self.parquet(tmp_path, price=[Decimal("1.25"), None, Decimal("3.00")])
        assert table["price"].tolist() == pytest.approx([1.25, np.nan, 3.0], nan_ok=True)

    def test_truth_and_dictionaries_are_categories(self, tmp_path):
        """Booleans are not numbers; a dictionary column is its values."""
        table = self.parquet(tmp_path, b=[True, None], d=pa.array(["x", "y"]).dictionary_encode())
        assert table == {"b": [True, None], "d": ["x", "y"]}

    def test_moments_are_their_iso_text(self, tmp_path):
        """Dates and times become the text that JSON has: the same in every reader."""
        table = self.parquet(tmp_path, d=[date(2024, 1, 2), None], t=[datetime(2024, 1, 2, 3), None])
        assert table == {"d": ["2024-01-02", None], "t": ["2024-01-02T03:00:00", None]}

    def test_two_columns_of_one_name_are_reported_in_one_line(self, tmp_path):
        """Parquet allows duplicate names; we do not."""
        parquet.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), tmp_path / "a.parquet")
        with pytest.raises(TableError, match=r"\A[^\n]*a\.parquet: [^\n]* each column once, got 'a' twice\Z"):
            read_table(tmp_path / "a.parquet")


def test_no_columns_are_no_rows():
    """A table without columns has no rows."""
    assert n_rows({}) == 0
