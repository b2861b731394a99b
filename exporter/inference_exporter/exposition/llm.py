"""Language models: tokens, time to the first token, how answers end, tool calls and cost, since the start."""

from collections.abc import Iterator, Sequence

from ..model.llm import Known, LlmView
from ..model.view import ModelView
from ..samples.llm import SECONDS, TOKENS, TOOL_CALLS
from ._base import Family, ModelGroup, counter, histogram, joined, labels, model_labels

# Label values by the field of a sample; `strict` catches a token type without a label.
TYPES = dict(zip(TOKENS, ("input", "output", "cached_input", "cache_write", "reasoning"), strict=True))
VALIDITY = {name: name.removesuffix("_tool_calls") for name in TOOL_CALLS}
TOKENS_HELP = "Tokens by type; cached_input and cache_write are parts of input, reasoning of output."
COUNTED_HELP = "Responses whose number of tokens of a type is known."
TOOL_CALLS_HELP = "Tool calls by whether their arguments are JSON and fit the schema that the request declares."


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    reported = [(model_labels(view.key), view.llm) for view in views if view.llm is not None]
    responses = counter(
        "model_llm_responses_total", "Calls of a language model that reported anything about themselves."
    )
    for base, llm in reported:
        responses.add(base, llm.responses)
    yield responses
    yield from _tokens(reported)
    yield from _seconds(reported)
    yield from _ends(reported)
    yield from _cost(reported)


Reported = Sequence[tuple[str, LlmView]]


def _tokens(reported: Reported) -> Iterator[Family]:
    tokens = counter("model_llm_tokens_total", TOKENS_HELP)
    counted = counter("model_llm_counted_responses_total", COUNTED_HELP)
    for base, llm in reported:
        for name, known in llm.tokens.items():
            text = joined(base, labels(type=TYPES[name]))
            tokens.add(text, known.total)
            counted.add(text, known.responses)
    yield from (tokens, counted)


def _seconds(reported: Reported) -> Iterator[Family]:
    families = (
        histogram("model_llm_time_to_first_token_seconds", "Time from the request to the first token."),
        histogram(
            "model_llm_time_per_output_token_seconds", "Time for each output token after the first, by response."
        ),
    )
    for name, family in zip(SECONDS, families, strict=True):
        for base, llm in reported:
            if name in llm.seconds:
                family.add_histogram(base, llm.seconds[name])
    yield from families


def _ends(reported: Reported) -> Iterator[Family]:
    reasons = counter("model_llm_finish_reasons_total", "Responses by the reason for which they ended.")
    calls = counter("model_llm_tool_calls_total", TOOL_CALLS_HELP)
    for base, llm in reported:
        for reason, count in sorted(llm.finish_reasons.items()):
            reasons.add(joined(base, labels(reason=reason)), count)
        for name, total in llm.tool_calls.items():
            calls.add(joined(base, labels(validity=VALIDITY[name])), total)
    yield from (reasons, calls)
    refusals = [(base, llm.refused) for base, llm in reported]
    # Pairs of counters rather than ratios: providers report different parts, so each sum needs its denominator.
    yield from _known(refusals, "model_llm_refusals_total", "Responses that refuse, or that a filter stopped.",
                      "model_llm_refusal_checks_total", "Responses that show whether they refuse.")  # fmt: skip
    empty = [(base, llm.empty) for base, llm in reported]
    yield from _known(empty, "model_llm_empty_answers_total", "Answers without text or tool calls.",
                      "model_llm_answers_total", "Responses whose answer was in the payload.")  # fmt: skip


def _cost(reported: Reported) -> Iterator[Family]:
    # The currency is a label, because sums over models with different currencies would be meaningless.
    costs = [(joined(base, labels(currency=llm.currency)), llm.cost) for base, llm in reported]
    yield from _known(costs, "model_llm_cost_total", "Cost by the configured prices, or as reported by senders.",
                      "model_llm_priced_responses_total", "Responses whose cost is known.")  # fmt: skip


def _known(
    reported: Sequence[tuple[str, Known | None]], name: str, help_text: str, of: str, of_help: str
) -> tuple[Family, Family]:
    """Return a family of sums, and one of the responses that they are sums over; unknown sums are absent."""
    sums, numbers = counter(name, help_text), counter(of, of_help)
    for text, known in reported:
        # No series rather than 0 where no response reported it: 0 would read as "no refusals".
        if known is not None:
            sums.add(text, known.total)
            numbers.add(text, known.responses)
    return sums, numbers


GROUP = ModelGroup("llm", _families)
