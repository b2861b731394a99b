"""The joint behaviour of the reference's features: for the detector of the same name."""

import logging
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...config.schema import FeatureConfig
from ...reference.derived.vector import matrix_of
from ...reference.grid import Grid
from ...reference.reference import ColumnReference, Reference
from ...reference.traits import LearningSamples, Record, Trait
from ...samples.batch import Batch
from .measures import JOINT_MEASURES
from .measures._base import JointMeasure, Scores, mean_of
from .measures.discrepancy import MEASURE as DISCREPANCY
from .scores import Scoring, scores_of_column
from .spaces import NumericSpace, VectorSpace, learn_vector

log = logging.getLogger(__name__)
ROWS_AT_LEAST, ROWS_AT_MOST = 200, 20_000
FEATURES_AT_MOST = 50  # to limit the number of pairs and their sums
# Fewer rows than that are too noisy to show the variation between hours.
CHUNKS, CHUNK_AT_LEAST = 20, 100
SURE_PVALUE = 1e-3  # a chunk's effect counts as variation if noise explains it less often than this


@dataclass(frozen=True)
class Learned:
    """What is learned of `features` together, by measure, and of each vector in its space."""

    features: Sequence[str]
    measures: Mapping[str, Any]
    vectors: Mapping[str, Any]


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    """Learn each measure on the numeric features together, and the discrepancy on each vector."""
    batch = _some_of(samples.batch)
    if batch.size < ROWS_AT_LEAST:
        return None
    # From the reference itself, so that learning it again gives the same content, and the same checksum.
    seed = zlib.crc32(reference.version.encode())
    in_order = samples.times is not None
    grid = Grid(reference)
    located = grid.locate(batch)
    names = _features(reference, samples.settings)
    measures: dict[str, Any] = {}
    found: dict[str, Any] = {}
    if len(names) > 1:
        points = NumericSpace(Scoring(grid, names)).points(batch, located, slice(None))
        measures = {key: _learned(measure, points, seed, in_order) for key, measure in JOINT_MEASURES.items()}
    for name, of in reference.derived.items():
        if of["kind"] == "vector" and name in batch.sources:
            vectors = matrix_of(batch.sources[name], int(of["length"]))
            if np.isfinite(vectors).all(axis=1).sum() < ROWS_AT_LEAST:
                continue
            space = learn_vector(vectors, seed)
            points = VectorSpace(name, space).points(batch, located, slice(None))
            found[name] = {"space": space, "mmd": _learned(DISCREPANCY, points, seed, in_order)}
    return Learned(list(names), measures, found) if measures or found else None


def _some_of(batch: Batch) -> Batch:
    """Return evenly spaced samples, in order, if there are too many."""
    if batch.size <= ROWS_AT_MOST:
        return batch
    return batch.take(np.arange(ROWS_AT_MOST) * batch.size // ROWS_AT_MOST)


def _features(reference: Reference, settings: Mapping[str, FeatureConfig]) -> tuple[str, ...]:
    """Return the numeric features to watch together: of too many, those with the greatest variance in rank."""
    usable = [column for column in reference.of_group("feature") if column.numeric and _ranks_vary(column)]
    if len(usable) <= FEATURES_AT_MOST:
        return tuple(column.name for column in usable)
    log.info("watching the %d most varied of %d numeric features together", FEATURES_AT_MOST, len(usable))
    # The largest cell is the largest tie: features with few different values vary least in rank.
    kept = sorted(usable, key=lambda column: column.counts.max())[:FEATURES_AT_MOST]
    return tuple(column.name for column in usable if column in kept)


def _ranks_vary(column: ColumnReference) -> bool:
    return bool(scores_of_column(column.counts[:-2].astype(np.float64)).any())


def _learned(measure: JointMeasure, points: Scores, seed: int, in_order: bool) -> dict[str, Any]:
    """Return what a measure learns, with the greatest effect that parts of the reference itself show."""
    content = measure.learn(points, seed)
    return {**content, "band": _band(measure, content, points) if in_order else 0.0}


def _band(measure: JointMeasure, content: Mapping[str, Any], points: Scores) -> float:
    """Return how far parts of the reference, in order, are from the whole: its hours and days."""
    summary = measure.restore(content)
    chunks = np.array_split(points, max(1, min(CHUNKS, len(points) // CHUNK_AT_LEAST)))
    readings = [summary.read(mean_of(summary, chunk), len(chunk)) for chunk in chunks]
    return max((reading.effect for reading in readings if reading.pvalue < SURE_PVALUE), default=0.0)


RECORD = Record("joint", Learned)
TRAIT = Trait(RECORD, _learn)
