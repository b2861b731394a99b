"""Recorded samples from files: the same columns whichever way they are written, a clear line where they are not."""

import csv
import gzip
import io
import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.errors import TableError
from inference_exporter.replay.tables import n_rows, read_table
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
    """Numbers are numbers, text is text, and what is empty is missing, in every kind of file."""
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
    "latin.csv": (b"a\ncaf\xe9\n", "expected UTF-8, got byte 0xe9"),
    "huge.csv": (b"a\n" + b"x" * 200_000 + b"\n", "huge.csv:2: field larger than field limit (131072)"),
    "not.csv.gz": (b"a,b\n1,2\n", "cannot be read: Not a gzipped file"),
    "cut.csv.gz": (FILES["a.csv.gz"][:-12], "expected a whole gzip file, got: Compressed file ended"),
    "torn.csv.gz": (FILES["a.csv.gz"][:12] + b"\xff" * 30, "expected a whole gzip file, got: "),
    "empty.ndjson": (b"\n\n", "expected records, got an empty file"),
    "torn.ndjson": (b'{"a": 1}\n{"a": \n', "torn.ndjson: record 2: "),
    "array.json": (b'[{"a": 1}]', "record 1: expected an object, got list"),
    "not.parquet": (b"a,b\n1,2\n", "not.parquet: expected a Parquet file, got: "),
    "table.xlsx": (b"PK", "expected a .csv, .tsv, .ndjson, .jsonl (or .gz of these) or .parquet file"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_file_that_cannot_be_read_is_named_in_one_line(tmp_path, name):
    """The message names the file, the line where there is one, and what is wrong."""
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
        """A byte order mark, carriage returns, empty lines and line ends within quotes are no trouble."""
        table = read(tmp_path, "a.csv", b'\xef\xbb\xbfa,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n')
        assert table["a"].tolist() == [1.0, 2.0]
        assert table["b"] == ["x\r\ny", "z"]

    def test_one_word_among_numbers_makes_text(self, tmp_path):
        """A column is of one kind; a number with a word in it is read as text and judged later."""
        assert read(tmp_path, "a.csv", b"a\n1\nn/a\n")["a"] == ["1", "n/a"]

    @given(values=st.lists(st.floats() | st.none(), min_size=1))
    def test_numbers_come_back_to_the_last_bit(self, tmp_path_factory, values):
        """What was written as a number is that number, infinite ones included; nothing is NaN."""
        lines = ["x,y", *("1," if value is None else f"1,{value!r}" for value in values)]
        table = read(tmp_path_factory.mktemp("csv"), "a.csv", "\n".join(lines).encode())
        expected = np.array([np.nan if value is None else value for value in values])
        assert np.array_equal(table["y"], expected, equal_nan=True)


class TestNdjson:
    def test_records_may_lack_fields(self, tmp_path):
        """A field that some records lack is missing in them; columns come in order of first sight."""
        assert read(tmp_path, "a.ndjson", b'{"a": 1}\n{"b": true, "a": null}\n') == {"a": [1, None], "b": [None, True]}


class TestParquet:
    def parquet(self, folder, **columns):
        parquet.write_table(pa.table(columns), folder / "a.parquet")
        return read_table(folder / "a.parquet")

    def test_decimals_are_numbers(self, tmp_path):
        """What a database exports as decimal is a number."""
        table = self.parquet(tmp_path, price=[Decimal("1.25"), None, Decimal("3.00")])
        assert table["price"].tolist() == pytest.approx([1.25, np.nan, 3.0], nan_ok=True)

    def test_truth_and_dictionaries_are_categories(self, tmp_path):
        """True and false are no numbers; a dictionary column is its values."""
        table = self.parquet(tmp_path, b=[True, None], d=pa.array(["x", "y"]).dictionary_encode())
        assert table == {"b": [True, None], "d": ["x", "y"]}

    def test_two_columns_of_one_name_are_told_in_one_line(self, tmp_path):
        """Parquet can hold a name twice; we cannot."""
        parquet.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), tmp_path / "a.parquet")
        with pytest.raises(TableError, match=r"\A[^\n]*a\.parquet: expected a Parquet file, got: [^\n]*\Z"):
            read_table(tmp_path / "a.parquet")


def test_no_columns_are_no_rows():
    """A table without columns has no rows."""
    assert n_rows({}) == 0
