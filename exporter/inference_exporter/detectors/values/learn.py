"""Learns the values of each feature: types, formats, runs of one value, skew against raw values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import Column, Floats
from ...reference.buckets import CategoricalBuckets
from ...reference.reference import ColumnReference, Reference
from ...reference.traits import LearningSamples, Record, Trait
from ...values.coded import coded
from ...values.numbers import as_numbers
from .formats import Format, learned_format
from .skew import skew_of
from .types import wrong_types


@dataclass(frozen=True)
class Learned:
    """What is learned of values, by feature; anything the reference lacks is absent."""

    features: Mapping[str, Mapping[str, Any]]


def learn(samples: LearningSamples, reference: Reference) -> Learned:
    """Return what is learned of each feature's values; counts are of rows."""
    batch = samples.batch
    return Learned({
        column.name: _of_one(column, batch.features[column.name], batch.raw.get(column.name), samples.times)
        for column in reference.of_group("feature")
        if column.name in batch.features
    })  # fmt: skip


def _of_one(column: ColumnReference, values: Column, raw: Column | None, times: Floats | None) -> dict[str, Any]:
    found: dict[str, Any] = {"runs": _runs(column, values, times)}
    kinds = {kind: len(rows) for kind, rows in wrong_types(values, column.numeric).items()}
    # Absent rather than 0: references without wrong types stay short.
    if kinds:
        found["wrong_types"] = kinds
    if raw is not None:
        skew = skew_of(raw, values)
        found["skew"] = {"compared": len(skew.compared), "differing": len(skew.differing)}
    if isinstance(column.buckets, CategoricalBuckets):
        found |= _of_texts(column.buckets, values)
    return found


def _of_texts(buckets: CategoricalBuckets, values: Column) -> dict[str, Any]:
    texts = _texts(values)
    counts = Counter(texts)
    found: dict[str, Any] = {"met_once": sum(count == 1 for count in counts.values())}
    form = learned_format(texts)
    if form is not None:
        found["format"] = {"name": form.name, "pattern": form.pattern, **_misformed(form, counts)}
    return found


def _misformed(form: Format, counts: Mapping[str, int]) -> dict[str, int]:
    matches = form.matcher()
    return {"misformed": sum(n for text, n in counts.items() if not matches(text)), "texts": sum(counts.values())}


def _texts(values: Column) -> list[str]:
    codes, texts = coded(values)
    return [texts[code] for code in codes[codes >= 0].tolist()]


def _runs(column: ColumnReference, values: Column, times: Floats | None) -> dict[str, float | int | None]:
    """Return how often the value changes from one row to the next, and its longest run."""
    codes = as_numbers(values) if column.numeric else _codes(values)
    known = ~np.isnan(codes)
    codes = codes[known]
    # Where another value begins, with the first row and the end.
    starts = np.concatenate([[0], np.flatnonzero(codes[1:] != codes[:-1]) + 1, [len(codes)]])
    rows = int(np.diff(starts).max()) if len(codes) else 0
    seconds = None
    if times is not None and len(codes):
        when = times[known]
        ends = np.append(when, when[-1])[starts[1:]]  # until the first row of the next run
        seconds = float((ends - when[starts[:-1]]).max())
    return {"changes": max(len(starts) - 2, 0), "rows": rows, "seconds": seconds}


def _codes(values: Column) -> Floats:
    known: dict[str, int] = {}
    texts: Sequence[object] = values.tolist() if isinstance(values, np.ndarray) else values
    return np.array(
        [np.nan if value is None or value != value else known.setdefault(str(value), len(known)) for value in texts],
        dtype=np.float64,
    )


RECORD = Record("values", Learned, version=2, upgrade=lambda features: {"features": features})
TRAIT = Trait(RECORD, learn)


def formats_of(reference: Reference | None) -> dict[str, Format]:
    """Return the format of a reference's texts, by feature."""
    learned = RECORD.of(reference)
    forms = {name: of["format"] for name, of in learned.features.items() if "format" in of} if learned else {}
    return {name: Format(form["name"], form["pattern"]) for name, form in forms.items()}
