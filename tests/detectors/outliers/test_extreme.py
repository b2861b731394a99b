"""The description of an outlier."""

import numpy as np
import pytest
from inference_exporter.detectors.outliers.extreme import FEATURES_SHOWN, TEXT_LENGTH_AT_MOST, describe
from inference_exporter.detectors.outliers.learn import RECORD
from inference_exporter.detectors.outliers.watch import scorer_of
from inference_exporter.reference.grid import Grid
from unusual_samples import batch_of


@pytest.fixture
def described(reference):
    """Return a function that describes one sample."""
    scorer = scorer_of(Grid(reference), RECORD.of(reference))

    def tell_one(why, values="none", ids=None, **features):
        batch = batch_of({name: [value] for name, value in features.items()}, ids=ids)
        return describe(scorer, batch, scorer.grid.locate(batch), 0, why, 9.0, 1e-9, values)

    return tell_one


def test_the_strangest_feature_comes_first(described):
    """Features are ordered by their share of the score, with their range or category."""
    outlier = described("greatest", a=0.1, b=0.1, c=1e6, d="x", ids=["r-1"])
    first = outlier.features[0]
    assert (outlier.id, outlier.p_value, first.feature) == ("r-1", 1e-9, "c")
    assert first.lower > 20
    assert (first.upper, first.value) == (None, "")
    assert 0.5 < first.share <= 1
    assert sum(feature.share for feature in outlier.features) == pytest.approx(1)
    assert len(outlier.features) <= FEATURES_SHOWN


def test_columns_that_do_not_go_together_are_named(described):
    """If dependence is broken, the columns that break it are listed."""
    outlier = described("dependence", a=1.0, b=-1.0, c=4.0, d="x")
    assert {feature.feature for feature in outlier.features[:2]} == {"a", "b"}


@pytest.mark.parametrize(
    ("values", "shown"), [("none", ("", "")), ("numeric", ("1000000.0", "")), ("all", ("1000000.0", "?" * 100))]
)
def test_values_are_shown_as_configured(described, values, shown):
    """Raw values are left out, or kept for numbers, or for all features and truncated."""
    outlier = described("surprise", values, a=0.1, b=0.1, c=1e6, d="?" * 500)
    by_name = {feature.feature: feature for feature in outlier.features}
    assert (by_name["c"].value, by_name["d"].value) == shown
    assert by_name["d"].category == "__unseen__"
    assert all(len(feature.value) <= TEXT_LENGTH_AT_MOST for feature in outlier.features)


def test_a_sample_without_id_or_feature_is_described_too(described):
    """Absent parts are not made up."""
    outlier = described("surprise", "all", a=0.1)
    assert outlier.id == ""
    assert np.isnan(outlier.time)
    assert {feature.category for feature in outlier.features if feature.feature in "bcd"} == {"__missing__"}
