"""Traffic of a language model: sums over what is known, and cost by prices."""

import numpy as np
import pytest
from inference_exporter.config.llm import LlmConfig, Prices
from inference_exporter.model.llm import REASONS_AT_MOST, Known, LlmTraffic

NAN = np.nan


def counted(columns, size, **prices):
    traffic = LlmTraffic(LlmConfig(Prices(**prices)))
    traffic.add(
        {name: np.array(column) if name != "finish_reason" else column for name, column in columns.items()}, size
    )
    return traffic.view()


def test_sums_are_over_what_is_known():
    """A total says over how many responses it is; what no response told is absent."""
    view = counted({"input_tokens": [3.0, NAN, 5.0], "refused": [0.0, 1.0, NAN], "cost": [NAN, NAN, NAN]}, 3)
    assert view.tokens == {"input_tokens": Known(8.0, 2)}
    assert (view.refused, view.empty, view.cost) == (Known(1.0, 2), None, None)
    assert (view.responses, view.tool_calls, view.finish_reasons, view.seconds) == (3, {}, {}, {})


def test_samples_without_the_field_are_no_responses():
    """Samples of a batch that tell nothing do not count."""
    assert counted({"input_tokens": [3.0, NAN], "finish_reason": [None, None]}, 2).responses == 1


def test_usual_reasons_start_at_0():
    """The first truncated answer is an increase; reasons beyond a bound share one."""
    assert counted({"finish_reason": ["stop", None, "stop"]}, 3).finish_reasons == {
        "stop": 2, "length": 0, "content_filter": 0,
    }  # fmt: skip
    many = counted({"finish_reason": [f"r{i}" for i in range(100)]}, 100).finish_reasons
    assert many["other"] == 100 - REASONS_AT_MOST


def test_durations_are_histograms():
    """Each response adds one duration."""
    view = counted({"time_to_first_token_seconds": [0.2, NAN, 3.0]}, 3)
    histogram = view.seconds["time_to_first_token_seconds"]
    assert (int(histogram.counts.sum()), histogram.total_seconds) == (2, 3.2)


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        ({}, Known(7.0, 1)),
        ({"input": 2.0}, Known(2.0, 1)),
        ({"input": 2.0, "output": 10.0}, Known(7.0, 1)),
        ({"input": 2.0, "output": 10.0, "cached_input": 1.0}, Known(6.6, 1)),
        ({"input": 2.0, "cached_input": 0.0, "cache_write": 4.0}, Known(1.4, 1)),
    ],
    ids=["as told", "input", "output", "cached", "written"],
)
def test_cost(prices, cost):
    """Cached and written tokens are parts of the input; a response without input tokens has no known cost."""
    columns = {"input_tokens": [1e6, NAN], "output_tokens": [5e5, 1.0], "cached_tokens": [4e5, NAN],
               "cache_write_tokens": [1e5, NAN], "cost": [7.0, NAN]}  # fmt: skip
    view = counted(columns, 2, **prices)
    assert (view.cost.total, view.cost.responses) == (pytest.approx(cost.total), cost.responses)
