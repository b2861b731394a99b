"""What holds for every drift measure, however many there will be."""

import math
import pkgutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures import drift
from inference_exporter.measures.drift import MEASURES
from inference_exporter.registry import table_of

COUNTS = st.lists(st.integers(0, 10_000), min_size=8, max_size=8).filter(any)
PVALUES = {"chi2_pvalue", "ks_pvalue"}
BOUNDED = {"js_distance", "hellinger_distance", "total_variation", "ks_statistic", *PVALUES}


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.key)
class TestEveryDriftMeasure:
    @given(middle=COUNTS)
    def test_same_histogram_is_no_drift(self, measure, comparison, middle):
        """A window equal to the reference measures zero, or the chance 1."""
        # The tails are distances beyond the reference's range, where a reference itself has nothing.
        inside = [0, *middle, 0]
        value = measure.compute(comparison(inside, inside))
        assert value == pytest.approx(1.0 if measure.key in PVALUES else 0.0, abs=1e-7)

    def test_empty_window_is_unknown(self, measure, comparison):
        """A window without traffic measures NaN: unknown, not zero drift."""
        assert math.isnan(measure.compute(comparison([0, 3, 4, 0], [0, 0, 0, 0])))

    def test_empty_reference_is_unknown(self, measure, comparison):
        """So does a reference that holds nothing."""
        assert math.isnan(measure.compute(comparison([0, 0, 0, 0], [0, 3, 4, 0])))

    @given(reference=COUNTS, window=COUNTS, padding=st.integers(1, 5))
    def test_padding_changes_nothing(self, measure, comparison, reference, window, padding):
        """Zero buckets that only fill up a matrix do not count as the column's own."""
        plain = measure.compute(comparison(reference, window))
        assert measure.compute(comparison(reference, window, padding)) == pytest.approx(float(plain), rel=1e-12)

    @given(sides=st.lists(st.tuples(COUNTS, COUNTS), min_size=6, max_size=6))
    def test_leading_axes_broadcast(self, measure, comparison, sides):
        """One call measures many columns, and each as if alone."""
        references, windows = (np.array(side, dtype=float).reshape(2, 3, 8) for side in zip(*sides, strict=True))
        together = measure.compute(comparison(references, windows))
        assert together.shape == (2, 3)
        alone = [float(measure.compute(comparison(a, b))) for a, b in sides]
        assert together.ravel() == pytest.approx(alone, rel=1e-9)

    @given(reference=COUNTS, window=COUNTS)
    def test_values_have_their_range(self, measure, comparison, reference, window):
        """Distances are not negative; those of a range from 0 to 1 stay in it."""
        value = float(measure.compute(comparison(reference, window)))
        assert 0.0 <= value <= (1.0 + 1e-12 if measure.key in BOUNDED else math.inf)

    def test_says_what_it_is(self, measure):
        """A key fit for a metric name and a help text of one sentence."""
        assert measure.key.replace("_", "a").isalnum()
        assert measure.key == measure.key.lower()
        assert measure.help.endswith(".")


def test_every_file_is_registered():
    """A measure whose registration line was forgotten fails here, not in production."""
    files = {module.name for module in pkgutil.iter_modules(drift.__path__) if not module.name.startswith("_")}
    assert {measure.compute.__module__.rpartition(".")[2] for measure in MEASURES.values()} == files


def test_contract_names_are_there():
    """The measures that users, rules and dashboards rely on exist under their names."""
    assert set(MEASURES) >= {
        "psi", "psi_debiased", "js_distance", "hellinger_distance", "total_variation", "ks_statistic",
        "wasserstein_normalized", "chi2_pvalue", "ks_pvalue",
    }  # fmt: skip


def test_two_measures_of_one_key_are_an_error():
    """A copied file whose key was not changed stops the program at its start."""
    first = MEASURES["psi"]
    with pytest.raises(ValueError, match="second: another DriftMeasure has the key 'psi'"):
        table_of(type(first), {"first": first, "second": type(first)("psi", "Another.", first.compute)})
