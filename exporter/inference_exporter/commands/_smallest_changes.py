"""What a reference can see: the smallest changes that a look names, for windows of some sizes."""

import math
from collections.abc import Sequence

import numpy as np

from ..config.schema import DEFAULT_WINDOWS, DriftConfig, ModelConfig
from ..explain.formatting import count, number
from ..learning.baselines import names_of_seasons
from ..reference.grid import Grid
from ..reference.natural_variation import CHOSEN, NaturalVariation
from ..reference.reference import Reference
from ..verdict.budget import significance_per_look
from ..verdict.comparing import Measuring
from ..verdict.judging import Judging
from ..verdict.smallest_change import Circumstances, SmallestChanges, smallest_changes

# From a window of a small model's five minutes to one of a busy model's hour.
SIZES = (200, 1_000, 10_000)
# Below, rows are close enough to independent to leave it out.
NOTABLE_DESIGN = 1.5


def table_of_smallest_changes(reference: Reference) -> list[Sequence[str]]:
    """Return rows for people, one a column: what windows of each size see, with the default windows and budget."""
    grid = Grid(reference)
    judging = Judging(grid, Measuring(grid), ModelConfig())
    variation = NaturalVariation.of(grid, CHOSEN if names_of_seasons(reference) else None)
    longest = max(window.seconds for window in DEFAULT_WINDOWS)
    given = [_given(variation, samples, longest) for samples in SIZES]
    found = [smallest_changes(judging, each) for each in given]
    header = ("", "column", *(f"at {count(samples)} samples" for samples in SIZES), "natural variation")
    return [
        header,
        *(
            (
                column.group,
                column.name,
                *(_cell(changes, place) for changes in found),
                _natural(given[1], place),
            )
            for place, column in enumerate(grid.columns)
        ),
    ]


def _given(variation: NaturalVariation, samples: int, seconds: float) -> Circumstances:
    lengths = [window.seconds for window in DEFAULT_WINDOWS]
    significance = significance_per_look(DriftConfig().false_alarms_per_month, lengths)
    design, bands = variation.design_effects(samples, seconds), variation.bands(samples, seconds)
    return Circumstances(samples, significance, design, bands)


def _cell(changes: SmallestChanges, place: int) -> str:
    shift, missing, new = (float(of[place]) for of in (changes.shift, changes.missing, changes.new_category))
    parts = [f"{number(shift)} sd" if math.isfinite(shift) else "no shift"] if not math.isnan(shift) else []
    parts += [f"new {number(100 * new)} %" if new <= 1 else "nothing new"] if not math.isnan(new) else []
    parts += [f"missing +{number(100 * missing)}" if missing <= 1 else "no missing"] if not math.isnan(missing) else []
    return ", ".join(parts)


def _natural(given: Circumstances, place: int) -> str:
    """Return the band and the effective samples at a size; empty if the rows show neither."""
    band = float(given.bands["location"][place]) if "location" in given.bands else math.nan
    design = np.fmax.reduce([1.0, *(of[place] for of in given.design.values())])
    parts = [f"within {number(band)} sd"] if band > 0 else []
    if design >= NOTABLE_DESIGN:
        parts.append(f"{count(given.samples)} samples worth {count(max(given.samples / design, 1.0))}")
    return ", ".join(parts)
