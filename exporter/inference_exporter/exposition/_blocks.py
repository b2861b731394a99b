"""Blocks: series whose labels stay the same from scrape to scrape, and whose values are an array.

The bytes around the values are made once for each family, so that a scrape formats numbers only, a block at a time.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from ..arrays import Floats

Values = Floats | NDArray[np.integer]

# Python's spelling and the one of the exposition format.
_NAMES = {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}


class LabelTexts(tuple[str, ...]):
    """Label texts that are shown again and again; whoever makes them keeps them as long as their labels hold."""

    def __new__(cls, texts: Iterable[str]) -> "LabelTexts":
        """Return texts without lines yet."""
        made = super().__new__(cls, texts)
        # A tuple has no __init__ to extend; an attribute of a subclass without __slots__ is set after it is made.
        made._lines = {}
        return made

    _lines: dict[str, bytes]

    def lines(self, name: str) -> bytes:
        """Return the lines of a family of this name, with ``%b`` in the place of each value."""
        if name not in self._lines:
            text = "".join(f"{name}{{{labels}}} \n" if labels else f"{name} \n" for labels in self)
            # A lone surrogate in a name, which YAML can write, must not fail the scrape. Labels contain no line breaks.
            # The name of a category may contain a percent sign, which formatting would take for a place.
            self._lines[name] = text.encode(errors="replace").replace(b"%", b"%%").replace(b" \n", b" %b\n")
        return self._lines[name]


class Block(NamedTuple):
    """The series of some labels, a value each."""

    texts: LabelTexts
    values: Values

    def rendered(self, name: str) -> bytes:
        """Return the lines of the series in a family of this name."""
        return self.texts.lines(name) % tuple(_value_texts(self.values))


def _value_texts(values: Values) -> Sequence[bytes]:
    """Return each value as `number_text` does."""
    array = np.ascontiguousarray(values)
    text = orjson.dumps(array, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    if array.dtype.kind != "f":
        return text.split(b",")  # integers have neither exponents nor NaN
    texts = text.replace(b"null", b"NaN").split(b",")
    size = np.abs(array)
    # Outside this range orjson writes other exponents than Python, and infinities as null.
    for place in np.flatnonzero((size < 1e-4) & (size > 0) | (size >= 1e16)).tolist():
        texts[place] = number_text(array.item(place)).encode()
    return texts


def number_text(value: float) -> str:
    """Return a value as Prometheus reads it: the shortest text that gives the same number."""
    text = repr(value)
    return _NAMES.get(text, text)
