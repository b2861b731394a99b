"""The same rows in every kind of frame and object: the exporter takes the same features."""

import collections
import dataclasses
import json
import sqlite3
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pydantic
import pytest
from inference_exporter.client.encoding import LineEncoder
from inference_exporter.client.rows import copied_row
from inference_exporter.client.samples import from_columns

AGES, COLORS = [1.5, 2.5, None], ["red", "green", "blue"]
ROWS = [dict(zip(("age", "color"), row, strict=True)) for row in zip(AGES, COLORS, strict=True)]
FRAME = pd.DataFrame({"age": AGES, "color": COLORS})
FIELDS = np.array([(1.5, "red"), (2.5, "green"), (np.nan, "blue")], dtype=[("age", "f8"), ("color", "U5")])


@dataclasses.dataclass
class Plain:
    age: float | None
    color: str


class Model(pydantic.BaseModel):
    age: float | None
    color: str


class Named(NamedTuple):
    age: float | None
    color: str


def sqlite_rows():
    with sqlite3.connect(":memory:") as database:
        database.row_factory = sqlite3.Row
        return database.execute("select * from (values (1.5, 'red'), (2.5, 'green'), (null, 'blue'))").fetchall()


def polars_frame(**schema):
    polars = pytest.importorskip("polars")
    return polars.DataFrame({"age": AGES, "color": COLORS}, schema_overrides=schema)


FORMS = {
    "dicts": lambda: ROWS,
    "columns": lambda: {"age": AGES, "color": COLORS},
    "arrays": lambda: {"age": np.array([1.5, 2.5, np.nan]), "color": np.array(COLORS)},
    "bytes": lambda: {"age": AGES, "color": np.array([b"red", b"green", b"blue"])},
    "pandas": lambda: FRAME,
    "pandas with an index": lambda: FRAME.set_index("color", drop=False),
    "pandas with two indexes": lambda: FRAME.set_index(["color", "age"], drop=False),
    "pandas, nullable": lambda: FRAME.convert_dtypes(),
    "pandas, Arrow": lambda: FRAME.convert_dtypes(dtype_backend="pyarrow"),
    "pandas, categorical": lambda: FRAME.astype({"color": "category"}),
    "pandas, sparse": lambda: FRAME.assign(age=pd.arrays.SparseArray([1.5, 2.5, np.nan])),
    "pandas, objects": lambda: FRAME.astype(object),
    "pandas, half precision": lambda: FRAME.astype({"age": "float16"}),
    "pandas, long double": lambda: FRAME.astype({"age": "longdouble"}),
    "pandas, named rows": lambda: [row for _, row in FRAME.iterrows()],
    "pandas, records": lambda: FRAME.to_records(index=False),
    "polars": polars_frame,
    "polars, rows": lambda: polars_frame().rows(named=True),
    "Arrow": lambda: pa.table({"age": AGES, "color": COLORS}),
    "Arrow, dictionary": lambda: pa.record_batch({"age": AGES, "color": pa.array(COLORS).dictionary_encode()}),
    "structured array": lambda: FIELDS,
    "structured rows": lambda: list(FIELDS),
    "structured bytes": lambda: FIELDS.astype([("age", "f4"), ("color", "S5")]),
    "masked array": lambda: np.ma.array(FIELDS, mask=[(0, 0), (0, 0), (1, 0)]),
    "dataclasses": lambda: [Plain(**row) for row in ROWS],
    "pydantic": lambda: [Model(**row) for row in ROWS],
    "namedtuples": lambda: [Named(**row) for row in ROWS],
    "ordered": lambda: tuple(map(collections.OrderedDict, ROWS)),
    "chained": lambda: [collections.ChainMap({"age": row["age"]}, row) for row in ROWS],
    "SQLite": sqlite_rows,
}


def sent(features):
    """Return the features of samples as they are sent, and what was unreadable."""
    encoder = LineEncoder()
    samples = from_columns(features=features)
    lines = [encoder(("features",), (copied_row(sample["features"]),)) for sample in samples]
    return [json.loads(line)["features"] for line in lines], encoder.invalid["features"]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_same_features(form):
    """Whichever object holds them, three rows are the same three rows."""
    features = form()
    if isinstance(features, list) and isinstance(features[0], sqlite3.Row):
        features = [{"age": row[0], "color": row[1]} for row in features]
    found, invalid = sent(features)
    assert found == ROWS
    assert not invalid


MOMENT = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "moments",
    [
        lambda: [MOMENT, None],
        lambda: pd.to_datetime(["2024-01-02T03:04:05Z", None]),
        lambda: pd.Series(pd.to_datetime(["2024-01-02T03:04:05", None])),
        lambda: np.array(["2024-01-02T03:04:05", "NaT"], "M8[ns]"),
        lambda: np.array(["2024-01-02T03:04:05", "NaT"], "M8[s]"),
        lambda: pa.array([MOMENT, None], pa.timestamp("ns", "UTC")),
        lambda: pa.array([MOMENT, None], pa.timestamp("ms")),
    ],
)
def test_moments_are_texts_of_one_form(moments):
    """A time is its ISO text and a missing one null, whatever the unit and the library: never nanoseconds."""
    found, _ = sent({"seen": moments()})
    assert [row["seen"] and row["seen"][:19] for row in found] == ["2024-01-02T03:04:05", None]


class Broken:
    def __float__(self):
        raise RuntimeError

    __repr__ = __str__ = __float__


@pytest.mark.parametrize("bad", [Broken(), 1j, b"\xff", object()], ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("form", ["columns", "pandas", "rows"])
def test_one_bad_value_costs_its_cell(form, bad):
    """What has no form in JSON is one invalid value; the others of its row and column are sent."""
    columns = {"age": [1.5, bad], "color": ["red", "green"]}
    rows = [{"age": 1.5, "color": "red"}, {"age": bad, "color": "green"}]
    features = {"columns": columns, "pandas": pd.DataFrame(columns, dtype=object), "rows": rows}[form]
    assert sent(features) == ([ROWS[0], {"age": {}, "color": "green"}], 1)
