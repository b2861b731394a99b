"""Turns a window's cell counts into the input of the verdict."""

from collections.abc import Mapping

import numpy as np

from ..arrays import Counts, Floats
from ..config.schema import FeatureConfig, ModelConfig
from ..measures.drift import Comparison
from ..measures.evidence import EvidenceInputs, Share, Thresholds
from ..measures.quality import QualityCounts
from ..measures.stretch_means import Stretches
from ..reference.grid import Grid
from ..reference.normal_scores import RankScores
from .comparing import Measuring


class Judging:
    """The parts of a model's verdicts that do not change from window to window."""

    def __init__(self, grid: Grid, measuring: Measuring, config: ModelConfig) -> None:
        self._grid = grid
        self._measuring = measuring
        self.scores = RankScores(grid)
        self.thresholds = thresholds_of(grid, config)
        self.reference_quality = measuring.quality(grid.reference_counts())
        self.numeric = np.array([column.numeric for column in grid.columns], dtype=np.bool_)
        self.minimum_samples = config.drift.minimum_samples
        self._fewer_missing = config.drift.fewer_missing

    def inputs(
        self,
        cells: Counts,
        comparison: Comparison,
        baseline: Counts | Floats | None = None,
        design: Mapping[str, Floats] | None = None,
        stretches: Stretches | None = None,
    ) -> EvidenceInputs:
        """Return the test inputs of a window's cells against those of a baseline, by default the reference.

        `design` gives, by a test's key, how many values of each column count as one, shape (n_columns,), and
        `stretches` how the means of the reference's stretches vary.
        """
        every = np.ones(len(self._grid.columns))
        location, scale, missing, shape = (
            (design or {}).get(key, every) for key in ("location", "scale", "missing", "shape")
        )
        window = self._measuring.quality(cells)
        # A mixture has fractional counts; the tests need whole ones.
        reference = self.reference_quality if baseline is None else self._measuring.quality(baseline).rounded()
        shifts = self.scores.compare(cells, baseline, (location, scale), stretches)
        # How values that are rare in the reference cluster is unknown: assume the strongest clustering observed.
        rare = np.fmax(shape, location)

        def of_rare(own: Floats, other: Floats) -> Share:
            return Share(np.floor(own / rare), np.ceil(other / rare))

        def of_missing(own: Floats, other: Floats) -> Share:
            return Share(np.rint(own / missing), np.rint(other / missing))

        return EvidenceInputs(
            comparison=comparison,
            values=of_missing(window.total, reference.total),
            rare_values=of_rare(window.total, reference.total),
            missing=of_missing(window.missing, reference.missing),
            invalid=of_rare(window.invalid, reference.invalid),
            unseen=of_rare(window.unseen, self.expected_unseen(reference)),
            # One of m values is the smallest and one the largest: the share beyond both is distributed like that of a
            # kind of value that the reference has once (Wilks 1941, Ann. Math. Stat. 12(1):91-96).
            out_of_range=of_rare(window.out_of_range, np.maximum(reference.out_of_range, 1.0)),
            location=shifts[0],
            scale=shifts[1],
            design=shape,
            fewer_missing=self._fewer_missing,
        )

    def expected_unseen(self, reference: QualityCounts) -> Floats:
        """Return the expected number of never-seen values: as many as the categories that occur once (Good 1953)."""
        return np.where(np.isnan(reference.unseen), np.nan, reference.unseen + self._measuring.singletons)


def thresholds_of(grid: Grid, config: ModelConfig) -> Thresholds:
    """Return the thresholds of each column."""
    default = FeatureConfig()
    psi = [
        (config.features.get(column.name, default).threshold if column.group == "feature" else None)
        or config.drift.threshold
        for column in grid.columns
    ]
    return Thresholds(np.array(psi, dtype=np.float64), np.full(len(grid.columns), config.drift.share_threshold))
