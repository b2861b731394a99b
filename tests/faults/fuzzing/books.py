"""The books: what the answers said, against what the exporter's own counters say."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from .asking import Asked
from .bodies import ARROW, NDJSON
from .connection import Answer
from .records import PATHS

FORMATS = {NDJSON: "ndjson", ARROW: "arrow"}
SLOW_SECONDS = 2.0


@dataclass
class Books:
    """What one sender, or all of them, saw."""

    answers: Counter[int] = field(default_factory=Counter)
    """By status."""
    accepted: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By path and wire format."""
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    certain: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Records that must have been rejected, by path and reason."""
    halves: int = 0
    faults: list[str] = field(default_factory=list)
    slow: list[int] = field(default_factory=list)
    """Numbers of the requests whose answer took too long, perhaps for the machine's sake."""
    longest_seconds: float = 0.0

    def enter(self, asked: Asked, answer: Answer) -> None:
        """Count an answer, and note what is wrong with it."""
        self.answers[answer.status] += 1
        self.longest_seconds = max(self.longest_seconds, answer.seconds)
        if not asked.whole:
            self.halves += 1
            return
        if answer.seconds > SLOW_SECONDS:
            self.slow.append(asked.number)
        if answer.status >= 500 or (answer.status == 0 and asked.legal):
            self.faults.append(f"request {asked.number}: {asked.method} {asked.target[:80]}: status {answer.status}")
        if asked.body is not None and answer.status:
            self._enter_records(asked, answer)

    def add(self, other: "Books") -> None:
        """Add the books of another sender."""
        for name in ("answers", "accepted", "rejected", "certain"):
            getattr(self, name).update(getattr(other, name))
        self.halves += other.halves
        self.faults += other.faults
        self.slow += other.slow
        self.longest_seconds = max(self.longest_seconds, other.longest_seconds)

    def _enter_records(self, asked: Asked, answer: Answer) -> None:
        assert asked.body is not None
        records = asked.body.records
        try:
            said = json.loads(answer.content)
            accepted, rejected, errors = said["accepted"], said["rejected"], said["errors"]
        except (ValueError, KeyError, TypeError):
            self.faults.append(f"request {asked.number}: no tally in {answer.content[:200]!r}")
            return
        key = (records.path, FORMATS.get(asked.body.content_type, "json"))
        self.accepted[key] += accepted
        self.rejected[key] += rejected
        if (answer.status == 200) and rejected and not accepted:
            self.faults.append(f"request {asked.number}: status {answer.status} for {answer.content[:200]!r}")
        if len(errors) != min(rejected, 100):
            self.faults.append(f"request {asked.number}: {len(errors)} errors for {rejected} rejected")
        if records.accepted is not None:
            bad = sum(records.rejected.values())
            self.certain.update({(records.path, reason): count for reason, count in records.rejected.items()})
            if (accepted, rejected) != (records.accepted, bad):
                expected = f"accepted {records.accepted}, rejected {bad}"
                self.faults.append(f"request {asked.number}: expected {expected}, got {answer.content[:300]!r}")


Counters = dict[str, Counter[tuple[str, ...]]]


def counters(text: str) -> Counters:
    """Return the exporter's counters of intake by their labels."""
    wanted = {"samples": ("format",), "samples_accepted": ("format",), "samples_rejected": ("format", "reason"),
              "samples_dropped": ("reason",), "outcomes": (), "outcomes_rejected": ("reason",), "events": (),
              "events_rejected": ("reason",)}  # fmt: skip
    found: Counters = {name: Counter() for name in wanted}
    own = "\n".join(line for line in text.splitlines() if "inference_exporter_" in line[:40]) + "\n"
    for family in text_string_to_metric_families(own):
        name = family.name.removeprefix("inference_exporter_")
        if name in wanted and family.type == "counter":
            for point in family.samples:
                found[name][tuple(point.labels.get(label, "") for label in wanted[name])] += int(point.value)
    return found


def differences(books: Books, shown: Counters, *, events_rejected: bool) -> Iterable[str]:
    """Yield where books and counters disagree; requests that were cut short may have been counted, once each."""
    slack = books.halves
    samples, outcomes, events = PATHS
    for wire_format in ("json", "ndjson", "arrow"):
        key = (wire_format,)
        rejected = sum(count for (own, _), count in shown["samples_rejected"].items() if own == wire_format)
        yield from _unequal(
            f"{wire_format} samples accepted", books.accepted[samples, wire_format], shown["samples_accepted"][key]
        )
        yield from _unequal(f"{wire_format} samples rejected", books.rejected[samples, wire_format], rejected, slack)
    total = {name: sum(found.values()) for name, found in shown.items()}
    parts = total["samples_accepted"] + total["samples_rejected"] + total["samples_dropped"]
    yield from _unequal("samples received = accepted + rejected + dropped", total["samples"], parts)
    yield from _unequal("samples dropped", 0, total["samples_dropped"])
    yield from _unequal("outcomes accepted", _of(books.accepted, outcomes), total["outcomes"])
    yield from _unequal("outcomes rejected", _of(books.rejected, outcomes), total["outcomes_rejected"], slack)
    yield from _unequal("events accepted", _of(books.accepted, events), total["events"])
    if events_rejected:
        yield from _unequal("events rejected", _of(books.rejected, events), total["events_rejected"], slack)
    for (path, reason), count in books.certain.items():
        if path == samples:
            found = sum(value for (_, own), value in shown["samples_rejected"].items() if own == reason)
        else:
            name = "outcomes_rejected" if path == outcomes else "events_rejected"
            found = shown[name][(reason,)] if name == "outcomes_rejected" or events_rejected else count
        if found < count:
            yield f"{path} rejected as {reason}: at least {count}, the exporter counted {found}"


def _of(counts: Counter[tuple[str, str]], path: str) -> int:
    return sum(count for (own, _), count in counts.items() if own == path)


def _unequal(what: str, answered: int, counted: int, slack: int = 0) -> Iterable[str]:
    if not 0 <= counted - answered <= slack:
        yield f"{what}: the answers say {answered:,}, the exporter {counted:,}" + (
            f" (at most {slack} more)" if slack else ""
        )
