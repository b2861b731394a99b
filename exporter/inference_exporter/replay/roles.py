"""Roles of the columns of a flat table, from the command's flags; every other column is a feature."""

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, Floats, column_rows
from ..errors import TableError
from ..samples.batch import Batch, ModelKey, OutcomeBatch
from ..samples.batch_rows import batch_rows
from ..values.categories import category_text
from ..values.numbers import as_numbers
from ..values.times import times_of
from .account import Fault

DEFAULT_TIME_COLUMN = "time"


@dataclass(frozen=True)
class Roles:
    """Names of columns; None without a column of that kind."""

    time: str | None = None
    prediction: str | None = None
    scores: Mapping[str, str] = field(default_factory=dict)
    """Column of each class."""
    intermediate: tuple[str, ...] = ()
    action: str | None = None
    outcome: str | None = None
    outcome_time: str | None = None
    outcome_delay_seconds: float = 0.0
    id: str | None = None
    latency: str | None = None
    code: str | None = None
    ignored: tuple[str, ...] = ()
    categorical: frozenset[str] = frozenset()
    """Features whose values stay as written, even if they look like numbers."""
    key: ModelKey = field(default_factory=ModelKey)

    def check(self, names: Collection[str], where: object) -> str:
        """Return the column of the time.

        Raises
        ------
        TableError
            If a named column does not exist, or none is named for the time.
        """
        flags: dict[str, list[str | None]] = {
            "--time-column": [self.time], "--prediction-column": [self.prediction],
            "--score-column": [*self.scores.values()], "--intermediate-columns": [*self.intermediate],
            "--action-column": [self.action], "--outcome-column": [self.outcome],
            "--outcome-time-column": [self.outcome_time], "--id-column": [self.id],
            "--latency-column": [self.latency], "--code-column": [self.code], "--ignore-columns": [*self.ignored],
        }  # fmt: skip
        for flag, wanted in flags.items():
            for name in wanted:
                if name is not None and name not in names:
                    raise TableError(f"{where}: {flag}: expected one of {', '.join(names)}, got {name!r}")
        time = self.time or (DEFAULT_TIME_COLUMN if DEFAULT_TIME_COLUMN in names else None)
        if time is None:
            raise TableError(f"{where}: --time-column: expected one of {', '.join(names)}, got none")
        return time

    @property
    def texts(self) -> frozenset[str]:
        """Columns of an untyped file that are never numbers: codes, and ids."""
        return self.categorical | ({self.id} if self.id is not None else frozenset())

    @property
    def classes(self) -> frozenset[str]:
        """Columns whose values may be class names."""
        return frozenset(name for name in (self.prediction, self.outcome, self.action) if name is not None)

    @property
    def no_features(self) -> frozenset[str]:
        """Columns that are not features."""
        named = (self.time or DEFAULT_TIME_COLUMN, self.prediction, self.outcome, self.outcome_time, self.id,
                 self.latency, self.code, self.action, *self.scores.values(), *self.intermediate,
                 *self.ignored)  # fmt: skip
        return frozenset(name for name in named if name is not None)


@dataclass(frozen=True, eq=False)
class Piece:
    """Some samples, sorted by time, and their outcomes."""

    batch: Batch
    outcomes: OutcomeBatch | None = None


def piece_of(
    table: Mapping[str, Column], times: Floats, lines: NDArray[np.intp], roles: Roles
) -> tuple[Piece, list[Fault]]:
    """Return the samples of a flat table whose `times` are all known, and the faults of the others.

    Parameters
    ----------
    lines : ndarray of int, shape (n,)
        The line of each row in its file: for messages, and as the id if the row has none.
    """
    size = len(times)
    numbers = {name: as_numbers(table[column]) for name, column in roles.scores.items()}
    latency = None if roles.latency is None else as_numbers(table[roles.latency])
    codes = None if roles.code is None else as_numbers(table[roles.code])
    faults = list(_faults(numbers, latency, codes, lines))
    ids = _ids(table, lines, roles)
    batch = Batch(
        size=size,
        key=roles.key,
        times=times,
        features={name: column for name, column in table.items() if name not in roles.no_features},
        prediction=None if roles.prediction is None else table[roles.prediction],
        scores=numbers,
        ids=ids,
        latency_seconds=latency,
        intermediate={name: table[name] for name in roles.intermediate},
        action=None if roles.action is None else table[roles.action],
    )
    # A slice in the usual case, which copies nothing.
    good = slice(None) if not faults else np.flatnonzero(~np.isin(lines, [fault.line for fault in faults]))
    if codes is not None:
        kept = np.where(np.isnan(codes), 200.0, codes)[good].astype(int).tolist()
        return Piece(_with_codes(batch_rows(batch, good), kept), _outcomes(table, batch, roles, good)), faults
    return Piece(batch_rows(batch, good) if faults else batch, _outcomes(table, batch, roles, good)), faults


def _with_codes(batch: Batch, codes: list[int]) -> Batch:
    return Batch(**{name: getattr(batch, name) for name in batch.__dataclass_fields__ if name != "codes"}, codes=codes)


def _faults(
    scores: Mapping[str, Floats], latency: Floats | None, codes: Floats | None, lines: NDArray[np.intp]
) -> Iterator[Fault]:
    wrong: dict[int, str] = {}
    for name, numbers in scores.items():
        wrong |= dict.fromkeys(np.flatnonzero(np.isinf(numbers)).tolist(), f"scores.{name}: expected a number")
    if latency is not None:
        bad = (latency < 0) | np.isinf(latency)
        wrong |= dict.fromkeys(np.flatnonzero(bad).tolist(), "latency_seconds: expected seconds, 0 or more")
    if codes is not None:
        bad = ~(np.isnan(codes) | ((codes >= 100) & (codes <= 599) & (codes == np.floor(codes))))
        wrong |= dict.fromkeys(np.flatnonzero(bad).tolist(), "code: expected an HTTP status from 100 to 599")
    for row in sorted(wrong):
        yield Fault(int(lines[row]), "invalid_field", wrong[row])


def _ids(table: Mapping[str, Column], lines: NDArray[np.intp], roles: Roles) -> list[str | None] | None:
    """Return ids if outcomes need them; otherwise they are not worth their cost."""
    if roles.outcome is None:
        return None
    # Only within this recording: an id is needed to join the outcome of the same row.
    if roles.id is None:
        return [f"line-{line}" for line in lines.tolist()]
    column = table[roles.id]
    values = column.tolist() if isinstance(column, np.ndarray) else column
    return [_id(value) for value in values]


def _id(value: object) -> str | None:
    if value is None or value != value:
        return None
    return category_text(value) if isinstance(value, str | float | int) else str(value)


def _outcomes(
    table: Mapping[str, Column], batch: Batch, roles: Roles, good: NDArray[np.intp] | slice
) -> OutcomeBatch | None:
    if roles.outcome is None or batch.ids is None:
        return None
    values = column_rows(table[roles.outcome], good)
    values = values.tolist() if isinstance(values, np.ndarray) else list(values)
    ids = column_rows(list(batch.ids), good)
    times = _outcome_times(table, batch, roles)[good]
    known = [
        row
        for row, (name, value) in enumerate(zip(ids, values, strict=True))
        if name is not None and value is not None and value == value
    ]
    return OutcomeBatch(roles.key, [ids[row] for row in known], [values[row] for row in known], times[known])


def _outcome_times(table: Mapping[str, Column], batch: Batch, roles: Roles) -> Floats:
    """Return when each outcome became known: as recorded, or with a delay after its sample."""
    later = batch.times + roles.outcome_delay_seconds
    if roles.outcome_time is None:
        return later
    recorded = times_of(table[roles.outcome_time], time.time()).seconds
    # A row without a recorded time falls back on the delay.
    return np.where(np.isnan(recorded), later, recorded)
