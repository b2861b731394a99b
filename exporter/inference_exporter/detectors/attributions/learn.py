"""How much each feature contributed to the reference's predictions, if its rows have attributions."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...arrays import Column
from ...reference.reference import Reference
from ...reference.traits import LearningSamples, Record, Trait
from ...values.numbers import as_numbers


@dataclass(frozen=True)
class Learned:
    """By feature, the mean absolute attribution (`mean_abs`) and its standard `error`."""

    features: Mapping[str, Mapping[str, float]]


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    content = learned({name: as_numbers(column) for name, column in samples.batch.attributions.items()})
    return Learned(content) if content else None


def learned(attributions: Mapping[str, Column]) -> dict[str, dict[str, float]]:
    """Return the mean absolute attribution of each feature that has any, and the standard error of that mean."""
    features: dict[str, dict[str, float]] = {}
    for name, column in attributions.items():
        sizes = np.abs(as_numbers(column))
        sizes = sizes[np.isfinite(sizes)]
        if len(sizes) > 1:
            with np.errstate(over="ignore", invalid="ignore"):  # attributions of 1e308 have no finite mean
                mean, error = float(sizes.mean()), float(sizes.std(ddof=1) / np.sqrt(len(sizes)))
            if np.isfinite(mean):
                features[name] = {"mean_abs": mean, "error": error if np.isfinite(error) else mean}
    return features


RECORD = Record("attributions", Learned)
TRAIT = Trait(RECORD, _learn)
