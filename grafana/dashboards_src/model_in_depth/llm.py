"""What a language model takes and how its answers end; empty for other models."""

from ..look import BLUE, ORANGE, PER_SECOND, RATIO, SECONDS, Look
from ..panels import Panel, TimeSeries
from ..queries import ONE_MODEL, Target, per_second, quantile

FIRST, EACH = "model_llm_time_to_first_token_seconds", "model_llm_time_per_output_token_seconds"
UNKNOWN = "No data means that payloads do not contain it."


def panels() -> tuple[Panel, ...]:
    """Return tokens, times, ends, tool calls and cost."""
    return (_tokens(), _times(), _ends(), _shares(), _tool_calls(), _cost())


def _tokens() -> TimeSeries:
    return TimeSeries(
        title="Tokens a second",
        description=f"Tokens by type; cached input is part of input, reasoning of output. {UNKNOWN}",
        look=PER_SECOND,
        targets=(Target(per_second("model_llm_tokens_total", "type", ONE_MODEL), "{{type}}"),),
    )


def _times() -> TimeSeries:
    return TimeSeries(
        title="Time to the first token, and for each other one",
        description=f"Quantiles from the histograms of all replicas together. {UNKNOWN}",
        look=SECONDS,
        targets=(
            Target(quantile(0.5, FIRST, "", ONE_MODEL), "first token, median", color=BLUE),
            Target(quantile(0.95, FIRST, "", ONE_MODEL), "first token, 95th percentile", color=ORANGE),
            Target(quantile(0.5, EACH, "", ONE_MODEL), "other tokens, median", color=BLUE, dashed=True),
            Target(quantile(0.95, EACH, "", ONE_MODEL), "other tokens, 95th percentile", color=ORANGE, dashed=True),
        ),
    )


def _ends() -> TimeSeries:
    return TimeSeries(
        title="How answers end",
        description=f"Calls per second by finish reason; length means that the answer is truncated. {UNKNOWN}",
        look=PER_SECOND,
        stacked=True,
        many=True,
        targets=(Target(per_second("model_llm_finish_reasons_total", "reason", ONE_MODEL), "{{reason}}"),),
    )


def _shares() -> TimeSeries:
    length = f'{ONE_MODEL},reason="length"'
    return TimeSeries(
        title="Truncated, refused and empty answers",
        description=f"Share of the calls of which it is known. {UNKNOWN}",
        look=RATIO,
        targets=(
            Target(_share("model_llm_finish_reasons_total", length, "model_llm_finish_reasons_total"), "truncated"),
            Target(_share("model_llm_refusals_total", ONE_MODEL, "model_llm_refusal_checks_total"), "refused"),
            Target(_share("model_llm_empty_answers_total", ONE_MODEL, "model_llm_answers_total"), "empty"),
        ),
    )


def _share(part: str, selector: str, whole: str) -> str:
    rates = (f"sum(rate({name}{{{of}}}[$__rate_interval]))" for name, of in ((part, selector), (whole, ONE_MODEL)))
    return " / ".join(rates)


def _tool_calls() -> TimeSeries:
    return TimeSeries(
        title="Tool calls by validity",
        description="Tool calls per second by whether their arguments are JSON and fit the schema in the "
        f"request. {UNKNOWN}",
        look=PER_SECOND,
        stacked=True,
        targets=(Target(per_second("model_llm_tool_calls_total", "validity", ONE_MODEL), "{{validity}}"),),
    )


def _cost() -> TimeSeries:
    return TimeSeries(
        title="Cost an hour",
        description=f"By the configured prices, or as senders report it. {UNKNOWN}",
        look=Look(decimals=2, minimum=0),
        targets=(Target(f"3600 * {per_second('model_llm_cost_total', 'currency', ONE_MODEL)}", "{{currency}}"),),
    )
