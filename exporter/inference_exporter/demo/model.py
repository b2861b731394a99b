"""The demo's model: is a flight going to arrive late?"""

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
    """A scikit-learn pipeline and the score from which a flight is called late."""

    pipeline: Pipeline
    threshold: float

    def scores(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability of being late; each row holds the values of `FEATURES` in their order."""
        probabilities: NDArray[np.float64] = self.pipeline.predict_proba(rows)[:, 1]
        return probabilities

    def predictions(self, scores: NDArray[np.float64]) -> list[str]:
        """Return what the scores are called."""
        return [LATE if score >= self.threshold else ON_TIME for score in scores]


def feature_rows(table: pd.DataFrame) -> NDArray[Any]:
    """Return the features as the pipeline takes them."""
    rows: NDArray[Any] = table[list(FEATURES)].to_numpy(dtype=object)
    return rows


def train(flights: pd.DataFrame) -> FlightModel:
    """Return a model of the flights whose outcome is known.

    A flight is called late where its score is among the highest, as many as
    were late: at 0.5 hardly any would be, since three in four are on time.
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
