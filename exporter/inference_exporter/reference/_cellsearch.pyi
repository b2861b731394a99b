from typing import Any

from numpy.typing import NDArray

from ..arrays import Floats

def locate(
    scales: Floats,
    places: NDArray[Any],
    table: NDArray[Any],
    cuts: Floats,
    numbers: Floats,
    first: int,
    deviations: Floats,
    cells: NDArray[Any],
    first_row: int,
    /,
) -> bytearray: ...
