"""Texts: their length, their kinds of characters, and how their words and letters compare with the reference's.

Nothing here depends on a language, and no text is kept: words and runs of
three characters are stored as hashes.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...arrays import Column, Floats
from ..base64_arrays import packed, unpacked
from ..buckets import OPEN_CATEGORIES, OPEN_SHARE
from ._base import Derive, DerivedKind, Parts
from ._characters import DIGIT, LETTER, MARK, OTHER, UPPER, Characters, characters_of

WORDS_AT_LEAST, LENGTH_AT_LEAST = 4, 25  # on average; identifiers, names and codes are shorter
VOCABULARY_AT_MOST = 20_000
SKETCH_CELLS = 512
ROWS_AT_ONCE = 1000  # a block of sketches fits the processor's caches
SEEN_TWICE = 2  # a word of a single text is personal rather than typical

Sketch = NDArray[np.float64]


def looks_like_text(column: Column) -> bool:
    """Return whether values are texts of several words that rarely repeat."""
    present = [value for value in column if value is not None]
    if not present or set(map(type, present)) != {str}:
        return False
    counts: dict[object, int] = {}
    for value in present:
        counts[value] = counts.get(value, 0) + 1
    singletons = sum(count == 1 for count in counts.values())
    words, length = (sum(measure(str(value)) for value in present) / len(present) for measure in (_n_words, len))
    is_open = singletons > max(OPEN_SHARE * len(column), OPEN_CATEGORIES)
    return is_open and words >= WORDS_AT_LEAST and length >= LENGTH_AT_LEAST


def _n_words(text: str) -> int:
    return len(text.split())


class Known(NamedTuple):
    """The content of the reference's texts: hashes of words, ascending, and the mean sketch."""

    words: NDArray[np.uint32]
    sketch: Sketch


def _parts(column: Column, known: Known) -> Parts:
    read = characters_of(column)
    row, word = read.words()
    unknown = np.bincount(row, weights=~_contains(known.words, word), minlength=read.size)
    return _with_kinds(
        read, unknown / _nan_for_0(np.bincount(row, minlength=read.size)), _distances(read, known.sketch)
    )


def _with_kinds(read: Characters, unknown: Floats, distance: Floats) -> Parts:
    """Return all parts: ratios without a denominator are unknown, and non-texts have only their marker."""
    kinds = read.kinds()
    characters, letters = _nan_for_0(kinds.sum(axis=1)), kinds[:, LETTER] + kinds[:, UPPER]
    parts = {
        "length": read.lengths.astype(np.float64),
        "letter_ratio": letters / characters,
        "digit_ratio": kinds[:, DIGIT] / characters,
        "punctuation_ratio": kinds[:, MARK] / characters,
        "control_ratio": kinds[:, OTHER] / characters,
        "upper_ratio": kinds[:, UPPER] / _nan_for_0(letters),
        "unknown_words_ratio": unknown,
        "ngram_distance": distance,
    }
    return {name: np.where(read.is_text, values, read.instead) for name, values in parts.items()}


def _nan_for_0(counts: NDArray[Any]) -> Floats:
    return np.where(counts > 0, counts, np.nan)


def _contains(ascending: NDArray[np.uint32], hashes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    if len(ascending) == 0:
        return np.zeros(len(hashes), dtype=np.bool_)
    places = np.minimum(ascending.searchsorted(hashes), len(ascending) - 1)
    return np.asarray(ascending[places] == hashes)


def _distances(read: Characters, mean: Sketch, rows: float = np.inf) -> Floats:
    """Return the Hellinger distance of each text's sketch from a mean sketch, 0 to 1, shape (n,).

    If the mean was made of `rows` texts including these, each text's part is removed from it.
    """
    distances = np.full(read.size, np.nan)
    for start in range(0, read.size, ROWS_AT_ONCE):
        sketches = read.sketches(start, min(start + ROWS_AT_ONCE, read.size), SKETCH_CELLS)
        others = mean if np.isinf(rows) else np.maximum(rows * mean - sketches, 0.0) / max(rows - 1, 1)
        overlap = np.sqrt(sketches * others).sum(axis=1)
        distances[start : start + ROWS_AT_ONCE] = np.sqrt(np.maximum(1.0 - overlap, 0.0))
    return distances


def learn(column: Column) -> tuple[dict[str, Any], Parts]:
    """Learn vocabulary and mean sketch."""
    read = characters_of(column)
    row, word = read.words()
    hashes, inverse = np.unique(word, return_inverse=True)
    pairs = np.unique(np.stack([inverse, row]), axis=1)[0]
    texts = np.bincount(pairs, minlength=len(hashes))  # number of texts with each word
    kept = np.argsort(-texts, kind="stable")[:VOCABULARY_AT_MOST]
    kept = kept[texts[kept] >= SEEN_TWICE]
    known_to_others = np.zeros(len(hashes), dtype=np.bool_)
    known_to_others[kept] = texts[kept] > SEEN_TWICE
    unknown = np.bincount(row, weights=~known_to_others[inverse], minlength=read.size)
    sketch, n_sketched = _mean_sketch(read)
    parts = _with_kinds(
        read, unknown / _nan_for_0(np.bincount(row, minlength=read.size)), _distances(read, sketch, n_sketched)
    )
    return {"words": packed(np.sort(hashes[kept]), "<u4"), "sketch": packed(sketch)}, parts


def _mean_sketch(read: Characters) -> tuple[Sketch, int]:
    total, n = np.zeros(SKETCH_CELLS), 0
    for start in range(0, read.size, ROWS_AT_ONCE):
        sketches = read.sketches(start, min(start + ROWS_AT_ONCE, read.size), SKETCH_CELLS)
        own = ~np.isnan(sketches[:, 0])
        total += sketches[own].sum(axis=0)
        n += int(own.sum())
    return total / max(n, 1), n


def read(content: Mapping[str, Any]) -> Derive:
    """Return a function that derives the parts of texts."""
    known = Known(unpacked(content["words"], "<u4"), unpacked(content["sketch"]))
    if len(known.sketch) != SKETCH_CELLS:
        raise ValueError(f"expected a sketch of {SKETCH_CELLS} numbers, got {len(known.sketch)}")
    return lambda column: _parts(column, known)


KIND = DerivedKind("text", looks_like_text, learn, read)
