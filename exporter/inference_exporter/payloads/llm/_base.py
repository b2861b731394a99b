"""The bodies of a language model's API: what one reads of requests, responses and streams."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._base import Prompt, Reply

Body = Mapping[str, Any]
Chunks = Sequence[Any]
"""The documents of a streamed response, in their order."""


def _never(body: Any) -> bool:
    return False


@dataclass(frozen=True)
class LlmBodies:
    """The bodies of one API.

    `is_request`, `is_response` and `is_chunk` look at names only; a body has at
    least one of `names`, so that no other is asked. A reader
    raises `UnreadablePayload` if a part that it needs is not as specified.
    """

    key: str
    title: str
    is_response: Callable[[Body], bool]
    read_response: Callable[[Body], Reply]
    is_request: Callable[[Body], bool] = _never
    read_request: Callable[[Body], Prompt] | None = None
    is_chunk: Callable[[Body], bool] = _never
    read_stream: Callable[[Chunks], Reply] | None = None
    names: tuple[str, ...] = ()
    has_whole_records: bool = False
    """Whether a chunk that is a record of its own, outside of a stream, is a whole response."""
