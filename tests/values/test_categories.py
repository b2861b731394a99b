"""Values as categories and classes: a value has one canonical text, however it is spelled."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from inference_exporter.reference.buckets import categorical_buckets
from inference_exporter.values.categories import category_text
from inference_exporter.values.classes import ClassTable

SPELLED = st.integers(-(10**6), 10**6).flatmap(
    lambda n: st.sampled_from([n, float(n), str(n), f"{n}.0", np.float64(n), np.int64(n)])
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (1.0, "1"), ("1", "1"), ("1.0", "1"), ("-0.0", "0"), (True, "true"), ("true", "true"), (False, "false"),
     (1.5, "1.5"), (None, None), (math.nan, None), (np.float64(2), "2"), (np.int64(2), "2"), (np.bool_(True), "true"),
     ("", None), ("True", "true"), ("FALSE", "false"), ("Truth", "Truth"), ("01234", "01234"), ("12e5", "12e5"),
     ("2023_01", "2023_01"), ("1.10", "1.10"), ("+1.0", "+1.0"), ("1.0.0", "1.0.0"),
     ("12345678901234567", "12345678901234567"), (12345678901234567, "12345678901234567")],
)  # fmt: skip
def test_one_category_has_one_text(value, text):
    """Spellings of the same category have the same text, whatever the sender's types; codes stay as they are."""
    assert category_text(value) == text


@pytest.mark.parametrize("value", [[1], {"a": 1}, (1,), b"x"])
def test_lists_and_objects_are_no_category(value):
    """A list or an object is rejected as a category."""
    with pytest.raises(TypeError, match="expected text, a number or true/false"):
        category_text(value)


@given(st.lists(SPELLED, min_size=1, max_size=30), st.randoms())
def test_any_spelling_of_a_whole_number_is_one_category_and_one_class(values, random):
    """A whole number, as a number or as text, with or without a point, is one category and one class everywhere."""
    numbers = [int(float(value)) for value in values]
    respelled = [random.choice([n, float(n), str(n), f"{n}.0", f"{n}.00"]) for n in numbers]
    buckets = categorical_buckets([*values, "A", "A"])
    expected = buckets.locate([str(n) for n in numbers]).tolist()
    assert buckets.locate(respelled).tolist() == expected
    assert buckets.locate([str(value) for value in respelled]).tolist() == expected
    assert buckets.locate(np.array(numbers, dtype=float)).tolist() == expected
    table = ClassTable(capacity=100)
    assert table.encode(values).tolist() == table.encode(respelled).tolist()


@given(st.floats(-1e4, 1e4, width=32).filter(lambda x: x != int(x)))
@example(float(np.float32(0.0001)))
@example(float(np.float32(-1e-05)))
def test_a_decimal_category_is_known_in_single_precision(value):
    """0.1 as text or double and 0.10000000149011612, the same in single precision, are one category."""
    short = str(np.float32(value))
    for learned, live in ((short, value), (value, short), (float(short), value), (value, float(short))):
        buckets = categorical_buckets([learned, learned, "A"])
        assert buckets.locate([live]).tolist() == buckets.locate([learned]).tolist()


@pytest.mark.parametrize("value", ["0.1", "4.99", "0.3333"])
def test_a_decimal_category_is_known_in_half_precision(value):
    """A category with few digits is recognised after rounding to half precision."""
    buckets = categorical_buckets([value, value, "A"])
    assert buckets.locate([float(np.float16(value))]).tolist() == [0]


def test_identifiers_are_known_as_floats():
    """Identifiers become floats in a column with gaps: one of 17 digits is recognised by the nearest float."""
    ids = ["12345678901234567", "22345678901234567", "A"]
    buckets = categorical_buckets(ids * 2)
    assert buckets.locate([float(name) for name in ids[:2]]).tolist() == buckets.locate(ids[:2]).tolist()


@pytest.mark.parametrize(
    ("learned", "live"), [(1, True), ("0", False), (True, "1"), ("1.50", 1.5), (1.5, "1.50"), ("true", "TRUE")]
)
def test_other_spellings_are_the_category_that_is_known(learned, live):
    """A value without an exact match is looked up by its other spellings."""
    buckets = categorical_buckets([learned, learned, "A"])
    assert buckets.locate([live]).tolist() == buckets.locate([learned]).tolist()


def test_codes_that_differ_stay_apart():
    """1.1 and 1.10 are two versions if the reference has both."""
    buckets = categorical_buckets(["1.1", "1.10", "1.10", "01"])
    assert len(set(buckets.locate(["1.1", "1.10", "01"]).tolist())) == 3
    assert buckets.locate(["1"])[0] == buckets.n_cells - 3


@pytest.mark.parametrize("text", ["", "NA", "null", "None", "?", "\\N"])
def test_what_means_missing_is_missing_unless_the_reference_knows_it(text):
    """A text that means missing is missing, unless the reference has it as a category."""
    buckets = categorical_buckets(["A", "A", "B"])
    assert buckets.locate([text, "A"]).tolist() == [buckets.n_cells - 1, 0]
    if text:
        assert categorical_buckets([text, text, "B"]).locate([text])[0] == 0


@pytest.mark.parametrize("learned", ["Yes", "yes", "YES", "true", "1"])
@pytest.mark.parametrize("live", [True, 1, "true", "yes", "Yes"])
def test_truths_are_known_by_their_other_names(learned, live):
    """A boolean in another spelling is the one of the reference: Yes in a file, true in JSON."""
    buckets = categorical_buckets([learned, {"1": "0", "true": "false"}.get(learned, "No")] * 10)
    assert buckets.locate([live]).tolist() == buckets.locate([learned]).tolist()


def test_truths_that_the_reference_tells_apart_stay_apart():
    """If both yes and true are known, each is itself."""
    buckets = categorical_buckets(["yes", "true"] * 10)
    assert len(set(buckets.locate(["yes", True]).tolist())) == 2
