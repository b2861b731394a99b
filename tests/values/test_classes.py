"""Classes are the same however they are written, and their number is bounded."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.arrays import DictionaryColumn
from inference_exporter.values.classes import OTHER_CLASS, ClassTable

VALUES = st.none() | st.integers(-2, 9) | st.sampled_from(["a", "1", 1.0, 7.5, math.nan, [1], {}])


@given(st.lists(VALUES, max_size=20))
def test_classes_are_the_same_however_written(values):
    """1, 1.0 and "1" are one class; missing values and lists are not classes."""
    table = ClassTable()
    codes = table.encode(values)
    assert codes.shape == (len(values),)
    for value, code in zip(values, codes.tolist(), strict=True):
        if value is None or value != value or isinstance(value, list | dict):
            assert math.isnan(code)
        else:
            assert table.names[int(code)] == str(value).removesuffix(".0")


@pytest.mark.parametrize("known", [("0", "1"), ("false", "true"), ("False", "True"), ()])
def test_yes_is_yes_in_any_notation(known):
    """Outcomes of true and predictions of 1 are the same class."""
    table = ClassTable(known)
    codes = table.encode(["1", True, 1, "true", 0, False, "false", "0"])
    assert len(set(codes[:4].tolist())) == len(set(codes[4:].tolist())) == 1
    assert codes[0] != codes[4]
    assert len(table.names) == 2


def test_classes_past_the_capacity_share_one():
    """A sender with ever new classes gets one for the rest, and their number is counted."""
    table = ClassTable(["known"], capacity=3)
    codes = table.encode(["known", "b", "c", "d", "c"])
    assert table.names == ("known", "b", OTHER_CLASS)
    assert codes.tolist() == [0, 1, 2, 2, 2]
    assert table.folded >= 2


@given(st.lists(st.none() | st.sampled_from(["a", "b", "1", "1.0", "yes"]), max_size=30))
def test_few_texts_are_the_same_classes_as_a_list(values):
    """A column that stores each text once has the codes and the classes of the same values one by one; texts that do
    not occur are not classes."""
    texts = ("never", *sorted({value for value in values if value is not None}))
    codes = np.array([-1 if value is None else texts.index(value) for value in values], dtype=np.intp)
    few, each = ClassTable(), ClassTable()
    np.testing.assert_array_equal(few.encode(DictionaryColumn(codes, texts)), each.encode(values))
    assert few.names == each.names
