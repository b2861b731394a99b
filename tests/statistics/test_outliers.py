"""Outliers on real data: clean samples are flagged as rarely as promised, attacks are seen."""

from functools import cache

import numpy as np
import pytest
from inference_exporter.arrays import column_rows
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.detectors._base import WatchedModel
from inference_exporter.detectors.near_duplicates.watch import KIND as REPEATS
from inference_exporter.detectors.outliers.watch import KIND as OUTLIERS
from inference_exporter.learning.learning import learn
from inference_exporter.reference.grid import Grid
from inference_exporter.samples.batch import Batch, ModelKey
from scipy import stats

# The columns that tell time or identity, that are made of the outcome, or stand still over time.
NOT_FEATURES = {
    "electricity": {"row_id", "timestamp", "price_up"},
    "bike_sharing": {"row_id", "timestamp", "casual", "registered", "cnt"},
    "bank_marketing": {"row_id", "contact_month", "y"},
    "hotel_bookings": {"row_id", "booking_date", "arrival_date", "label_date", "reservation_status", "is_canceled"},
}
KEY = ModelKey("m", "1", "champion")
WINDOWS = (Window("1h", 3600.0),)
REFERENCE, CLEAN = 8000, 8000
every_set = pytest.mark.parametrize("name", NOT_FEATURES)


def taken(columns, rows):
    return {name: column_rows(column, rows) for name, column in columns.items()}


def batch_of(features):
    size = len(next(iter(features.values())))
    return Batch(size, KEY, np.full(size, np.nan), features=features)


class Halves:
    """Two random halves of a data set: a reference of one, the other to be judged."""

    def __init__(self, columns, n, seed):
        order = np.random.default_rng(seed).permutation(n)
        half = min(REFERENCE, n // 2)
        reference = learn(batch_of(taken(columns, order[:half])), in_order=False)
        self.grid = Grid(reference)
        self.features = taken(columns, order[half : half + CLEAN])
        self.watched = WatchedModel(self.grid, ModelConfig(), WINDOWS)

    def detector(self, kind=OUTLIERS):
        return kind.build(self.watched)

    def outliers(self, features=None):
        """Return which samples are outliers."""
        batch = batch_of(self.features if features is None else features)
        return self.detector().prepare(batch, self.grid.locate(batch)).outliers

    def window(self, kind, features, rows=slice(None)):
        """Return what a window of some samples shows, a second for each hundred."""
        batch, detector = batch_of(features), self.detector(kind)
        detector.add(detector.prepare(batch, self.grid.locate(batch)), 1e9 + np.arange(batch.size) / 100, 1e9 + 100)
        return detector.view(1e9 + 100).windows["1h"]


@pytest.fixture(scope="module")
def halves(data_set):
    """Return a function that splits a data set."""

    @cache
    def split(name, seed=1):
        columns = {key: column for key, column in data_set(name).items() if key not in NOT_FEATURES[name]}
        return Halves(columns, len(next(iter(columns.values()))), seed)

    return split


@every_set
def test_clean_samples_are_outliers_at_the_expected_share(halves, name):
    """Over three splits the share of outliers is within a factor of two of 0.001, and a Monte-Carlo interval."""
    found = np.concatenate([halves(name, seed).outliers() for seed in range(3)])
    low, high = stats.binom.interval(0.99, len(found), 0.001)
    assert low / 2 <= found.sum() <= high * 2


@every_set
def test_clean_windows_raise_nothing(halves, name):
    """No window of clean samples has unusual inputs or a flood, at any size."""
    split = halves(name)
    random = np.random.default_rng(2)
    n = len(next(iter(split.features.values())))
    for size in (100, 100, 100, 500, 500, 2000, n):
        features = taken(split.features, random.permutation(n)[:size])
        assert (size, split.window(OUTLIERS, features).unusual) == (size, 0)
        assert (size, split.window(REPEATS, features).flood) == (size, 0)


@every_set
def test_a_million_is_an_outlier(halves, name):
    """A sample of which one number is a million standard deviations away is always an outlier."""
    split = halves(name)
    for column in split.grid.columns:
        if column.numeric and column.stddev > 0:
            features = taken(split.features, np.arange(50))
            features[column.name] = np.full(50, column.mean + 1e6 * column.stddev)
            assert split.outliers(features).all(), column.name


@every_set
def test_one_outlier_raises_no_alarm(halves, name):
    """One sample of nothing but the unheard-of among fifty is no alarm."""
    split = halves(name)
    features = taken(split.features, np.arange(50))
    for column in split.grid.columns:
        own = features[column.name]
        features[column.name] = (
            np.append(own[1:], 1e12) if isinstance(own, np.ndarray) else [*list(own)[1:], "never heard of"]
        )
    window = split.window(OUTLIERS, features)
    assert (window.outliers >= 1, window.unusual) == (True, 0)


@pytest.mark.parametrize(
    ("name", "share", "verdicts"),
    [("electricity", 0.003, (0, 1)), ("bike_sharing", 0.05, (1,)), ("bank_marketing", 0.01, (1,))],
)
def test_shuffled_columns_are_seen_by_their_dependence(halves, name, share, verdicts):
    """Where columns depend on each other, rows put together at random are outliers many times as often as expected."""
    split = halves(name)
    random, shuffled = np.random.default_rng(3), {}
    for key, column in split.features.items():
        shuffled |= taken({key: column}, random.permutation(len(column)))
    detector, batch = split.detector(), batch_of(shuffled)
    scores = detector._scorer.scores(split.grid.locate(batch))
    assert (scores.dependence >= detector._bounds["dependence"]).mean() > share
    assert (scores.surprise >= detector._bounds["surprise"]).mean() < 0.002
    # Prices with rare spikes hide behind their own clean tail: four times as many outliers are hardly a verdict.
    assert split.window(OUTLIERS, shuffled).unusual in verdicts


@every_set
def test_a_flood_of_copies_is_seen(halves, name):
    """One sample that makes up a quarter of two thousand is a flood."""
    split = halves(name)
    rows = np.where(np.arange(2000) % 4 == 0, 17, np.arange(2000))
    assert split.window(REPEATS, taken(split.features, rows)).flood == 1
