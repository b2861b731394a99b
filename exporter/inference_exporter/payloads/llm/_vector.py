"""A few numbers of an embedding: its norm and some projections, whose distributions show drift of its direction."""

from base64 import b64decode
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...arrays import Floats
from .._base import UnreadablePayload
from ._parts import kind_of

# A shift of the mean direction shows in some of eight random directions nearly always, and
# more features would each cost a part of the false-alarm budget.
PROJECTIONS = 8
DIMENSIONS_AT_MOST = 1 << 16
# Part of the format: another seed would make every learned reference of embeddings meaningless.
SEED = 20_261_127
LARGEST = 1e100  # its square is finite


def features_of(vectors: Sequence[Any], where: str) -> list[dict[str, float]]:
    """Return the features of each vector; `where` names one, with its place in braces.

    The projections are those of the vector's direction on fixed random ones
    (Johnson and Lindenstrauss 1984), times the square root of the dimension, so
    that they are about standard normal if nothing prefers a direction.
    """
    return [_features(_vector(value, where.format(place))) for place, value in enumerate(vectors)]


def _features(vector: Floats) -> dict[str, float]:
    norm = float(np.sqrt(np.square(vector).sum()))
    features = {"embedding_dimensions": float(len(vector)), "embedding_norm": norm}
    if norm > 0:
        # Rounded, because processors differ in the last digits.
        rounded = (_directions(len(vector)) @ (vector / norm)).round(6).tolist()
        features |= {f"embedding_projection_{place}": value for place, value in enumerate(rounded)}
    return features


# A server has a model or two, each with one dimension.
@lru_cache(maxsize=4)
def _directions(dimensions: int) -> Floats:
    """Return the random directions, shape (PROJECTIONS, dimensions)."""
    # RandomState, because its stream is frozen: features have to mean the same with any version of numpy.
    signs = np.random.RandomState(SEED).randint(0, 2, size=(PROJECTIONS, dimensions))
    return np.asarray(2.0 * signs - 1.0)


def _vector(value: Any, where: str) -> Floats:
    vector = _unpacked(value, where) if isinstance(value, str) else _numbers(value, where)
    if not 0 < len(vector) <= DIMENSIONS_AT_MOST:
        raise UnreadablePayload(f"{where}: expected 1 to {DIMENSIONS_AT_MOST} numbers, got {len(vector)}")
    if not (np.abs(vector) < LARGEST).all():
        raise UnreadablePayload(f"{where}: expected finite numbers, got one that is not")
    return vector


def _unpacked(text: str, where: str) -> Floats:
    """Return numbers in base64: single precision, little-endian."""
    try:
        return np.frombuffer(b64decode(text, validate=True), "<f4").astype(np.float64)
    except ValueError as error:
        raise UnreadablePayload(f"{where}: expected numbers in base64: {error}") from None


def _numbers(value: Any, where: str) -> Floats:
    if not isinstance(value, list) or not set(map(type, value)) <= {int, float}:
        raise UnreadablePayload(f"{where}: expected a list of numbers, got {kind_of(value)}")
    try:
        return np.array(value, dtype=np.float64)
    except OverflowError:
        raise UnreadablePayload(f"{where}: expected finite numbers, got one that is too large") from None
