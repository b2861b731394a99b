"""Translates the records of a body, whatever logger wrote them, into native samples and outcomes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..decode._limits import with_short_texts
from ..payloads import PAYLOADS
from ..payloads._base import (
    Attributes,
    GroundTruth,
    Inference,
    PayloadFormat,
    UnreadablePayload,
)
from ..payloads._candidates import Candidates
from ..payloads._column_rows import ColumnRows
from ..payloads.samples import NamesOf, many_samples_of, samples_of
from ..samples.fields import KEY_FIELDS, OUTCOME_FIELDS, SAMPLE_FIELDS
from ..samples.records import Rows
from ..samples.rejections import Rejections
from ..samples.transposed import Transposed
from .opening import Answer, Part, Unopened, opened
from .pairing import Pairing
from .schemas import Schemas

NATIVE, UNKNOWN = "native", "unknown"
ALONE = "unpaired"
"""The format of samples made of one half."""
NATIVE_FIELDS = ("features", "prediction", "scores", "code")
FORMAT_KEYS = (*PAYLOADS, ALONE)
REASONS = ("unknown_payload", "unreadable_payload")
OWN_FIELDS = frozenset((*SAMPLE_FIELDS, *OUTCOME_FIELDS, *KEY_FIELDS))
ALONE_FORMATS = [each for each in PAYLOADS.values() if each.alone]
OF_EVENTS = [each for each in PAYLOADS.values() if each.is_of_events]
SPECIFIC = Candidates(each for each in PAYLOADS.values() if not each.is_generic)
GENERIC = Candidates(each for each in PAYLOADS.values() if each.is_generic)


@dataclass(frozen=True, slots=True)
class Refused:
    """A payload that could not be read, and why."""

    value: Any
    message: str
    reason: str


@dataclass
class Translated:
    """Samples and outcomes of one format, at the positions of their records."""

    samples: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[Mapping[str, Any]] = field(default_factory=list)
    sample_indices: list[int] = field(default_factory=list)
    outcome_indices: list[int] = field(default_factory=list)
    tables: list[Rows] = field(default_factory=list)
    """Samples of bodies with many rows, as columns."""
    rejected: Rejections = field(default_factory=Rejections)
    waiting: int = 0
    """Halves that wait for their other half."""
    answer: Mapping[str, Any] | None = None
    """What the sender wants to be answered."""

    refused: Refused | None = None
    """The first payload that could not be read."""

    def refuse(self, index: int, value: Any, message: str, reason: str) -> None:
        """Reject a record that could not be read."""
        self.rejected.add(index, message, reason)
        self.refused = self.refused or Refused(value, message, reason)

    def sample_rows(self) -> Iterator[Rows]:
        """Yield samples and rejections as blocks."""
        yield Rows(self.samples, self.sample_indices, self.rejected)
        yield from self.tables

    def outcome_rows(self) -> Rows:
        """Return outcomes as a block."""
        return Rows(self.outcomes, self.outcome_indices)


def recognised(document: Any, attributes: Attributes) -> PayloadFormat | str:
    """Return the format of a document; NATIVE for our own samples and outcomes, UNKNOWN otherwise."""
    if not isinstance(document, dict):
        return next((each for each in OF_EVENTS if each.recognises({}, attributes)), UNKNOWN)
    if (only := _of_one_format(document, attributes)) is not None:
        return only
    if (specific := SPECIFIC.of(document, attributes)) is not None:
        return specific
    # After the specific formats, which may have fields of our names, before the generic ones.
    if _has_native_fields(document):
        return NATIVE
    return GENERIC.of(document, attributes) or UNKNOWN


def _of_one_format(document: Any, attributes: Attributes) -> PayloadFormat | None:
    """Return the format of a document with no names but its own, without asking all others: they are many."""
    if attributes or not isinstance(document, dict):
        return None
    names = document.keys()
    return next((each for each in ALONE_FORMATS if names <= each.alone and each.recognises(document, attributes)), None)


def _is_native(value: Any) -> bool:
    """Return whether a record has the fields of a sample or outcome, and no others."""
    return isinstance(value, dict) and value.keys() <= OWN_FIELDS and _has_native_fields(value)


def _has_native_fields(document: Mapping[str, Any]) -> bool:
    return any(name in document for name in NATIVE_FIELDS) or ("outcome" in document and "id" in document)


class Translator:
    """Recognises records, pairs halves, and names features."""

    def __init__(self, pairing: Pairing, names_of: NamesOf) -> None:
        self._pairing = pairing
        self._names_of = names_of
        self._schemas = Schemas()

    def translate(self, block: Rows, attributes: Attributes, now: float) -> Iterator[tuple[str, Translated]]:
        """Yield what the records of a block mean, by format."""
        if isinstance(block.values, Transposed) and not attributes:  # a shape is one of native samples
            return iter([(NATIVE, Translated(tables=[block]))])
        found: dict[str, Translated] = {}
        for index, value in zip(block.indices, block.values, strict=True):
            self._translate_one(value, attributes, index, now, found, block.has_long_texts)
        if len(block.rejected):
            found.setdefault(UNKNOWN, Translated()).rejected.merge(block.rejected)
        return iter(found.items())

    def expired(self, now: float) -> Iterator[tuple[str, Translated]]:
        """Yield the samples of halves whose time is up."""
        alone = Translated()
        # Index 0: the request that they came with has been answered long ago.
        self._add(self._pairing.expired(now), 0, alone)
        if alone.samples or len(alone.rejected):
            yield ALONE, alone

    def _translate_one(
        self, value: Any, attributes: Attributes, index: int, now: float, found: dict[str, Translated], is_long: bool
    ) -> None:
        # Most records by far: they pass without a search through envelopes.
        if not attributes and _is_native(value):
            own = with_short_texts(value) if is_long else value
            _take_own(own, NATIVE, index, found.setdefault(NATIVE, Translated()))
            return
        parts = [Part(value, attributes)] if _of_one_format(value, attributes) else opened(value, attributes)
        for part in parts:
            if isinstance(part, Unopened):
                found.setdefault(UNKNOWN, Translated()).refuse(index, value, part.message, part.reason)
            elif isinstance(part, Answer):
                found.setdefault(UNKNOWN, Translated()).answer = part.body
            else:
                # Compressed, a part may be longer than what is around it.
                self._translate_part(part, index, now, found, is_long or part.document is not value)

    def _translate_part(self, part: Part, index: int, now: float, found: dict[str, Translated], is_long: bool) -> None:
        payload_format = recognised(part.document, part.attributes)
        if isinstance(payload_format, str):
            own = with_short_texts(part.document) if is_long else part.document
            _take_own(own, payload_format, index, found.setdefault(payload_format, Translated()))
            return
        into = found.setdefault(payload_format.key, Translated())
        try:
            meanings = self._schemas.explained(payload_format.read(part.document, part.attributes))
        except UnreadablePayload as error:
            message = f"{payload_format.title}: {error}"
            into.refuse(index, part.document, message, "unreadable_payload")
            return
        for meaning in meanings:
            self._take(shortened(meaning) if is_long else meaning, payload_format.key, index, now, into)

    def _take(self, meaning: Inference | GroundTruth, key: str, index: int, now: float, into: Translated) -> None:
        if isinstance(meaning, GroundTruth):
            into.outcomes += meaning.outcomes
            into.outcome_indices += [index] * len(meaning.outcomes)
            return
        done, waits = self._pairing.add(key, meaning, now)
        into.waiting += waits
        self._add(done, index, into)

    def _add(self, inferences: Sequence[Inference], index: int, into: Translated) -> None:
        for inference in inferences:
            try:
                table = many_samples_of(inference, self._names_of)
                if table is not None:
                    into.tables.append(Rows(table, [index] * len(table)))
                    continue
                samples = samples_of(inference, self._names_of)
            except UnreadablePayload as error:
                into.rejected.add(index, str(error), "unreadable_payload")
                continue
            into.samples += samples
            into.sample_indices += [index] * len(samples)


def shortened(meaning: Inference | GroundTruth) -> Inference | GroundTruth:
    """Return what a long document means with texts as short as those of a sample; its own texts held the payload."""
    if isinstance(meaning, GroundTruth):
        return GroundTruth([_short(outcome) for outcome in meaning.outcomes])
    changed: dict[str, Any] = {}
    if meaning.requested is not None:
        rows = meaning.requested.rows
        shorter = rows.changed(_short) if isinstance(rows, ColumnRows) else _short(list(rows))
        changed["requested"] = replace(meaning.requested, rows=shorter)
    if meaning.answered is not None:
        sides = {name: _short(list(getattr(meaning.answered, name))) for name in ("predictions", "scores")}
        changed["answered"] = replace(meaning.answered, **sides)
    return replace(meaning, **changed)


def _short(value: Any) -> Any:
    return with_short_texts(value)


def _take_own(document: Any, kind: str, index: int, into: Translated) -> None:
    if kind == UNKNOWN:
        message = f"expected a payload of a known format, got {_described(document)}"
        into.refuse(index, document, message, "unknown_payload")
    elif "outcome" in document:
        into.outcomes.append(document)
        into.outcome_indices.append(index)
    else:
        into.samples.append(document)
        into.sample_indices.append(index)


def _described(document: Any) -> str:
    if isinstance(document, dict):
        return "an object with " + (", ".join(map(repr, list(document)[:8])) or "no names")
    return "a list" if isinstance(document, list) else "a single value"
