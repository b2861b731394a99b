"""How much each feature contributed to the reference's predictions, where its rows say so."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...arrays import Column
from ...reference.reference import Reference
from ...reference.traits import LearningSamples, Trait
from ...values.numbers import as_numbers


def _learn(samples: LearningSamples, reference: Reference) -> dict[str, Any] | None:
    content = learned({name: as_numbers(column) for name, column in samples.batch.attributions.items()})
    return content if content["features"] else None


def learned(attributions: Mapping[str, Column]) -> dict[str, Any]:
    """Return mean absolute attribution of each feature that has any, and the standard error of that mean."""
    features: dict[str, dict[str, float]] = {}
    for name, column in attributions.items():
        sizes = np.abs(as_numbers(column))
        sizes = sizes[np.isfinite(sizes)]
        if len(sizes) > 1:
            error = float(sizes.std(ddof=1) / np.sqrt(len(sizes)))
            features[name] = {"mean_abs": float(sizes.mean()), "error": error}
    return {"features": features}


TRAIT = Trait("attributions", _learn)
