"""What the bodies of OpenAI's API have in common."""

from collections.abc import Mapping
from typing import Any

from ._parts import a_count, a_setting, a_text, an_id, an_object
from ._reply import Usage


def about(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return id, model and time of a response. `system_fingerprint` changes too often to be a version."""
    created = body.get("created", body.get("created_at"))
    return {
        "id": an_id(body.get("id")),
        "model": a_text(body.get("model"), "model") or None,
        "time": a_setting(created) or None,
    }


def usage_of(body: Mapping[str, Any]) -> Usage:
    """Return the tokens of `usage`, which is unknown in a stream unless the request asked for it."""
    usage = an_object(body.get("usage"), "usage")
    # Chat completions and the Responses API have different names for the same parts.
    inputs = an_object(usage.get("prompt_tokens_details", usage.get("input_tokens_details")), "usage: details of input")
    outputs = an_object(
        usage.get("completion_tokens_details", usage.get("output_tokens_details")), "usage: details of output"
    )
    return Usage(
        input=_first(usage, "prompt_tokens", "input_tokens"),
        output=_first(usage, "completion_tokens", "output_tokens"),
        cached=a_count(inputs.get("cached_tokens"), "usage: cached_tokens"),
        written=a_count(inputs.get("cache_write_tokens"), "usage: cache_write_tokens"),
        reasoning=a_count(outputs.get("reasoning_tokens"), "usage: reasoning_tokens"),
    )


def _first(usage: Mapping[str, Any], *names: str) -> float | None:
    name = next((name for name in names if usage.get(name) is not None), names[0])
    return a_count(usage.get(name), f"usage.{name}")


def seconds_of(body: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return the time to the first token and for each other one, as of vLLM with `--enable-per-request-metrics`."""
    metrics = body.get("metrics")
    if not isinstance(metrics, Mapping):
        return None, None
    first = a_count(metrics.get("time_to_first_token_ms"), "metrics.time_to_first_token_ms")
    others = a_count(metrics.get("mean_itl_ms"), "metrics.mean_itl_ms")
    return (None if first is None else first / 1000), (None if others is None else others / 1000)
