"""What to expect of the values of each feature, from the reference."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import Floats
from ...reference.grid import Grid
from .frozen import can_freeze, greatest_share
from .learn import RECORD
from .types import KINDS


@dataclass(frozen=True, eq=False)
class Expected:
    """Expectations for each feature, shape (n_features,)."""

    places: NDArray[np.intp]
    rows: Floats
    missing: Floats
    invalid: Floats
    singletons: Floats
    wrong_types: Floats
    misformed: Floats
    texts: Floats
    skew: tuple[Floats, Floats]
    """Compared and differing; compared is 0 if the reference has no raw values."""
    shares: Floats
    pauses: tuple[Floats, Floats]


def expected_of(grid: Grid) -> Expected:
    """Return the expectations from a reference for its features."""
    places = [index for index, column in enumerate(grid.columns) if column.group == "feature"]
    columns = [grid.columns[index] for index in places]
    values = RECORD.of(grid.reference)
    of_each: list[Mapping[str, Any]] = [values.features.get(column.name, {}) if values else {} for column in columns]

    def learned(*path: str, unknown: float = 0.0) -> Floats:
        return np.array([_at(of, path, unknown) for of in of_each], dtype=np.float64)

    shares = [
        greatest_share(column) if can_freeze(column, of.get("runs")) else math.nan
        for column, of in zip(columns, of_each, strict=True)
    ]
    return Expected(
        places=np.array(places, dtype=np.intp),
        rows=np.array([column.counts.sum() for column in columns], dtype=np.float64),
        # The last two cells of a column: invalid, then missing.
        missing=np.array([column.counts[-1] for column in columns], dtype=np.float64),
        invalid=np.array([column.counts[-2] for column in columns], dtype=np.float64),
        singletons=learned("met_once"),  # the name in reference files of all releases
        wrong_types=np.sum([learned("wrong_types", kind) for kind in KINDS], axis=0),
        misformed=learned("format", "misformed"),
        texts=learned("format", "texts"),
        skew=(learned("skew", "compared"), learned("skew", "differing")),
        shares=np.array(shares, dtype=np.float64),
        pauses=(learned("runs", "rows", unknown=math.nan), learned("runs", "seconds", unknown=math.nan)),
    )


def _at(content: Any, path: Sequence[str], unknown: float) -> float:
    for key in path:
        content = content.get(key) if content else None
    return unknown if content is None else float(content)
