"""One stored prediction with all that is known about it, as a JSON object."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays import Column
from ..samples.batch import ModelKey
from .blocks import OUTCOMES, PREDICTIONS
from .buffer import ID, JOINED, OUTCOME, PREDICTED, TIME

Row = Mapping[str, Any]
GROUPS = ("scores", "tags", "features", "intermediate")
SINGLE = ("prediction", "action", "latency_seconds", "code", "trace_id")


def row_of(columns: Mapping[str, Column], row: int) -> dict[str, Any]:
    """Return one row of some columns; missing values are left out."""
    found = {name: _plain(column[row]) for name, column in columns.items()}
    return {name: value for name, value in found.items() if value is not None}


def _plain(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and math.isnan(plain) else plain


def record_of(key: ModelKey, rows: Sequence[tuple[int, Row]], name: str) -> dict[str, Any] | None:
    """Return the last prediction among rows with the hash of an id, with its outcomes; None if there is none.

    `rows` are pairs of kind and row, in the order in which they were written.
    """
    predictions = [row for kind, row in rows if kind == PREDICTIONS and row.get(ID) == name]
    if not predictions:
        return None
    last = predictions[-1]
    # An id may be used again: the time of the prediction tells whose outcome it is.
    outcomes = [row for kind, row in rows if kind == OUTCOMES and row[PREDICTED] == last[TIME]]
    history = [{"outcome": row[OUTCOME], "time": row[TIME], "joined": row[JOINED]} for row in outcomes]
    about = {"id": name, **key._asdict(), "time": last[TIME], **{single: last.get(single) for single in SINGLE}}
    about |= {group: _group(last, f"{group}.") for group in GROUPS}
    return about | {"outcome": history[-1]["outcome"] if history else None, "outcomes": history}


def _group(row: Row, prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}
