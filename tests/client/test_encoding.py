"""Encoding: one message becomes one line of JSON that any parser reads."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from ipaddress import ip_address
from pathlib import PurePosixPath
from types import MappingProxyType
from uuid import UUID

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.client.encoding import LineEncoder
from inference_exporter.client.fields import INVALID

NAMES = ("time", "features")

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.datetimes(),
    st.decimals(),
    st.uuids(),
    st.floats(width=32).map(np.float32),
    st.integers(-(2**63), 2**63 - 1).map(np.int64),
)
KEYS = st.text() | st.integers() | st.floats() | st.uuids() | st.none() | st.booleans()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


@dataclass
class Row:
    age: int


def encoded(value):
    return json.loads(LineEncoder()(NAMES, (0.0, {"x": value})))["features"]["x"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1.5"), 1.5),
        (Decimal("NaN"), None),
        (Fraction(1, 4), 0.25),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (timedelta(minutes=1), 60.0),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4), "03:04:00"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        ({1}, [1]),
        ((1, 2), [1, 2]),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ({1: 2, None: 4, 1.5: 5}, {"1": 2, "null": 4, "1.5": 5}),
        ({np.int64(1): 2, np.bool_(False): 3, "a": 4}, {"1": 2, "false": 3, "a": 4}),
        ([float("nan"), 1.0], [None, 1.0]),
        ([10**10_000, -(10**10_000), 10**30 + 0.0], ["Infinity", "-Infinity", 1e30]),
        (np.array([[1.0, float("inf")]]), [[1.0, "Infinity"]]),
        (np.float16(0.5), 0.5),
        (np.uint8(7), 7),
        (np.datetime64("NaT", "s"), None),
        (np.datetime64(1, "ns"), "1970-01-01T00:00:00.000000001"),
        (pd.NaT, None),
        (pd.NA, None),
        (pd.Series([1, 2]), [1, 2]),
        (np.longdouble(1.5), 1.5),
        (PurePosixPath("/x"), "/x"),
        (ip_address("10.0.0.1"), "10.0.0.1"),
        (pd.Interval(0, 1), "(0, 1]"),
        (pd.Period("2024-01"), "2024-01"),
        (b"x", "x"),
        (np.bytes_(b"x"), "x"),
        (np.datetime64(0, "ns"), "1970-01-01T00:00:00.000000000"),
        (np.array([0, "NaT"], "M8[ns]"), ["1970-01-01T00:00:00", None]),
        (np.timedelta64(1500, "ms"), 1.5),
        (np.timedelta64(1, "s").astype("m8[ns]"), 1.0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values(value, expected):
    """A value without a JSON type becomes its closest equivalent."""
    assert encoded(value) == expected


@pytest.mark.parametrize(
    "value", [object(), b"\xff", 1j, Row(1), lambda: 1, Row], ids=lambda value: type(value).__name__
)
def test_values_without_a_form(value):
    """A feature without a JSON form is invalid, not text that looks like a category."""
    assert encoded(value) == INVALID


def test_cycles_and_depth():
    """A value that contains itself, or is nested too deeply, is invalid."""
    loop = []
    loop.append(loop)
    assert encoded(loop) == INVALID
    deep = float("nan")
    for _ in range(50):
        deep = [deep]
    assert encoded(deep) == INVALID


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_a_line_is_one_line_that_json_readers_take(features):
    """Any message is encoded as one line of strict JSON."""
    line = LineEncoder("fraud", 7)(NAMES, (0.0, features))
    assert b"\n" not in line
    assert json.loads(line, parse_constant=lambda name: pytest.fail(name))["model"] == "fraud"


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.floats() | st.integers() | st.none(), max_size=8))
def test_the_exporters_reader_takes_numbers_of_any_kind(features):
    """The exporter's JSON reader reads numbers of any size and text of any script."""
    read = orjson.loads(LineEncoder()(NAMES, (0.0, features)))
    assert read["features"].keys() == features.keys()


class TestTime:
    @pytest.mark.parametrize(
        ("given_time", "expected"),
        [
            (0, "1970-01-01T00:00:00+00:00"),
            (1.5, "1970-01-01T00:00:01.500000+00:00"),
            (np.float64(1.5), "1970-01-01T00:00:01.500000+00:00"),
            (datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))), "2026-01-02T01:00:00+00:00"),
            (np.datetime64("2026-01-02T03:00:00", "ns"), "2026-01-02T03:00:00+00:00"),
            (pd.Timestamp("2026-01-02T03:00:00Z"), "2026-01-02T03:00:00+00:00"),
            ("2026-01-02T03:00:00Z", "2026-01-02T03:00:00Z"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_any_form_of_time(self, given_time, expected):
        """Seconds, datetimes and numpy datetimes become RFC 3339 in UTC; text is unchanged."""
        assert json.loads(LineEncoder()(NAMES, (given_time, {})))["time"] == expected

    def test_local_time(self):
        """A datetime without a zone is local time, as everywhere in Python."""
        naive = datetime(2026, 1, 2, 3)
        line = json.loads(LineEncoder()(NAMES, (naive, {})))
        assert datetime.fromisoformat(line["time"]).timestamp() == naive.timestamp()

    @pytest.mark.parametrize(
        "value", [float("nan"), 1e300, object(), [1, 2], "soon", b"soon"], ids=lambda value: str(value)[:7]
    )
    def test_no_time(self, value):
        """A value that is not a time is omitted, so that the time of arrival counts."""
        assert b"time" not in LineEncoder()(NAMES, (value, {}))


@pytest.mark.parametrize(
    ("model", "version", "head"),
    [
        ("fraud", "7", {"model": "fraud", "version": "7"}),
        ('"x"', None, {"model": '"x"'}),
        (None, 7, {"version": "7"}),
        (None, None, {}),
    ],
)
def test_head(model, version, head):
    """Each line names the model and version as text, if known."""
    line = json.loads(LineEncoder(model, version)(NAMES, (0, {})))
    assert line == head | {"time": "1970-01-01T00:00:00+00:00", "features": {}}
