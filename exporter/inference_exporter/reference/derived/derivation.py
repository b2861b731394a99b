"""Replaces features by the features derived from them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...arrays import Column, Floats
from ...config.schema import FeatureConfig
from ...samples.batch import Batch
from . import KINDS

Contents = Mapping[str, Mapping[str, Any]]


def learn_derived(batch: Batch, settings: Mapping[str, FeatureConfig]) -> tuple[dict[str, dict[str, Any]], Batch]:
    """Return the content needed for deriving, by feature, and the samples with derived features in place of sources."""
    contents: dict[str, dict[str, Any]] = {}
    parts: dict[str, dict[str, Floats]] = {}
    for name, column in batch.features.items():
        wanted = settings.get(name, FeatureConfig())
        kind = None if wanted.ignore else _kind_of(column, wanted.kind)
        if kind is not None:
            content, parts[name] = KINDS[kind].learn(column)
            contents[name] = {"kind": kind, **content}
    return contents, _replaced(batch, parts)


def _kind_of(column: Column, wanted: str) -> str | None:
    if wanted in KINDS:
        return wanted
    if wanted != "auto" or (isinstance(column, np.ndarray) and column.ndim == 1):
        return None
    return next((key for key, kind in KINDS.items() if kind.looks_like(column)), None)


def _replaced(batch: Batch, parts: Mapping[str, Mapping[str, Floats]]) -> Batch:
    if not parts:
        return batch
    features: dict[str, Column] = {}
    for name, column in batch.features.items():
        if name in parts:
            features.update({f"{name}:{part}": values for part, values in parts[name].items()})
        else:
            features[name] = column
    return replace(batch, features=features, sources={name: batch.features[name] for name in parts})


class Derivation:
    """Derives the features of a reference from those that samples carry."""

    def __init__(self, contents: Contents) -> None:
        self._derive = {name: KINDS[content["kind"]].read(content) for name, content in contents.items()}
        self.sources = frozenset(self._derive)

    def apply(self, batch: Batch) -> Batch:
        """Return a batch with derived features in place of their sources, which move to `batch.sources`."""
        if not self._derive:
            return batch
        present = {name: derive for name, derive in self._derive.items() if name in batch.features}
        return _replaced(batch, {name: derive(batch.features[name]) for name, derive in present.items()})
