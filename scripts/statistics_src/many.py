"""Many windows at once: each is a column of one grid, so that the product's code judges hundreds in one call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from inference_exporter.arrays import Column, Counts, Floats
from inference_exporter.config.schema import ModelConfig
from inference_exporter.measures.drift._base import Comparison
from inference_exporter.measures.evidence import TESTS
from inference_exporter.measures.evidence._base import EvidenceInputs, Thresholds
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import ColumnReference, Reference, build
from inference_exporter.verdict.comparing import Measuring
from inference_exporter.verdict.decision import benjamini_hochberg, n_testable, weights_of
from inference_exporter.verdict.judging import Judging
from numpy.typing import NDArray

Shares = Callable[[ColumnReference], Floats]
"""The share of each cell of a column in a window."""


def references(columns: Sequence[Column], rows: int) -> list[ColumnReference]:
    """Return the learned references of columns, each the only column of its model."""
    return list(build({f"c{place}": column for place, column in enumerate(columns)}, rows, created=0.0).columns)


def repeated(columns: Sequence[ColumnReference], number: int, name: str = "changed") -> list[ColumnReference]:
    """Repeat columns in turn up to a number."""
    return [replace(columns[place % len(columns)], name=f"{name}{place}") for place in range(number)]


def drawn(samples: int, shares: Sequence[Floats], number: int, random: np.random.Generator) -> Counts:
    """Return the drawn cell counts of some windows, with the shares of the columns in turn."""
    return np.concatenate([random.multinomial(samples, shares[place % len(shares)]) for place in range(number)])


class Windows:
    """Windows, one per column; each column is the feature of another model."""

    def __init__(self, columns: Sequence[ColumnReference], rows: int) -> None:
        self.columns = columns
        self.grid = Grid(Reference(tuple(columns), rows, created=0.0))
        self._measuring = Measuring(self.grid)
        self.judging = Judging(self.grid, self._measuring, ModelConfig())

    def inputs(self, cells: Counts) -> EvidenceInputs:
        """Return the inputs of all windows."""
        return self.judging.inputs(cells, self._measuring.compare(cells, np.zeros(self.grid.n_sums)))


@dataclass(frozen=True)
class Evidence:
    """The evidence of all tests and windows, shape (n_tests, n_windows) each: computed once for many looks."""

    pvalues: Floats
    """1 if the effect is below the threshold, NaN if the test does not apply."""
    attainable: Floats

    @classmethod
    def of(cls, inputs: EvidenceInputs, thresholds: Thresholds) -> "Evidence":
        """Return the evidence of the inputs."""
        pvalues = np.array([test.pvalue(inputs) for test in TESTS.values()])
        small = np.array([test.effect(inputs) < test.threshold(thresholds) for test in TESTS.values()])
        attainable = np.array([test.attainable(inputs) for test in TESTS.values()])
        return cls(np.where(small & ~np.isnan(pvalues), 1.0, pvalues), attainable)

    def names(self, place: int, others: NDArray[np.intp], significance: float) -> bool:
        """Return whether a look reports a window among others, as `judge` would."""
        look = np.concatenate([[place], others])
        weights = weights_of(self.pvalues[:, look], self.attainable[:, look], significance)
        for number, level in enumerate((weights * significance).tolist()):
            if self.pvalues[number, place] <= level:  # skip the work otherwise
                own = self.pvalues[number, look]
                if benjamini_hochberg(own, level, n_testable(self.attainable[number, look], own, level))[0]:
                    return True
        return False


def picked(inputs: EvidenceInputs, places: NDArray[np.intp]) -> EvidenceInputs:
    """Return the inputs of some columns."""
    return EvidenceInputs(**{each.name: _picked(getattr(inputs, each.name), places) for each in fields(inputs)})


def _picked(value: Any, places: NDArray[np.intp]) -> Any:
    if isinstance(value, Comparison):
        sides = {each.name: getattr(value, each.name) for each in fields(value) if each.name != "cumulative"}
        picked: dict[str, Any] = {name: side[places] for name, side in sides.items() if isinstance(side, np.ndarray)}
        return replace(value, **picked)
    if isinstance(value, bool):
        return value
    # One array, or a pair of them.
    return value[places] if isinstance(value, np.ndarray) else type(value)(*(side[places] for side in value))
