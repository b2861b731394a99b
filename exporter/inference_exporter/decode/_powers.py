"""The powers of five that turn a decimal into the nearest double, for the compiled decoder."""

from array import array
from functools import lru_cache

LEAST, GREATEST = -342, 308
BITS = 128
ROUNDED_UP = -27
"""From here to -1 powers are rounded up: only these can make a number that is exactly between two doubles."""


@lru_cache(1)
def powers_of_five() -> bytes:
    """Return the upper 128 bits of each power, upper half first.

    References
    ----------
    Lemire (2021), Number parsing at a gigabyte per second, Software: Practice and Experience 51(8):1700-1727.
    """
    halves = array("Q")
    for exponent in range(LEAST, GREATEST + 1):
        upper, lower = divmod(_significand(exponent), 1 << 64)
        halves.extend((upper, lower))
    return halves.tobytes()


def _significand(exponent: int) -> int:
    power: int = 5 ** abs(exponent)
    length = power.bit_length()
    if exponent >= 0:
        return power << (BITS - length) if length <= BITS else power >> (length - BITS)
    if exponent >= ROUNDED_UP:
        return (1 << (length + BITS - 1)) // power + 1
    quotient = (1 << (2 * length + BITS)) // power + 1
    return quotient >> (quotient.bit_length() - BITS)
