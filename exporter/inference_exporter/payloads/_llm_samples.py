"""Turns an inference of a language model into samples: one, or one for each embedding."""

from collections.abc import Mapping
from typing import Any

from ._base import Inference, Prompt, Reply, row_id
from .llm._tools import checked


def llm_samples_of(inference: Inference, shared: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the samples of an inference; tokens, tool calls and latency go with the first, so that they count once."""
    prompt = inference.requested if isinstance(inference.requested, Prompt) else Prompt(())
    reply = inference.answered if isinstance(inference.answered, Reply) else Reply()
    if not (prompt.rows or reply.features or inference.code):
        return []
    if inference.model is None and prompt.model is not None:
        shared = {**shared, "model": prompt.model}
    asked = prompt.rows or ({},)
    # A call that failed has no answer, but it is still one sample.
    answers = reply.features or ({},)
    samples = [_sample(inference, shared, row, asked, answer) for row, answer in enumerate(answers)]
    llm = {**reply.llm, **checked(reply.tool_calls, prompt.tools)}
    llm |= _time_per_output_token(llm, inference.latency_seconds)
    if llm:
        samples[0]["llm"] = llm
    if inference.latency_seconds is not None:
        samples[0]["latency_seconds"] = inference.latency_seconds
    return samples


def _time_per_output_token(llm: Mapping[str, Any], latency: Any) -> dict[str, float]:
    """Return the mean time of the tokens after the first, from latency and the time to the first one."""
    name = "time_per_output_token_seconds"
    first, tokens = llm.get("time_to_first_token_seconds"), llm.get("output_tokens", 0)
    if name in llm or first is None or not isinstance(latency, int | float) or latency <= first or tokens < 2:
        return {}
    # The first token is in the time to the first one. Of a single token there is no "other".
    return {name: (latency - first) / (tokens - 1)}


def _sample(
    inference: Inference, shared: Mapping[str, Any], row: int, asked: Any, answer: Mapping[str, Any]
) -> dict[str, Any]:
    sample = dict(shared)
    features = {**asked[row if len(asked) > row else 0], **answer}
    if features:
        sample["features"] = features
    if inference.id is not None:
        sample["id"] = row_id(inference.id, row)
    return sample
