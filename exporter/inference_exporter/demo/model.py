"""The demo's models: will a flight arrive late, and by how many minutes?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from .names import CATEGORICAL, FEATURES, LATE, ON_TIME, SCHEDULE

SEED = 2013
LATEST_MINUTES = 180.0
"""Longer delays count as this long in training, so that a few extreme flights do not decide."""


@dataclass(frozen=True)
class FlightModel:
    """A classifier and the score threshold for "late"."""

    pipeline: Pipeline
    threshold: float
    typical: NDArray[Any]
    """A typical flight: the most frequent category, the median of numbers; shape (number of features,)."""

    def scores(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability of being late; each row holds the values of `FEATURES` in order."""
        probabilities: NDArray[np.float64] = self.pipeline.predict_proba(rows)[:, 1]
        return probabilities

    def predictions(self, scores: NDArray[np.float64]) -> list[str]:
        """Return the class of each score."""
        return [LATE if score >= self.threshold else ON_TIME for score in scores]

    def attributions(self, rows: NDArray[Any], scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how much each score owes to each feature: the change if the feature were typical (occlusion).

        Shape (number of rows, number of features).
        """
        occluded = np.repeat(rows, len(FEATURES), axis=0)
        features = np.tile(np.arange(len(FEATURES)), len(rows))
        occluded[np.arange(len(occluded)), features] = self.typical[features]
        return scores[:, None] - self.scores(occluded).reshape(len(rows), len(FEATURES))


@dataclass(frozen=True)
class Models:
    """All models of the demo's model server."""

    champion: FlightModel
    challenger: FlightModel
    minutes: Pipeline


def feature_rows(table: pd.DataFrame) -> NDArray[Any]:
    """Return the features as the input of every pipeline."""
    rows: NDArray[Any] = table[list(FEATURES)].to_numpy(dtype=object)
    return rows


def train(flights: pd.DataFrame) -> Models:
    """Train every model on the flights with a known outcome."""
    known = flights[flights["outcome"].notna()]
    minutes = _pipeline(FEATURES, HistGradientBoostingRegressor(max_iter=60, max_leaf_nodes=15, random_state=SEED))
    minutes.fit(feature_rows(known), known["delay_minutes"].clip(upper=LATEST_MINUTES))
    return Models(train_classifier(known, FEATURES), train_classifier(known, SCHEDULE), minutes)


def train_classifier(known: pd.DataFrame, features: Sequence[str]) -> FlightModel:
    """Train a classifier on these features.

    The threshold predicts as many flights late as were late: at 0.5 hardly any
    would be, because three in four are on time.
    """
    late = (known["outcome"] == LATE).to_numpy()
    # Small trees: training has to finish in seconds, and accuracy is not the point.
    classifier = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=15, random_state=SEED)
    pipeline = _pipeline(features, classifier)
    rows = feature_rows(known)
    pipeline.fit(rows, late)
    threshold = float(np.quantile(pipeline.predict_proba(rows)[:, 1], 1 - late.mean()))
    return FlightModel(pipeline, threshold, _typical(known))


def _pipeline(features: Sequence[str], estimator: Any) -> Pipeline:
    """Return a pipeline that takes all features and uses these."""
    # Carriers that training has not seen become missing, which the trees can handle.
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    numbers = [FEATURES.index(name) for name in features if name not in CATEGORICAL]
    columns = make_column_transformer((encoder, list(range(len(CATEGORICAL)))), ("passthrough", numbers))
    return make_pipeline(columns, estimator)


def _typical(flights: pd.DataFrame) -> NDArray[Any]:
    values = [flights[name].mode()[0] if name in CATEGORICAL else flights[name].median() for name in FEATURES]
    return np.array(values, dtype=object)
