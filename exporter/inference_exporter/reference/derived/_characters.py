"""The characters of many texts as one array, to avoid loops over texts or characters."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...arrays import Column, Floats

CHARACTERS_AT_MOST = 4096  # of each text; the rest only counts for its length
BASIC = 0x10000  # characters above belong to rare scripts, or are emoji
EMOJI = (0x1F000, 0x20000)
LETTER, UPPER, DIGIT, MARK, SPACE, OTHER = range(6)
N_KINDS = 6
# Odd, so that each power has an inverse modulo 2**64; from Knuth's multiplicative hashing (TAOCP 3, 6.4).
BASE = 0x9E3779B97F4A7C15
INVERSE = pow(BASE, -1, 2**64)
MIX = np.uint64(0xD6E8FEB86659FD93)

Codes = NDArray[np.uint32]
Rows = NDArray[np.intp]


@lru_cache(maxsize=1)
def _tables() -> tuple[NDArray[np.int8], Codes]:
    """Return the kind and the lower case of each basic character; computed when the first text arrives."""
    first = {"L": LETTER, "M": LETTER, "N": DIGIT, "P": MARK, "S": MARK, "Z": SPACE}
    kinds = np.full(BASIC, OTHER, dtype=np.int8)
    lower = np.arange(BASIC, dtype=np.uint32)
    for code in range(BASIC):
        character = chr(code)
        category = unicodedata.category(character)
        kinds[code] = UPPER if category in ("Lu", "Lt") else first.get(category[0], OTHER)
        if kinds[code] == UPPER and len(character.lower()) == 1:
            lower[code] = ord(character.lower())
    kinds[[9, 10, 11, 12, 13]] = SPACE
    return kinds, lower


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Return 32 bits that depend on all bits of a hash."""
    hashes = (hashes ^ (hashes >> np.uint64(32))) * MIX
    return (hashes >> np.uint64(32)).astype(np.uint32)


def _powers(base: int, n: int) -> NDArray[np.uint64]:
    """Return the powers of a base modulo 2**64, starting from 0, shape (n,)."""
    factors = np.full(n, base, dtype=np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)


@dataclass(frozen=True, eq=False)
class Characters:
    """The characters of all texts, each followed by an extra newline.

    `lengths` and `is_text` have shape (n,); `instead` is the value for anything that is not a text: NaN if missing,
    otherwise infinite. `codes` are in lower case; `row` is the text of each; `own` is False for the newlines between
    texts.
    """

    lengths: NDArray[np.intp]
    is_text: NDArray[np.bool_]
    instead: Floats
    codes: Codes
    kind: NDArray[np.int8]
    row: Rows
    own: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Number of texts."""
        return len(self.lengths)

    def kinds(self) -> NDArray[np.intp]:
        """Return how many characters of each kind each text has, shape (n, N_KINDS)."""
        places = self.row[self.own] * N_KINDS + self.kind[self.own]
        return np.bincount(places, minlength=self.size * N_KINDS).reshape(self.size, N_KINDS)

    def words(self) -> tuple[Rows, NDArray[np.uint32]]:
        """Return row and hash of each word: a run of letters and digits.

        The hash is a polynomial over the characters modulo 2**64, computed for all
        words at once from two running sums.
        """
        inside = np.concatenate([[False], self.kind <= DIGIT, [False]])
        starts = np.flatnonzero(inside[1:] & ~inside[:-1])
        ends = np.flatnonzero(~inside[1:] & inside[:-1])
        powers, inverses = (_powers(base, len(self.codes) + 1) for base in (BASE, INVERSE))
        running = np.concatenate([np.zeros(1, np.uint64), np.cumsum(self.codes * powers[:-1], dtype=np.uint64)])
        return self.row[starts], _mixed((running[ends] - running[starts]) * inverses[starts])

    def sketches(self, first: int, last: int, cells: int) -> Floats:
        """Return the shares of hashed runs of three characters in some texts, shape (last - first, cells).

        NaN for a text with fewer than three characters.
        """
        start, end = np.searchsorted(self.row, [first, last])
        codes, row = self.codes[start:end].astype(np.uint64), self.row[start:end] - first
        base = np.uint64(BASE)
        runs = _mixed(((codes[:-2] * base + codes[1:-1]) * base) + codes[2:])
        # A newline belongs to the row before it, so two rows share only runs that contain a newline.
        own = self.own[start:end]
        whole = own[:-2] & own[1:-1] & own[2:]
        places = row[:-2][whole] * cells + (runs[whole] % cells)
        counts = np.bincount(places, minlength=(last - first) * cells).reshape(last - first, cells)
        totals = counts.sum(axis=1, keepdims=True)
        return counts / np.where(totals > 0, totals, np.nan)


def characters_of(column: Column) -> Characters:
    """Return the characters of a column of texts."""
    values = column.tolist() if isinstance(column, np.ndarray) else column
    is_text = np.array([isinstance(value, str) for value in values], dtype=np.bool_)
    missing = np.array([value is None or value != value for value in values], dtype=np.bool_)
    texts = [value if isinstance(value, str) else "" for value in values]
    read = [text[:CHARACTERS_AT_MOST] for text in texts]
    joined = "".join(f"{text}\n" for text in read)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    sizes = np.array([len(text) + 1 for text in read], dtype=np.intp)
    own = np.ones(len(codes), dtype=np.bool_)
    own[np.cumsum(sizes) - 1] = False
    kinds, lower = _tables()
    basic = codes < BASIC
    known = np.where(basic, codes, 0)
    emoji = (codes >= EMOJI[0]) & (codes < EMOJI[1])
    return Characters(
        lengths=np.array([len(text) for text in texts], dtype=np.intp),
        is_text=is_text,
        instead=np.where(missing, np.nan, np.inf),
        codes=np.where(basic, lower[known], codes),
        kind=np.where(basic, kinds[known], np.where(emoji, MARK, LETTER)).astype(np.int8),
        row=np.repeat(np.arange(len(values)), sizes),
        own=own,
    )
