"""Frames: columns of data frames of each library."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from inference_exporter.client.frames import columns_of, elements
from inference_exporter.client.values import Unreadable

COLUMNS = {"age": [31, 40], "country": ["FR", None]}


def test_frames_of_every_make():
    """pandas data frames, Arrow tables and record batches give the same columns."""
    for frame in (pd.DataFrame(COLUMNS, dtype=object), pa.table(COLUMNS), pa.record_batch(COLUMNS)):
        assert columns_of(frame) == COLUMNS


def test_polars():
    """A polars data frame gives its columns; a lazy one is not computed."""
    polars = pytest.importorskip("polars")
    assert columns_of(polars.DataFrame(COLUMNS)) == COLUMNS
    with pytest.raises(Unreadable, match="before collect"):
        columns_of(polars.LazyFrame(COLUMNS))
    assert elements(polars.Series([1, 2])) == [1, 2]


def test_structured_arrays():
    """The fields of a numpy structured array are columns."""
    array = np.array([(31, "FR"), (40, "DE")], dtype=[("age", "i4"), ("country", "U2")])
    assert columns_of(array) == {"age": [31, 40], "country": ["FR", "DE"]}
    wide = np.zeros(2, dtype=[("seen", "M8[ns]"), ("took", "m8[ns]"), ("pair", "i4", (2,))])
    assert columns_of(wide) == {"seen": [datetime(1970, 1, 1)] * 2, "took": [timedelta(0)] * 2, "pair": [[0, 0]] * 2}


@pytest.mark.parametrize(
    ("names", "texts"),
    [
        (["a", "a"], ["a", "a.1"]),
        ([1, 2], ["1", "2"]),
        ([None, pd.Timestamp("2026-01-02")], ["null", "2026-01-02T00:00:00"]),
        ([("a", "x"), ("a", "y")], ['["a","x"]', '["a","y"]']),
    ],
    ids=str,
)
def test_odd_names(names, texts):
    """Names that are not text become text, and both columns of one name are kept."""
    frame = pd.DataFrame([[1, 2], [3, 4]])
    frame.columns = pd.Index(names)
    assert columns_of(frame) == {texts[0]: [1, 3], texts[1]: [2, 4]}


@pytest.mark.parametrize("value", [COLUMNS, [1], "text", 5, None, np.ones((2, 2)), pd.Series([1])], ids=str)
def test_what_is_not_a_frame(value):
    """Mappings, lists, arrays without names and series are not data frames."""
    assert columns_of(value) is None


@pytest.mark.parametrize(
    "value", [(1, 2), np.array([1, 2]), pd.Series([1, 2]), pa.array([1, 2]), pa.chunked_array([[1], [2]])]
)
def test_elements(value):
    """Tuples, arrays and series of each library give their elements."""
    assert elements(value) == [1, 2]


def test_tensors():
    """A tensor that must first become an array gives its elements."""

    class Tensor:
        def numpy(self):
            return np.array([1, 2])

    assert elements(Tensor()) == [1, 2]
    assert elements("text") is None
