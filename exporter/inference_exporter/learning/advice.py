"""What a data scientist should know about a reference before relying on it, as short warnings in the file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..reference.reference import Reference
from ..reference.traits import LearningSamples, Record, Trait
from ._columns_to_doubt import doubts_about
from ._outcomes_to_doubt import doubts_about_classes, doubts_about_outcome

ROWS_AT_MOST = 50_000  # looked at, evenly spaced
LEAST_ROWS = 100  # fewer rows make any pattern


@dataclass(frozen=True)
class Learned:
    """The warnings: the column (empty if about several), and what to know and do."""

    warnings: Sequence[Sequence[str]]


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    if samples.batch.size < LEAST_ROWS:
        return None
    with np.errstate(all="ignore"):  # the difference of two numbers near the largest float is infinite, and that large
        found = [*_of_columns(samples, reference), *doubts_about_classes(samples, reference)]
    return Learned([list(warning) for warning in found]) if found else None


def _of_columns(samples: LearningSamples, reference: Reference) -> Iterator[tuple[str, str]]:
    step = 1 + samples.batch.size // ROWS_AT_MOST
    rows = np.arange(0, samples.batch.size, step)
    for column in reference.of_group("feature"):
        values = samples.values_of(column)
        if values is None:
            continue
        for doubt in (*doubts_about(column, values, rows, samples.times), *doubts_about_outcome(values, rows, samples)):
            yield column.name, doubt


def warnings_of(reference: Reference | None) -> list[str]:
    """Return the warnings of a reference as sentences that begin with the column."""
    learned = RECORD.of(reference)
    if learned is None:
        return []
    return [f"{column}: {text}" if column else text for column, text in learned.warnings]


RECORD = Record("warnings", Learned)
TRAIT = Trait(RECORD, _learn)
