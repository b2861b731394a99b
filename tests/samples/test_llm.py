"""The field `llm` of a sample: known names, and numbers that are 0 or more."""

import numpy as np
import pytest
from inference_exporter.samples.llm import llm_columns, take
from inference_exporter.samples.native import samples_of
from inference_exporter.samples.records import Columns, Rows
from inference_exporter.values.faults import Fault


def test_unknown_values_stay_unknown():
    """A value that one sample omits is NaN, and a name that no rule knows is ignored."""
    columns = llm_columns([{"input_tokens": 3, "mood": "good"}, {"refused": True, "finish_reason": "stop"}, None], 3)
    np.testing.assert_array_equal(columns["input_tokens"], [3.0, np.nan, np.nan])
    np.testing.assert_array_equal(columns["refused"], [np.nan, 1.0, np.nan])
    assert columns["finish_reason"] == [None, "stop", None]
    assert set(columns) == {"input_tokens", "refused", "finish_reason"}
    assert take(columns, "input_tokens").tolist() == [3.0]
    assert take(columns, "output_tokens").tolist() == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"input_tokens": -1}, "llm.input_tokens: expected a number from 0 to 1e+12, got -1"),
        ({"input_tokens": "3"}, "llm.input_tokens: expected a number, got '3'"),
        ({"input_tokens": 10**400}, "llm.input_tokens: expected a number, got one that is too large"),
        ({"refused": 2}, "llm.refused: expected a number from 0 to 1, got 2"),
        ({"finish_reason": 5}, "llm.finish_reason: expected text, got something else"),
        (5, "llm: expected an object, got 5"),
    ],
)
def test_a_broken_value_says_where(value, message):
    """The message names the field and what was expected."""
    with pytest.raises(Fault) as raised:
        llm_columns([value], 1)
    assert str(raised.value) == message


def test_a_broken_field_rejects_its_sample_only():
    """The other samples of a body are kept, with their field."""
    records = [{"features": {"x": 1}, "llm": {"cost": cost}} for cost in (1, -1, 2)]
    (decoded,) = samples_of([Rows(records, range(3))])
    assert [item.index for item in decoded.rejected] == [1]
    assert decoded.batches[0].llm["cost"].tolist() == [1.0, 2.0]


def test_columns_have_the_field_too():
    """A body of columns gives it by name."""
    (decoded,) = samples_of([Columns({"x": [1, 2], "llm": {"output_tokens": [5, None]}}, {})])
    np.testing.assert_array_equal(decoded.batches[0].llm["output_tokens"], [5.0, np.nan])
