"""Turns an inference of a language model into samples: one, or one for each embedding."""

from collections.abc import Mapping
from typing import Any

from ._base import Inference, Prompt, Reply, row_id
from .llm._tools import checked

PRESENT = (int, float, str)


def llm_samples_of(inference: Inference, shared: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the samples of an inference; tokens, tool calls and latency go with the first, so that they count once."""
    prompt = inference.requested if isinstance(inference.requested, Prompt) else Prompt(())
    reply = inference.answered if isinstance(inference.answered, Reply) else Reply()
    asked = prompt.rows or ({},)
    answers = reply.features or ({},)
    samples = [_sample(inference, shared, row, asked, answer) for row, answer in enumerate(answers)]
    llm = {**reply.llm, **checked(reply.tool_calls, prompt.tools)}
    if llm:
        samples[0]["llm"] = llm
    if inference.latency_seconds is not None:
        samples[0]["latency_seconds"] = inference.latency_seconds
    return samples


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
