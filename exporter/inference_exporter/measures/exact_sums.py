"""Exact sums of floats and of their squares, as vectors that can be added and subtracted without rounding.

A float sum loses: adding 1e160 swallows the earlier values, and subtracting it
again leaves 0. Here a sum is an integer in limbs of 26 bits (Kulisch's long
accumulator, in carry-save form), wide enough for the square of any float.
Limbs are whole numbers, so a vector of floats holds them exactly for fewer
than 2^26 added values. The value of a sum does not depend on its order.

References
----------
Kulisch and Miranker (1986), The arithmetic of the digital computer: a new
approach, SIAM Review 28(1):1-40.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats

LIMB_BITS = 26
LOWEST_BIT = -88 * LIMB_BITS  # below the square of the smallest float, 2^-1074 written with 53 bits
N_LIMBS = 170  # up to 2^2132, above the square of the difference between two floats
LIMB_MASK = (1 << LIMB_BITS) - 1
MANTISSA_BITS = 53
HALF_BITS = 27
HALF_MASK = (1 << HALF_BITS) - 1
ROUNDED_BITS = 30
FEW_ROWS = 256  # up to here values are added one by one

Integers = NDArray[np.int64]


class Scaled(NamedTuple):
    """Numbers ``mantissas * 2**exponents``; mantissas are whole, below 2^55 in size."""

    mantissas: Integers
    exponents: Integers

    def magnitudes(self) -> "Scaled":
        """Return the absolute values."""
        return Scaled(np.abs(self.mantissas), self.exponents)

    def squares(self) -> tuple["Scaled", "Scaled", "Scaled"]:
        """Return the exact squares, each as the sum of three numbers."""
        size, twice = np.abs(self.mantissas), 2 * self.exponents
        high, low = size >> HALF_BITS, size & HALF_MASK
        return (
            Scaled(high * high, twice + 2 * HALF_BITS),
            Scaled(2 * high * low, twice + HALF_BITS),
            Scaled(low * low, twice),
        )


def squarable(numbers: Scaled) -> Scaled:
    """Return numbers whose squares the limbs hold: beyond the squares of floats, they are limited to 2^1000 or 0."""
    held = 2 * numbers.exponents >= LOWEST_BIT
    exponents = np.clip(numbers.exponents, LOWEST_BIT // 2, 1000 - MANTISSA_BITS)
    return Scaled(np.where(held, numbers.mantissas, 0), exponents)


def scaled(values: Floats) -> Scaled:
    """Return finite numbers, shape (n,), as integer mantissas and exponents."""
    fractions, exponents = np.frexp(values)
    return Scaled(np.ldexp(fractions, MANTISSA_BITS).astype(np.int64), exponents.astype(np.int64) - MANTISSA_BITS)


def differences(left: Floats, right: Floats) -> Scaled:
    """Return left - right, each rounded once like a float, and finite even if a float would overflow."""
    with np.errstate(over="ignore"):
        plain = left - right
    beyond = np.isinf(plain)
    result = scaled(np.where(beyond, left / 2 - right / 2, plain))
    return Scaled(result.mantissas, result.exponents + beyond)


def ratios(numerators: Scaled, denominators: Scaled) -> Scaled:
    """Return numerators / denominators (none may be 0), each rounded once; no ratio overflows."""
    result = scaled(numerators.mantissas / denominators.mantissas)
    return Scaled(result.mantissas, result.exponents + numerators.exponents - denominators.exponents)


def add_up(sums: Sequence[Sequence[Scaled]]) -> Floats:
    """Return each sum as N_LIMBS whole numbers, one sum after another, shape (len(sums) * N_LIMBS,)."""
    parts = [_gathered(part) for of_sum in sums for part in of_sum]
    starts = [index * N_LIMBS for index, of_sum in enumerate(sums) for _ in of_sum]
    mantissas = np.concatenate([part.mantissas for part in parts])
    bits = np.concatenate([part.exponents for part in parts]) - LOWEST_BIT
    places = bits // LIMB_BITS + np.repeat(starts, [len(part.mantissas) for part in parts])
    return _spread(mantissas, bits % LIMB_BITS, places, len(sums) * N_LIMBS)


def rounded_sums(columns: Floats) -> Floats:
    """Return the sum of each column, shape (n_columns, n), as limbs like `add_up`, of numbers rounded to 30 bits.

    Quicker, and as easy to take back: the same number is always rounded alike. Exact for up to 2^23 rows.
    """
    fractions, exponents = np.frexp(columns)
    least = int(exponents.min(initial=0))
    span = int(exponents.max(initial=0)) - least + 1
    places = exponents - least + np.arange(len(columns))[:, np.newaxis] * span
    weights = np.rint(fractions * 2**ROUNDED_BITS)
    sums = np.bincount(places.ravel(), weights=weights.ravel(), minlength=len(columns) * span)
    filled = np.flatnonzero(sums)
    bits = filled % span + least - ROUNDED_BITS - LOWEST_BIT
    starts = filled // span * N_LIMBS
    return _spread(sums[filled].astype(np.int64), bits % LIMB_BITS, bits // LIMB_BITS + starts, len(columns) * N_LIMBS)


def _gathered(part: Scaled) -> Scaled:
    """Return the same sum with fewer summands: one for each exponent, in halves that floats hold exactly."""
    if len(part.mantissas) < FEW_ROWS:
        return part
    least = part.exponents.min()
    places = part.exponents - least
    high = np.bincount(places, weights=part.mantissas >> HALF_BITS).astype(np.int64)
    low = np.bincount(places, weights=part.mantissas & HALF_MASK).astype(np.int64)
    exponents = np.arange(len(low)) + least
    return Scaled(np.concatenate([high, low]), np.concatenate([exponents + HALF_BITS, exponents]))


def _spread(mantissas: Integers, shifts: Integers, places: Integers, n_limbs: int) -> Floats:
    """Return mantissas, shifted by less than a limb, added to the three limbs that begin at their place."""
    low, high = (mantissas & LIMB_MASK) << shifts, (mantissas >> LIMB_BITS) << shifts
    chunks = (low & LIMB_MASK, (low >> LIMB_BITS) + (high & LIMB_MASK), high >> LIMB_BITS)
    where = np.concatenate([places, places + 1, places + 2])
    limbs = np.bincount(where, weights=np.concatenate(chunks), minlength=n_limbs)
    return np.asarray(limbs, dtype=np.float64)


def values_of(limbs: Floats) -> list[Fraction]:
    """Return the exact sums that limbs stand for."""
    return [_value_of(of_sum) for of_sum in limbs.reshape(-1, N_LIMBS)]


def _value_of(limbs: Floats) -> Fraction:
    places = np.flatnonzero(limbs)
    if len(places) == 0:
        return Fraction(0)
    first = int(places[0])
    whole = sum(int(limbs[place]) << (LIMB_BITS * (int(place) - first)) for place in places)
    exponent = LOWEST_BIT + LIMB_BITS * first
    return Fraction(whole << exponent) if exponent >= 0 else Fraction(whole, 1 << -exponent)


def as_float(value: Fraction) -> float:
    """Return the nearest float; infinite beyond the range of floats."""
    try:
        return float(value)
    except OverflowError:
        return float(np.copysign(np.inf, 1.0 if value > 0 else -1.0))


def root_of(value: Fraction) -> float:
    """Return the square root of a non-negative number that may itself be beyond the range of floats."""
    half = (value.numerator.bit_length() - value.denominator.bit_length()) // 2
    reduced = value / Fraction(4) ** half  # between 1/4 and 8
    with np.errstate(over="ignore"):
        return float(np.ldexp(np.sqrt(float(reduced)), half))
