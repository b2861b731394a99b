"""Properties of every data quality measure, and its counts."""

import math
import pkgutil

import numpy as np
import pytest
from inference_exporter.measures import quality
from inference_exporter.measures.quality import MEASURES
from inference_exporter.measures.quality._base import QualityCounts

REFERENCE = {"n": [1.0, 2.0, 3.0, 4.0] * 10, "c": ["a", "b"] * 20}
WINDOW = {
    "n": [1.0, None, math.nan, math.inf, 0.5, 4.5, 99.0, "x", [1], 2.0],
    "c": ["a", None, "z", "y", ["a"], "b", "b", {}, "a", 1],
}
EXPECTED = {
    "missing_ratio": (0.2, 0.1),
    "invalid_ratio": (0.3, 0.2),
    "unseen_ratio": (math.nan, 0.3),
    "out_of_range_ratio": (0.3, math.nan),
}


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.key)
class TestEveryQualityMeasure:
    def test_counts_what_it_is_named_after(self, measure, histogram_view):
        """Of ten values each kind of fault is counted, in a numeric and in a categorical feature."""
        view = histogram_view(REFERENCE, WINDOW)
        assert measure.compute(view.quality) == pytest.approx(EXPECTED[measure.key], nan_ok=True)

    def test_no_values_are_unknown(self, measure, histogram_view):
        """Without traffic the share is NaN, not zero."""
        assert np.isnan(measure.compute(histogram_view(REFERENCE, {"n": [], "c": []}).quality)).all()

    def test_a_clean_window_has_none(self, measure, histogram_view):
        """The reference's values have no faults."""
        shares = measure.compute(histogram_view(REFERENCE, REFERENCE).quality)
        assert np.nan_to_num(shares) == pytest.approx([0.0, 0.0])

    def test_says_what_it_is(self, measure):
        """A measure has a key that is a ratio, a title, and a help text of one sentence."""
        assert measure.key.endswith("_ratio")
        assert measure.help.endswith(".")


def test_every_file_is_registered():
    """A measure without its registration line fails here."""
    files = {module.name for module in pkgutil.iter_modules(quality.__path__) if not module.name.startswith("_")}
    assert {measure.compute.__module__.rpartition(".")[2] for measure in MEASURES.values()} == files


def test_a_feature_that_was_always_missing_has_no_range(histogram_view):
    """If the reference has no numbers, nothing is out of range."""
    view = histogram_view({"n": np.full(60, np.nan)}, {"n": np.array([5.0, np.nan])})
    counts = view.quality
    assert isinstance(counts, QualityCounts)
    assert MEASURES["missing_ratio"].compute(counts) == pytest.approx([0.5])
    assert math.isnan(MEASURES["out_of_range_ratio"].compute(counts)[0])
