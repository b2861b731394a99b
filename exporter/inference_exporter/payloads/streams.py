"""Chunks of streamed responses that came as records of one body: lines, or an array as Gemini sends it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..samples.records import EVENT_STREAM, Columns, Rows
from ..samples.transposed import Transposed
from ._llm import api_of

IDS = ("id", "responseId", "response_id")
LAST_TYPES = frozenset(("message_stop", "response.completed", "response.failed", "response.incomplete"))
OPEN_AT_MOST = 64
"""Responses whose chunks may alternate: beyond, the one that began first is complete."""


def with_whole_streams(blocks: Iterable[Rows | Columns]) -> Iterator[Rows | Columns]:
    """Yield blocks in which the chunks of a response are one record, at the index of the first.

    Only a block that begins with a chunk is looked through, and those after it. A
    response waits for the blocks that may go on with it.
    """
    streams = Streams()
    for block in blocks:
        # The first record decides, so that blocks of ordinary samples are not looked through.
        # Records of one shape are native samples, and no chunks of a stream.
        if isinstance(block, Columns) or isinstance(block.values, Transposed):
            yield block
            continue
        if not (streams or api_of(block.values[:1])):
            yield block
            continue
        records = [each for pair in zip(block.indices, block.values, strict=True) for each in streams.add(*pair)]
        yield replace(block, values=[value for _, value in records], indices=[index for index, _ in records])
    rest = list(streams.rest())
    if rest:
        yield Rows([value for _, value in rest], [index for index, _ in rest])


Record = tuple[int, Any]


@dataclass
class _Stream:
    index: int
    chunks: list[Any] = field(default_factory=list)

    @property
    def record(self) -> Record:
        """The stream as one record, a single chunk as it came."""
        return self.index, self.chunks[0] if len(self.chunks) == 1 else {EVENT_STREAM: self.chunks}


class Streams:
    """Responses that may go on, the one that began first in front."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, Any], _Stream] = {}
        self._latest: dict[str, tuple[str, Any]] = {}

    def __bool__(self) -> bool:
        """Return whether any response may go on."""
        return bool(self._open)

    def add(self, index: int, value: Any) -> Iterator[Record]:
        """Take a record; yield what is complete: a record that is not a chunk, and the oldest of too many streams."""
        api = api_of((value,))
        if api is None or api.has_whole_records:
            yield index, value
            return
        key = self._key_of(api.key, value, index)
        self._latest[api.key] = key
        self._open.setdefault(key, _Stream(index)).chunks.append(value)
        if len(self._open) > OPEN_AT_MOST:
            yield self._open.pop(next(iter(self._open))).record

    def rest(self) -> Iterator[Record]:
        """Yield what was open at the end of the body."""
        for stream in self._open.values():
            yield stream.record

    def _key_of(self, api: str, chunk: Any, index: int) -> tuple[str, Any]:
        """Return which response a chunk belongs to: the one with its id, else the latest unless that has ended."""
        given = _id_of(chunk)
        if given is not None:
            return api, given
        # Ollama's lines have no id: a line belongs to the response before it, as they come one after another.
        latest = self._open.get(self._latest.get(api, (api, None)))
        return self._latest[api] if latest and not _is_last(latest.chunks[-1]) else (api, index)


def _id_of(chunk: Mapping[str, Any]) -> str | None:
    parts = (chunk, chunk.get("message"), chunk.get("response"))
    given = (part.get(name) for part in parts if isinstance(part, Mapping) for name in IDS)
    return next((each for each in given if isinstance(each, str)), None)


def _is_last(chunk: Mapping[str, Any]) -> bool:
    if chunk.get("done") is True or chunk.get("type") in LAST_TYPES:
        return True
    candidates = chunk.get("candidates")
    answers = [each for each in candidates if isinstance(each, Mapping)] if isinstance(candidates, list) else []
    # Gemini marks the end in its last chunk only.
    return any(answer.get("finishReason") or answer.get("finish_reason") for answer in answers)
