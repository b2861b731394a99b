"""CSV bodies become columns, whatever their pieces, dialect and length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.decode.csv_body import ROWS_AT_ONCE, read_csv
from inference_exporter.errors import DecodeError
from inference_exporter.samples.records import ROWS_WITHOUT_NAMES, Columns


def fields(*chunks):
    [block] = read_csv(chunks)
    return {name: list(column) for name, column in block.fields.items()}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_dialects(delimiter, end):
    """The header shows the separator; both ends of lines are read."""
    body = end.join(delimiter.join(row) for row in (["age", "country"], ["31", "FR"], ["58", "DE"])).encode()
    assert fields(body) == {"age": [31.0, 58.0], "country": ["FR", "DE"]}


@given(st.integers(0, 40))
def test_where_the_body_is_cut_does_not_matter(cut):
    """Chunks may end anywhere, inside of characters and quotes too."""
    body = 'country,age\n"Korea, ""South""",1\nCôte,2\n'.encode()
    assert fields(body[:cut], body[cut:]) == {"country": ['Korea, "South"', "Côte"], "age": [1.0, 2.0]}


def test_codes_keep_their_zeros():
    """Whole numbers with leading zeros are codes; a numeric feature reads them as numbers."""
    assert fields(b"zip,id\n01234,7\n99999,8\n") == {"zip": ["01234", "99999"], "id": ["7", "8"]}


def test_objects_have_a_dot():
    """`scores.fraud` is a class of the scores."""
    [block] = read_csv([b"scores.ok,scores.fraud\n0.5,0.5\n"])
    assert {name: list(column) for name, column in block.fields["scores"].items()} == {"ok": [0.5], "fraud": [0.5]}


def test_long_bodies_come_in_blocks():
    """Blocks have a bounded number of rows, and lose none."""
    blocks = list(read_csv([b"a\n", *[b"%d\n" % row for row in range(2 * ROWS_AT_ONCE + 1)]]))
    assert [len(block.fields["a"]) for block in blocks] == [ROWS_AT_ONCE, ROWS_AT_ONCE, 1]


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"a,a\n1,2\n", "not_csv"), (b"", "not_csv"), (b",\n1,2\n", "not_csv"), (b"x" * (1 << 21), "too_large")],
)
def test_bodies_that_cannot_be_read(body, reason):
    """A body without a usable header is refused whole, with its reason."""
    with pytest.raises(DecodeError) as caught:
        list(read_csv([body]))
    assert caught.value.reason == reason


def test_a_bad_row_costs_only_itself():
    """A row of another width is rejected at its place."""
    rejected, columns = read_csv([b"a,b\n1,2\n3\n4,5\n"])
    assert [(item.index, item.reason) for item in rejected.rejected] == [(1, "not_csv")]
    assert isinstance(columns, Columns) and list(columns.fields["a"]) == [1.0, 4.0]


def test_decimal_commas():
    """With semicolons a comma is that of a number, if all values of the column allow it."""
    found = fields(b"age;size\r\n31,5;1,5,6\r\n4;7\r\n")
    assert found == {"age": [31.5, 4.0], "size": ["1,5,6", "7"]}


def test_a_first_line_of_numbers_is_a_row():
    """Rows without a header keep their values, all of them, in order."""
    [block] = read_csv([b"5.1,3.5\n4,,\n"])
    assert block.values == [{ROWS_WITHOUT_NAMES: [[5.1, 3.5], [4.0, None, None]]}]


def test_texts_of_windows():
    """Bytes that are not UTF-8 are read as spreadsheets on Windows write them."""
    assert fields("country,size\nCôte,1\n".encode("cp1252")) == {"country": ["Côte"], "size": [1.0]}
