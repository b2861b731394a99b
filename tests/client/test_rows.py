"""Rows: of any object with named fields."""

import sqlite3
from collections import namedtuple
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypedDict

import pandas as pd
import pytest
from inference_exporter.client.rows import columns_in, copied, copied_row, row_of, rows_of
from inference_exporter.client.values import Unreadable

ROW = {"age": 31, "country": "FR"}


@dataclass
class Person:
    age: int
    country: str


@dataclass(slots=True)
class Slotted:
    age: int
    country: str


class Typed(TypedDict):
    age: int
    country: str


class Attrs:
    """A class marked like those of attrs and msgspec."""

    __struct_fields__ = ("age", "country")

    def __init__(self):
        self.age, self.country = 31, "FR"


Named = namedtuple("Named", "age country")


@pytest.mark.parametrize(
    "value",
    [Person(31, "FR"), Slotted(31, "FR"), Typed(age=31, country="FR"), Attrs(), Named(31, "FR"), MappingProxyType(ROW)],
    ids=lambda value: type(value).__name__,
)
def test_objects_with_named_fields(value):
    """Objects whose type names their fields are rows, alone and in a list."""
    assert row_of(value) == ROW
    assert rows_of(value) == [ROW]
    assert rows_of([value, value]) == [ROW, ROW]


def test_pydantic():
    """A model of pydantic is a row, and rows within a request model are found."""
    pydantic = pytest.importorskip("pydantic")
    model = pydantic.create_model("Model", age=(int, ...), country=(str, ...))
    request = pydantic.create_model("Request", instances=(list[model], ...))
    assert row_of(model(**ROW)) == ROW
    assert rows_of(request(instances=[ROW, ROW])) == [ROW, ROW]


def test_series_and_database_rows():
    """A named pandas series and a row of a database are rows; a series without names is not."""
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    assert row_of(connection.execute("SELECT 31 AS age, 'FR' AS country").fetchone()) == ROW
    connection.close()
    assert row_of(pd.Series(ROW)) == ROW
    assert row_of(pd.Series([1, 2])) is None


def test_requests_hold_their_rows():
    """A request gives the rows inside."""
    assert rows_of({"features": ROW}) == rows_of({"instances": [ROW]}) == [ROW]
    assert rows_of({"features": 5}) == [{"features": 5}]


def test_a_web_request_is_not_a_row():
    """A web framework's request is a mapping, but not of features."""
    request = type("Request", (dict,), {"__module__": "starlette.requests"})(type="http")
    assert rows_of(request) is None


def test_columns_are_found_by_the_number_of_answers():
    """A mapping is columns if each value has as many elements as there are answers; else values are vectors."""
    assert columns_in({"a": [1, 2], "b": (3, 4)}, 2) == {"a": [1, 2], "b": [3, 4]}
    assert columns_in({"a": [1, 2]}, 1) is None
    assert columns_in({"a": [1, 2], "b": "xy"}, 2) is None
    assert columns_in({"a": [1, 2], "b": 5}, 2) is None


def test_copies():
    """A copy is independent, and a value that raises when copied is marked as unreadable."""

    class Evil(dict):
        def items(self):
            raise RuntimeError("no")

    copy = copied_row(ROW)
    assert (copy, copy is ROW) == (ROW, False)
    assert copied(5) == 5
    assert isinstance(copied(Evil()), Unreadable)
    assert isinstance(copied_row(Evil()), Unreadable)
    assert isinstance(copied_row("text"), Unreadable)
