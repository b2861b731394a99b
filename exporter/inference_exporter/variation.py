"""Natural variation: how far a column strays from its reference by the rhythm of hours, days and weeks alone."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .batch import Floats
from .grid import Grid

KEY = "natural_variation"


@dataclass(frozen=True, eq=False)
class NaturalVariation:
    """Bands of each test's effect, by stretches of as many samples and by stretches as long in time.

    The arrays have shape (n_columns, n_sizes) and (n_columns, n_periods).
    """

    sizes: tuple[int, ...] = ()
    periods_seconds: tuple[float, ...] = ()
    by_size: Mapping[str, Floats] = field(default_factory=dict)
    by_period: Mapping[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, grid: Grid) -> "NaturalVariation":
        """Return what a reference's rows told; nothing where they came in no known order."""
        content = grid.reference.traits.get(KEY)
        if content is None:
            return cls()
        return cls(
            tuple(content["sizes"]),
            tuple(content["periods_seconds"]),
            {key: np.array(bands, dtype=np.float64) for key, bands in content["by_size"].items()},
            {key: np.array(bands, dtype=np.float64) for key, bands in content["by_period"].items()},
        )

    def bands(self, samples: int, window_seconds: float) -> dict[str, Floats]:
        """Return the band of each test's effect for a window, shape (n_columns,) each.

        A window strays as far as a stretch of no more samples than it has, or as one that is no longer, whichever is
        farther: live traffic may be denser or thinner than the reference.
        """
        bands: dict[str, Floats] = {}
        if self.sizes:
            level = max(bisect_right(self.sizes, samples) - 1, 0)
            bands = {key: columns[:, level] for key, columns in self.by_size.items()}
        if self.periods_seconds:
            level = max(bisect_right(self.periods_seconds, window_seconds) - 1, 0)
            for key, columns in self.by_period.items():
                bands[key] = np.fmax(bands[key], columns[:, level]) if key in bands else columns[:, level]
        return bands
