from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

def locate(
    scales: Array,
    places: Array,
    table: Array,
    cuts: Array,
    numbers: Array,
    first: int,
    deviations: Array,
    cells: Array,
    first_row: int,
    /,
) -> bytearray: ...
def add_groups(table: Array, cells: Array, columns: Array, starts: Array, sums: Array, /) -> None: ...
def sum_and_greatest(table: Array, cells: Array, columns: Array, total: Array, greatest: Array, /) -> None: ...
def pick(table: Array, cells: Array, columns: Array, picked: Array, /) -> None: ...
def add_bits(numbers: Array, rows: Array, factors: Array, sums: Array, /) -> None: ...
def count(cells: Array, counts: Array, /) -> None: ...
