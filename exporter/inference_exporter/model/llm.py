"""Traffic of a language model since the start: tokens, times, finish reasons, refusals, tool calls and cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..arrays import Column, Floats
from ..config.llm import LlmConfig, Prices
from ..samples.llm import FINISH_REASON, SECONDS, TOKENS, TOOL_CALLS, take
from .part_views import LatencyHistogram
from .traffic import DurationHistogram

# Senders choose these texts, and each is a series.
REASONS_AT_MOST = 20
USUAL_REASONS = ("stop", "length", "content_filter")
OTHER_REASON = "other"
# Seconds, in steps of 2 to 2.5 so that an interpolated quantile is at most that far off:
# from an answer out of a cache to one that waits in a queue.
FIRST_TOKEN_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
OUTPUT_TOKEN_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
BOUNDS = dict(zip(SECONDS, (FIRST_TOKEN_BOUNDS, OUTPUT_TOKEN_BOUNDS), strict=True))


Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Known:
    """A sum over the responses that have a number, and how many these are."""

    total: float
    responses: int


@dataclass(frozen=True, eq=False)
class LlmView:
    """Traffic of a language model since the start. What no response contained is absent."""

    responses: int
    tokens: Mapping[str, Known]
    tool_calls: Mapping[str, float]
    refused: Known | None
    empty: Known | None
    finish_reasons: Mapping[str, int]
    seconds: Mapping[str, LatencyHistogram]
    cost: Known | None
    currency: str


class LlmTraffic:
    """Counts what the field `llm` of samples contains. Guarded by its monitor's lock; made by the first such sample."""

    def __init__(self, config: LlmConfig) -> None:
        self._prices = config.prices
        self._responses = 0
        self._sums: dict[str, list[float]] = {}
        self._reasons: dict[str, int] = {}
        self._seconds: dict[str, DurationHistogram] = {}

    def add(self, columns: Mapping[str, Column], size: int) -> None:
        """Count the columns of a batch of `size` samples."""
        self._responses += _n_told(columns, size)
        for name in (*TOKENS, *TOOL_CALLS, "refused", "empty"):
            self._add_sum(name, take(columns, name))
        for name in SECONDS:
            seconds = take(columns, name)
            if len(seconds):
                # Made with the first value: a model without streams shows no empty histogram of first tokens.
                self._seconds.setdefault(name, DurationHistogram(BOUNDS[name])).add(seconds)
        self._add_sum("cost", _costs(columns, size, self._prices))
        self._add_reasons(columns.get(FINISH_REASON))

    def _add_sum(self, name: str, numbers: Floats) -> None:
        if len(numbers):
            known = self._sums.setdefault(name, [0.0, 0])
            known[0] += float(numbers.sum())
            known[1] += len(numbers)

    def _add_reasons(self, column: Column | None) -> None:
        values = [] if column is None else [value for value in column if isinstance(value, str) and value]
        for reason in values:
            if reason not in self._reasons and len(self._reasons) >= REASONS_AT_MOST:
                reason = OTHER_REASON
            self._reasons[reason] = self._reasons.get(reason, 0) + 1

    def view(self) -> LlmView:
        """Return the counts."""
        known = {name: Known(total, int(number)) for name, (total, number) in self._sums.items()}
        return LlmView(
            responses=self._responses,
            tokens={name: known[name] for name in TOKENS if name in known},
            tool_calls=_from_0(TOOL_CALLS, {name: known[name].total for name in TOOL_CALLS if name in known}),
            refused=known.get("refused"),
            empty=known.get("empty"),
            finish_reasons=_from_0(USUAL_REASONS, self._reasons),
            seconds={name: histogram.view() for name, histogram in self._seconds.items()},
            cost=known.get("cost"),
            currency=self._prices.currency,
        )


def _from_0(names: Sequence[str], counts: Mapping[str, Number]) -> dict[str, Number]:
    """Return counts in which usual names exist at 0, so that their first one is an increase; empty without any."""
    return {**dict.fromkeys(names, 0), **counts} if counts else {}


def _n_told(columns: Mapping[str, Column], size: int) -> int:
    """Return the number of samples with anything in the field."""
    reported = np.zeros(size, dtype=np.bool_)
    for column in columns.values():
        if isinstance(column, np.ndarray):
            reported |= ~np.isnan(column)
        else:
            reported |= np.array([value is not None for value in column], dtype=np.bool_)
    return int(np.count_nonzero(reported))


def _costs(columns: Mapping[str, Column], size: int, prices: Prices) -> Floats:
    """Return the cost of each response whose cost is known: by the price table, or as reported by the sender."""
    if not prices.configured:
        return take(columns, "cost")
    tokens = {name: _column(columns, name, size) for name in TOKENS}
    cached, written = np.nan_to_num(tokens["cached_tokens"]), np.nan_to_num(tokens["cache_write_tokens"])
    # Providers count cached and written tokens as part of the input; the price
    # differs. Never negative, as some count them apart.
    fresh = np.maximum(tokens["input_tokens"] - cached - written, 0.0)
    # Embeddings have no output: an unknown count costs nothing as long as that of the input is known.
    output = np.nan_to_num(tokens["output_tokens"])
    cost = fresh * prices.of_input + cached * prices.of_cached + written * prices.of_written
    cost += output * prices.of_output
    return np.asarray(cost[~np.isnan(cost)]) / 1e6  # prices are per million tokens


def _column(columns: Mapping[str, Column], name: str, size: int) -> Floats:
    column = columns.get(name)
    return np.full(size, np.nan) if column is None else np.asarray(column, dtype=np.float64)
