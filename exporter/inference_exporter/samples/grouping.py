"""Groups records by model."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..values.faults import Fault, shown
from .batch import ModelKey
from .labels import key_of_parts
from .records import Rows
from .rejections import Rejections

DESCRIBED_AT_MOST = 100
SOMETHING_ELSE = "another one of its kind"
MODELS_AT_ONCE = 128
"""Maximum number of models in one block; more are a mistake, and each costs as much as hundreds of samples."""


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one model, with their positions in the body."""

    key: ModelKey
    rows: Sequence[dict[str, Any]]
    indices: Sequence[int]

    def part(self, rows: slice) -> "Group":
        """Return a slice of the records."""
        return Group(self.key, self.rows[rows], self.indices[rows])

    def without(self, wrong: set[int]) -> "Group":
        """Return the records without the given rows."""
        kept = [row for row in range(len(self.rows)) if row not in wrong]
        return Group(self.key, [self.rows[row] for row in kept], [self.indices[row] for row in kept])


def groups_of(block: Rows, empty: str, rejected: Rejections) -> Iterator[Group]:
    """Yield the records of each model, version and variant; empty objects and other values are rejected."""
    if len(block.values) > DESCRIBED_AT_MOST and dict not in set(map(type, block.values)):
        rejected.add_all(block.indices[DESCRIBED_AT_MOST:], "expected an object, got something else", "not_an_object")
        block = Rows(block.values[:DESCRIBED_AT_MOST], block.indices[:DESCRIBED_AT_MOST])
    groups: dict[tuple[Any, ...], tuple[list[Any], list[int]]] = {}
    faults: dict[tuple[str, str], list[int]] = defaultdict(list)
    others: dict[tuple[type, object], list[int]] = defaultdict(list)
    empties = faults[empty, "invalid_field"]
    for value, index in zip(block.values, block.indices, strict=True):
        if value == {}:
            empties.append(index)
            continue
        if type(value) is not dict:
            others[_kind_of(value, len(others))].append(index)
            continue
        key = (value.get("model"), value.get("version"), value.get("variant"))
        try:
            # With types: 1, 1.0 and true are equal, but only 1 is a valid version.
            group = groups.get((*key, *map(type, key)))
        except TypeError:  # lists are not hashable
            faults["model, version, variant: expected text, got a list or an object", "invalid_field"].append(index)
            continue
        if group is None:
            if len(groups) >= MODELS_AT_ONCE:
                faults["expected fewer models in one body", "too_many_models"].append(index)
                continue
            group = groups[*key, *map(type, key)] = ([], [])
        group[0].append(value)
        group[1].append(index)
    for key, (rows, indices) in groups.items():
        try:
            whole = key_of_parts(*key[: len(ModelKey._fields)])
        except Fault as fault:
            faults[str(fault), "invalid_field"] += indices
            continue
        yield Group(whole, rows, indices)
    for (_, value), indices in others.items():
        faults[f"expected an object, got {shown(value)}", "not_an_object"] += indices
    for (message, reason), indices in faults.items():
        rejected.add_all(sorted(indices), message, reason)


def _kind_of(value: object, known: int) -> tuple[type, object]:
    """Return a key for values that are not objects, so that equal ones share one message."""
    if isinstance(value, list):
        return list, ()
    if known < DESCRIBED_AT_MOST:
        return type(value), value
    return type(value), SOMETHING_ELSE
