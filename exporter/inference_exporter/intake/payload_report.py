"""Says in words what a body means: what each record was recognised as, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import yaml

from ..errors import DecodeError
from ..payloads import PAYLOADS
from ..payloads.cloudevents import attributes_of
from ..payloads.streams import with_whole_streams
from ..samples.columns import aligned, as_records, rows_of
from ..samples.fields import OUTCOME_FIELDS
from ..samples.native import outcomes_of, samples_of
from ..samples.records import Columns, Rows
from ..values.faults import Fault
from .pairing import Pairing
from .reading import payload_blocks
from .tables import is_of_outcomes, logged_rows
from .translation import NATIVE, UNKNOWN, Translated, Translator

TITLES = {
    NATIVE: "Samples or outcomes of this exporter",
    UNKNOWN: "Unknown",
} | {key: payload.title for key, payload in PAYLOADS.items()}
SHOWN_SAMPLES = 3
SHOWN_NAMES, SHOWN_ITEMS, SHOWN_LENGTH, SHOWN_DEPTH = 200, 20, 1000, 8
# Halves do not wait here: each is shown as soon as it is read.
UNBOUNDED, AT_ONCE = 2**40, 0.0


@dataclass(frozen=True)
class PayloadReport:
    """A text for each format found in a body, and how many of its records were rejected."""

    texts: Sequence[str]
    rejected: int


def explained(body: bytes, headers: Mapping[str, str]) -> PayloadReport:
    """Return what a body means, read as `POST /` reads it, with headers by lower-case name."""
    translator = Translator(Pairing(UNBOUNDED, AT_ONCE), lambda model, version, variant: ())
    found: dict[str, Translated] = {}
    try:
        for key, translated in _translated(body, headers, translator):
            _merge(found.setdefault(key, Translated()), translated)
    except DecodeError as error:
        return PayloadReport([_written({"recognised as": TITLES[UNKNOWN], "rejected": [str(error)]})], 1)
    texts = [_text_of(key, translated) for key, translated in found.items()]
    return PayloadReport(texts or ["the body is empty"], sum(len(each.rejected) for each in found.values()))


def _translated(body: bytes, headers: Mapping[str, str], translator: Translator) -> Iterator[tuple[str, Translated]]:
    attributes = attributes_of(headers)
    blocks = iter([Rows([body], range(1))]) if "type" in attributes else payload_blocks([body], headers)[1]
    for block in with_whole_streams(blocks):
        if isinstance(block, Columns):
            rows = logged_rows(block)
            if rows is None:
                yield NATIVE, _of_columns(block)
                continue
            block = rows
        for key, translated in translator.translate(block, attributes, 0.0):
            yield key, translated
            # Show what the halves have, instead of waiting for the others.
            yield from ((key, alone) for _, alone in translator.expired(1.0))


def _of_columns(block: Columns) -> Translated:
    translated = Translated()
    try:
        fields, size = aligned(block)
    except Fault as fault:
        translated.rejected.add(0, str(fault), "invalid_columns")
        return translated
    rows = range(size)
    records = as_records(rows_of(fields, rows), size)
    if {"id", "outcome"} <= fields.keys():
        translated.outcomes += [{name: record[name] for name in OUTCOME_FIELDS if name in record} for record in records]
        translated.outcome_indices += rows
    if not is_of_outcomes(block):
        translated.samples += [{name: value for name, value in each.items() if name != "outcome"} for each in records]
        translated.sample_indices += rows
    return translated


def _merge(into: Translated, other: Translated) -> None:
    into.samples += other.samples
    into.sample_indices += other.sample_indices
    for table in other.tables:
        into.samples += map(_present, table.values)
        into.sample_indices += table.indices
    into.outcomes += other.outcomes
    into.outcome_indices += other.outcome_indices
    into.rejected.merge(other.rejected)
    into.waiting += other.waiting
    into.answer = other.answer or into.answer


def _present(record: Any) -> dict[str, Any]:
    """Return the fields that a sample has; one that came with many has the names of all of them."""
    return {name: value for name, value in record.items() if value is not None}


def _text_of(key: str, translated: Translated) -> str:
    for decoded in samples_of([Rows(translated.samples, translated.sample_indices)]):
        translated.rejected.merge(decoded.rejected)
    for outcomes in outcomes_of([Rows(translated.outcomes, translated.outcome_indices)]):
        translated.rejected.merge(outcomes.rejected)
    parts: dict[str, Any] = {"recognised as": TITLES[key], "format": key}
    if translated.waiting:
        parts["wait for their other half"] = translated.waiting
    for name, records in (("samples", translated.samples), ("outcomes", translated.outcomes)):
        if records:
            parts[name] = len(records)
            parts[f"first {name}"] = [_shown(record) for record in records[:SHOWN_SAMPLES]]
    if translated.answer:
        parts["answered with"] = dict(translated.answer)
    if len(translated.rejected):
        parts["rejected"] = [f"record {item.index}: {item.message}" for item in translated.rejected.first()]
    return _written(parts)


def _shown(value: Any, depth: int = 0) -> Any:
    """Return a value for people: with its first names and items only, and to a bounded depth."""
    if depth == SHOWN_DEPTH and isinstance(value, Mapping | list):
        return "…"
    if isinstance(value, Mapping):
        # Bounded like everything that a body can make us print.
        first = {str(name): _shown(value[name], depth + 1) for name in islice(value, SHOWN_NAMES)}
        return first | ({"…": f"{len(value) - SHOWN_NAMES} more"} if len(value) > SHOWN_NAMES else {})
    if isinstance(value, list):
        more = ["…"] if len(value) > SHOWN_ITEMS else []
        return [_shown(item, depth + 1) for item in value[:SHOWN_ITEMS]] + more
    return value[:SHOWN_LENGTH] if isinstance(value, str) else value


class _InFull(yaml.SafeDumper):
    """Writes what stands twice in full, instead of a reference to the first."""

    def ignore_aliases(self, data: Any) -> bool:
        """Return whether to repeat a value."""
        return True


def _written(parts: Mapping[str, Any]) -> str:
    return yaml.dump(dict(parts), Dumper=_InFull, sort_keys=False, allow_unicode=True, width=110).rstrip()
