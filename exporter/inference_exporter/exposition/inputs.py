"""Numbers about the ways in besides HTTP."""

from collections.abc import Iterable, Iterator

from ..intake.ways._base import Number
from ._base import Family, counter, gauge, labels


def input_families(numbers: Iterable[Number]) -> Iterator[Family]:
    """Yield a family for each number."""
    for number in numbers:
        # A way in declares its numbers itself, so a new way needs no change here.
        family = (counter if number.kind == "counter" else gauge)(number.name, number.help)
        for values, value in number.values.items():
            family.add(labels(**dict(zip(number.labels, values, strict=True))), value)
        yield family
