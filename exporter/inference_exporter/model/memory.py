"""Memory shared by models: a pool hands out bytes until it is empty."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields
from sys import getsizeof

import numpy as np

from ..arrays import Column, DictionaryColumn
from ..config.schema import LimitsConfig
from ..samples.batch import Batch


class Pool:
    """A number of bytes that may be in use at once, first come, first served."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self.held = 0

    def take(self, number: int) -> bool:
        """Take a number of bytes, if available."""
        with self._lock:
            # Refused at once rather than waited for: whoever asks holds a monitor's lock.
            if self.held + number > self._size:
                return False
            self.held += number
            return True

    def give_back(self, number: int) -> None:
        """Return a number of bytes to the pool."""
        with self._lock:
            self.held -= number


@dataclass(frozen=True)
class ModelMemory:
    """The pools that all models share."""

    predictions: Pool
    """For predictions that wait for their outcome."""
    learning: Pool
    """For samples that a reference will be learned from."""

    @classmethod
    def of(cls, limits: LimitsConfig) -> "ModelMemory":
        """Return the pools of a configuration."""
        return cls(Pool(limits.predictions_memory), Pool(limits.learning_memory))


def batch_bytes(batch: Batch) -> int:
    """Return roughly how many bytes the columns of a batch take."""
    size = 0
    for field in fields(Batch):
        value = getattr(batch, field.name)
        if isinstance(value, Mapping):
            size += sum(getsizeof(name) + _column_bytes(column) for name, column in value.items())
        elif isinstance(value, np.ndarray | DictionaryColumn | list | tuple) and field.name != "key":
            size += _column_bytes(value)
    return size


def _column_bytes(column: Column) -> int:
    if isinstance(column, np.ndarray):
        return column.nbytes
    if isinstance(column, DictionaryColumn):
        return column.codes.nbytes + sum(map(getsizeof, column.values))
    # A list holds pointers; what they point to is counted for each value, though small texts may be shared.
    return 8 * len(column) + sum(map(_value_bytes, column))


def _value_bytes(value: object) -> int:
    inner = sum(map(_value_bytes, value)) if isinstance(value, list) else 0
    return getsizeof(value) + inner
