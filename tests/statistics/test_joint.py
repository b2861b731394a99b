"""Features together: clean windows raise nothing, changes that no feature shows alone are seen."""

import numpy as np
import pytest
from inference_exporter.detectors.multivariate.measures import JOINT_MEASURES
from inference_exporter.detectors.multivariate.measures._base import mean_of
from inference_exporter.detectors.multivariate.scores import Scoring
from inference_exporter.learning.learning import learn
from inference_exporter.reference.derived.text import KIND as TEXT
from inference_exporter.reference.grid import Grid
from inference_exporter.samples.batch import Batch, ModelKey

NOT_FEATURES = {"row_id", "casual", "registered", "cnt", "price_up", "y", "is_canceled"}
DATA_SETS = ("electricity", "bike_sharing", "bank_marketing", "hotel_bookings")
REFERENCE_ROWS, REFERENCES = 5000, 6
ENGLISH = "the room was small but clean and we liked the view from there very much in the evening"
GERMAN = "das zimmer war klein aber sauber und der blick von dort gefiel uns sehr am abend"
KEY = ModelKey("m", "1", "champion")


def numeric_columns(table):
    return {key: of for key, of in table.items() if isinstance(of, np.ndarray) and key not in NOT_FEATURES}


def batch_of(columns, rows):
    taken = {name: column[rows] for name, column in columns.items()}
    return Batch(len(rows), KEY, np.full(len(rows), 1.8e9), features=taken)


def learned_of(columns, seed):
    """Return what is learned of a random part of the rows, and the scores of all others."""
    order = np.random.default_rng(seed).permutation(len(next(iter(columns.values()))))
    reference = learn(batch_of(columns, order[:REFERENCE_ROWS]), in_order=False, created=1.0)
    content = reference.traits["joint"]
    grid, rest = Grid(reference), batch_of(columns, order[REFERENCE_ROWS:])
    scores = Scoring(grid, tuple(content["features"])).of(grid.locate(rest), slice(None))
    summaries = {key: measure.restore(content["measures"][key]) for key, measure in JOINT_MEASURES.items()}
    return summaries, scores


@pytest.fixture(scope="module", params=DATA_SETS)
def splits(request, data_set):
    """Return what references of different rows of one table learned, each with the scores of all other rows."""
    columns = numeric_columns(data_set(request.param))
    return [learned_of(columns, seed) for seed in range(1, 1 + REFERENCES)]


@pytest.fixture
def split(splits):
    """Return the first of them."""
    return splits[0]


@pytest.mark.parametrize("size", [50, 200, 1000])
def test_pvalues_of_clean_windows_are_what_they_say(splits, size):
    """Of random windows of real data no more have a small p-value than it says, with room for six references.

    The error of one reference is in all of its p-values, so that several are needed to tell it from the measure's.
    """
    random = np.random.default_rng(size)
    for key in JOINT_MEASURES:
        pvalues = np.array([
            summaries[key].read(mean_of(summaries[key], scores[random.integers(0, len(scores), size)]), size).pvalue
            for summaries, scores in splits
            for _ in range(100)
        ])  # fmt: skip
        pvalues = pvalues[~np.isnan(pvalues)]
        assert (key, (pvalues <= 0.1).mean()) < (key, 0.2)
        assert (key, (pvalues <= 0.01).mean()) < (key, 0.04)
        assert key and pvalues.min(initial=1.0) > 1e-5


def test_columns_of_rows_mixed_up_are_seen(split):
    """Real rows whose columns were shuffled one by one have every margin as ever, and are seen in 500 rows."""
    summaries, scores = split
    random = np.random.default_rng(2)
    mixed = np.stack([random.permutation(column)[:500] for column in scores.T], axis=1)
    pvalues = {key: summary.read(mean_of(summary, mixed), 500).pvalue for key, summary in summaries.items()}
    assert np.nanmin(list(pvalues.values())) < 1e-8


def test_another_language_is_seen_in_text_features(histogram_view):
    """A third of the reviews in another language drifts the n-gram distance, and no clean half of them does."""
    random = np.random.default_rng(3)

    def reviews(n, foreign):
        own = [GERMAN if random.random() < foreign else ENGLISH for _ in range(n)]
        return [" ".join(random.choice(words.split(), random.integers(8, 16))) for words in own]

    def derived(texts, reference):
        content, own = TEXT.learn(reference)
        return own, TEXT.read(content)(texts)

    reference = reviews(2000, 0.0)
    for foreign, expected in ((0.0, 0.0), (0.33, 1.0)):
        own, window = derived(reviews(400, foreign), reference)
        view = histogram_view(own, window)
        verdict = dict(zip([column.name for column in view.grid.columns], view.drifted, strict=True))
        assert verdict["ngram_distance"] == expected
        assert foreign or max(verdict.values()) == 0.0
