"""Puts together what a model answered: features, and what the field `llm` of a sample contains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._base import Reply, ToolCall
from ._parts import known
from ._text import text_features

STOP, LENGTH, TOOL, FILTER, REFUSAL, ERROR, OTHER = (
    "stop", "length", "tool_calls", "content_filter", "refusal", "error", "other",
)  # fmt: skip
FINISH_REASONS = {
    STOP: ("stop", "end_turn", "stop_sequence", "eos_token", "complete", "completed", "finish", "eos"),
    LENGTH: ("length", "max_tokens", "max_output_tokens", "model_context_window_exceeded", "incomplete"),
    TOOL: ("tool_calls", "tool_use", "function_call", "tool_call"),
    FILTER: ("content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii", "image_safety",
             "blocked", "language", "guardrail_intervened", "content_filtered"),
    REFUSAL: ("refusal",),
    ERROR: ("error", "failed", "malformed_function_call", "timeout", "cancelled", "unexpected_tool_call", "abort"),
}  # fmt: skip
# Lower case, without the prefix of Google's enum names.
_SAME = {name: reason for reason, names in FINISH_REASONS.items() for name in names}


def finish_reason_of(text: str | None) -> str | None:
    """Return a finish reason in the words that all APIs share here; None if it is unknown."""
    return _SAME.get(text.lower().removeprefix("finish_reason_"), OTHER) if text else None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a response; None is unknown. `cached` and `written` are parts of `input`, `reasoning` of `output`."""

    input: float | None = None
    output: float | None = None
    cached: float | None = None
    written: float | None = None
    reasoning: float | None = None


@dataclass(slots=True)
class Answer:
    """The content of a response, while it is read. `texts` is None if the response does not contain the text."""

    texts: Sequence[str] | None = None
    finish_reason: str | None = None
    usage: Usage = field(default_factory=Usage)
    tool_calls: Sequence[ToolCall] = ()
    refused: bool = False
    first_token_seconds: float | None = None
    output_token_seconds: float | None = None
    cost: float | None = None

    def reply(self, **about: Any) -> Reply:
        """Return features and the field `llm`."""
        reason = finish_reason_of(self.finish_reason)
        return Reply(
            features=[self._features(reason)], llm=self._llm(reason), tool_calls=tuple(self.tool_calls), **about
        )

    def _features(self, reason: str | None) -> dict[str, Any]:
        features: dict[str, Any] = known(
            finish_reason=reason, input_tokens=self.usage.input, output_tokens=self.usage.output
        )
        if self.texts is not None:
            features |= text_features("answer", self.texts)
            features["tool_calls"] = float(len(self.tool_calls))
        return features

    def _llm(self, reason: str | None) -> Mapping[str, Any]:
        has_texts = self.texts is not None
        # A filter's stop counts as a refusal: whoever asked got no answer.
        refused = self.refused or reason in (FILTER, REFUSAL)
        has_answer = any(text.strip() for text in self.texts or ()) or self.tool_calls or refused
        return known(
            input_tokens=self.usage.input,
            output_tokens=self.usage.output,
            cached_tokens=self.usage.cached,
            cache_write_tokens=self.usage.written,
            reasoning_tokens=self.usage.reasoning,
            time_to_first_token_seconds=self.first_token_seconds,
            time_per_output_token_seconds=self.output_token_seconds,
            cost=self.cost,
            finish_reason=reason,
            # Unknown, not 0, if nothing in the response could have shown it.
            refused=float(refused) if has_texts or reason or refused else None,
            empty=float(not has_answer) if has_texts else None,
        )
