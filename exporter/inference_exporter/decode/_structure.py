"""Where the items of a JSON array end, found without parsing them."""

from dataclasses import dataclass

import numpy as np

QUOTE, BACKSLASH, COMMA = b'"\\,'


@dataclass(frozen=True, slots=True)
class Structure:
    """Where items end: the commas between them, and the closing bracket of the array (-1: not yet)."""

    commas: list[int]
    close: int
    depth: int
    quoted: bool
    escaped: bool


def structure_of(text: bytes, depth: int = 0, quoted: bool = False, escaped: bool = False) -> Structure:
    """Return where the items of an array end, in linear time for any text.

    Parameters
    ----------
    text : bytes
        Starts at the beginning of an item, or where the previous text ended.
    depth, quoted, escaped
        State at the end of the previous text: number of open brackets, inside quotes, after a backslash.
    """
    codes = np.frombuffer(text, np.uint8)
    quotes, escaped = _quotes(codes, escaped)
    inside = ((np.cumsum(quotes, dtype=np.uint8) + quoted) & 1).astype(np.bool_)
    # Brackets and braces differ in one bit: [ { are 5B 7B, ] } are 5D 7D.
    folded = codes | 0x20
    steps = (folded == 0x7B).view(np.int8) - (folded == 0x7D).view(np.int8)
    steps[inside] = 0
    depths = np.cumsum(steps, dtype=np.int32) + depth
    closed = np.flatnonzero(depths < 0)
    close = int(closed[0]) if len(closed) else -1
    commas = np.flatnonzero((codes == COMMA) & (depths == 0) & ~inside)
    if close >= 0:
        commas = commas[commas < close]
    return Structure(commas.tolist(), close, int(depths[-1]), bool(inside[-1]), escaped)


def _quotes(codes: np.ndarray, escaped: bool) -> tuple[np.ndarray, bool]:
    """Return a mask of the unescaped quotes, and whether the text ends in an unfinished escape."""
    quotes = codes == QUOTE
    backslashes = codes == BACKSLASH
    if escaped:
        quotes[0] = backslashes[0] = False
    if not backslashes.any():
        return quotes, False
    places = np.arange(len(codes))
    before = np.maximum.accumulate(np.where(backslashes, -1, places))  # the last byte before the run of backslashes
    odd = ((places - before) & 1).astype(np.bool_)  # an odd run of backslashes ends here
    quotes[1:] &= ~odd[:-1]
    return quotes, bool(odd[-1])
