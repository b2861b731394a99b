"""Found: stored predictions as a join needs them, put together from blocks and from what is not written yet."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, DictionaryColumn, Floats
from ..values.numbers import as_numbers
from .blocks import OUTCOMES, PREDICTIONS
from .buffer import JOINED, OUTCOME, PREDICTED, PREDICTION, SCORES, TIME

Places = NDArray[np.int64]
Numbers = NDArray[np.intp]


class Found(NamedTuple):
    """The newest stored prediction of each id that has one, and its last outcome."""

    rows: Numbers
    """Which of the wanted ids."""
    times: Floats
    prediction: Column
    scores: Mapping[str, Floats]
    outcome: Column
    """None where no outcome is known."""
    joined: Floats
    """When the outcome and its prediction were both known, NaN without."""


class Candidates:
    """Rows of the store with wanted hashes, of both kinds, filled block by block.

    Parameters
    ----------
    rows : ndarray of int, shape (n,)
        Which wanted id each belongs to.
    places : ndarray of int, shape (n,)
        Later rows have greater places.
    """

    def __init__(self, rows: Numbers, places: Places) -> None:
        self._rows, self._places = rows, places
        n = len(rows)
        self._kinds = np.full(n, -1, dtype=np.int8)
        self._values = np.full(n, None, dtype=object)
        self._times, self._joined, self._predicted = (np.full(n, np.nan) for _ in range(3))
        self._scores: dict[str, Floats] = {}

    def fill(self, at: Numbers, kind: int, columns: Mapping[str, Column]) -> None:
        """Put in the columns of some candidates."""
        self._kinds[at] = kind
        self._times[at] = columns[TIME]
        value = columns.get(PREDICTION if kind == PREDICTIONS else OUTCOME)
        if value is not None:
            self._values[at] = _objects(value)
        if kind == OUTCOMES:
            self._joined[at], self._predicted[at] = columns[JOINED], columns[PREDICTED]
            return
        for name, column in columns.items():
            if name.startswith(SCORES):
                self._score(name.removeprefix(SCORES))[at] = as_numbers(column)

    def _score(self, name: str) -> Floats:
        if name not in self._scores:
            self._scores[name] = np.full(len(self._rows), np.nan)
        return self._scores[name]

    def found(self) -> Found:
        """Return the newest prediction of each wanted id, with its newest outcome."""
        last = self._last(self._kinds == PREDICTIONS)
        rows = self._rows[last]
        outcomes = self._outcomes_of(last)
        has = outcomes >= 0
        values = self._values[outcomes]
        values[~has] = None
        joined = np.where(has, self._joined[outcomes], np.nan)
        scores = {name: column[last] for name, column in self._scores.items()}
        return Found(rows, self._times[last], self._values[last].tolist(), scores, values.tolist(), joined)

    def _last(self, of_kind: NDArray[np.bool_]) -> Numbers:
        """Return the last candidate of a kind for each wanted id."""
        at = np.flatnonzero(of_kind)
        # By id, then in the order of writing; the last of each run is the newest.
        at = at[np.lexsort((self._places[at], self._rows[at]))]
        rows = self._rows[at]
        return at[np.flatnonzero(np.diff(rows, append=-1))]

    def _outcomes_of(self, predictions: Numbers) -> Numbers:
        """Return the last outcome of each of these predictions, -1 without.

        An outcome of an earlier prediction with the same id does not count.
        """
        time_of = np.full(int(self._rows.max(initial=0)) + 1, np.nan)
        time_of[self._rows[predictions]] = self._times[predictions]
        last = self._last((self._kinds == OUTCOMES) & (self._predicted == time_of[self._rows]))
        outcome_of = np.full(len(time_of), -1, dtype=np.intp)
        outcome_of[self._rows[last]] = last
        return outcome_of[self._rows[predictions]]


def _objects(column: Column) -> NDArray[np.object_]:
    if isinstance(column, DictionaryColumn):
        values = np.empty(len(column.values) + 1, dtype=object)
        # The last place stays None, which code −1 selects.
        values[:-1] = column.values
        return values[column.codes]
    objects = np.empty(len(column), dtype=object)
    objects[:] = column.tolist() if isinstance(column, np.ndarray) else list(column)
    return objects
