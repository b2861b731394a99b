"""The demo's model: will a flight arrive late?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from .names import CATEGORICAL, FEATURES, LATE, ON_TIME

SEED = 2013


@dataclass(frozen=True)
class FlightModel:
    """A scikit-learn pipeline and the score threshold for "late"."""

    pipeline: Pipeline
    threshold: float

    def scores(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability of being late; each row holds the values of `FEATURES` in order."""
        probabilities: NDArray[np.float64] = self.pipeline.predict_proba(rows)[:, 1]
        return probabilities

    def predictions(self, scores: NDArray[np.float64]) -> list[str]:
        """Return the class of each score."""
        return [LATE if score >= self.threshold else ON_TIME for score in scores]


def feature_rows(table: pd.DataFrame) -> NDArray[Any]:
    """Return the features as the pipeline's input."""
    rows: NDArray[Any] = table[list(FEATURES)].to_numpy(dtype=object)
    return rows


def train(flights: pd.DataFrame) -> FlightModel:
    """Train a model on the flights with a known outcome.

    The threshold predicts as many flights late as were late: at 0.5 hardly any
    would be, because three in four are on time.
    """
    known = flights[flights["outcome"].notna()]
    late = (known["outcome"] == LATE).to_numpy()
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    pipeline = make_pipeline(
        make_column_transformer((encoder, list(range(len(CATEGORICAL)))), remainder="passthrough"),
        HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=15, random_state=SEED),
    )
    rows = feature_rows(known)
    pipeline.fit(rows, late)
    threshold = float(np.quantile(pipeline.predict_proba(rows)[:, 1], 1 - late.mean()))
    return FlightModel(pipeline, threshold)
