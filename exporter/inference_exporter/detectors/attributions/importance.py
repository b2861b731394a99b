"""How much each feature matters to the model, if known, to rank drift by its effect."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from ...arrays import Floats
from ...config.schema import ModelConfig
from ...reference.grid import Grid
from .learn import RECORD


def importances_of(grid: Grid, config: ModelConfig) -> Floats | None:
    """Return the importance of each column, shape (n_columns,), with mean 1 over the features; None if unknown.

    Configured importance takes precedence over the mean absolute attributions of
    the reference. A feature with neither counts as the least important of the
    others; derived features share the importance of their source. Columns that
    are not features have 1.
    """
    configured = {name: of.importance for name, of in config.features.items() if of.importance is not None}
    names = [column.name for column in grid.columns if column.group == "feature"]
    for given in (configured, _attributed(grid)):
        shares = _shares([grid.reference.source_of(name) for name in names], names, given)
        if not np.isnan(shares).all() and np.nansum(shares) > 0:
            # Features without an importance count as the least important one: they were left out, not measured as 0.
            known = np.where(np.isnan(shares), np.nanmin(shares), shares)
            # Predictions and scores are not ranked: they keep 1.
            importances = np.ones(len(grid.columns))
            importances[[column.group == "feature" for column in grid.columns]] = known / known.mean()
            return importances
    return None


def _attributed(grid: Grid) -> dict[str, float]:
    learned = RECORD.of(grid.reference)
    return {name: float(of["mean_abs"]) for name, of in learned.features.items()} if learned else {}


def _shares(sources: list[str], names: list[str], given: Mapping[str, float]) -> Floats:
    """Return the importance given for each feature, or its share of that given for its source; NaN without either."""
    parts = Counter(sources)
    return np.array(
        [
            given.get(name, given.get(source, np.nan) / parts[source])
            for name, source in zip(names, sources, strict=True)
        ]
    )
