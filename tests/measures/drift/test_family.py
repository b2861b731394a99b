"""Properties of every drift measure."""

import math
import pkgutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures import drift
from inference_exporter.measures.drift import MEASURES
from inference_exporter.registry import table_of

COUNTS = st.lists(st.integers(0, 10_000), min_size=8, max_size=8).filter(any)
ENDS = {"0": 0.0, "1": 1.0, "infinity": math.inf, "-infinity": -math.inf}
# One-sided: the expected number of never-seen categories is no surprise, and neither would fewer be.
ONE_SIDED = {"unseen_pvalue"}
# A shift changes neither the share of missing values or categories, nor the variance.
NO_DISTANCE = {"cramers_v", "variance_ratio"}
# The reference has no values beyond its ends, so that one there surprises Pearson's test more than it should; the
# buckets of missing and infinite values, empty on both sides, add less noise than assumed, which debiasing shows.
TOLERANCE_OF_FLOOR = {"cramers_v": 0.35, "psi_debiased": 0.35}
FLOORS = {key: measure.floor for key, measure in MEASURES.items() if measure.floor is not None}


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.key)
class TestEveryDriftMeasure:
    def test_empty_window_is_unknown(self, measure, comparison):
        """A window without traffic is NaN: unknown, not zero drift."""
        assert math.isnan(measure.compute(comparison([0, 3, 4, 0], [0, 0, 0, 0])))

    def test_empty_reference_is_unknown(self, measure, comparison):
        """An empty reference is NaN too."""
        assert math.isnan(measure.compute(comparison([0, 0, 0, 0], [0, 3, 4, 0])))

    def test_what_it_expects_and_what_it_converts(self, measure):
        """Only p-values have no floor; they, and measures that a shift does not change, convert to no shift."""
        assert (measure.floor is None) == measure.key.endswith("_pvalue")
        assert (measure.shift_of is None) == (measure.key.endswith("_pvalue") or measure.key in NO_DISTANCE)

    def test_says_what_it_is(self, measure):
        """A measure has a key fit for a metric name, a title, and a help text of one sentence."""
        assert measure.key.replace("_", "a").isalnum()
        assert measure.key == measure.key.lower()
        assert measure.help.endswith(".")


class TestPropertiesOfEveryDriftMeasure:
    """Each example is drawn once for all measures."""

    @given(middle=COUNTS)
    def test_same_histogram_is_no_drift(self, comparison, middle):
        """A window equal to the reference has the measure's neutral value."""
        # The tails are distances beyond the reference's range, where the reference has no values.
        same = comparison([0, *middle, 0], [0, *middle, 0])
        for key, measure in MEASURES.items():
            value = float(measure.compute(same))
            if key in ONE_SIDED:
                assert 0.4 <= value <= 1
            elif key == "variance_ratio" and np.count_nonzero(middle) == 1:
                assert math.isnan(value)
            elif not (key == "mean_shift" and math.isnan(value)):
                assert value == pytest.approx(measure.neutral, abs=1e-7), key

    @given(reference=COUNTS, window=COUNTS, padding=st.integers(1, 5))
    def test_padding_changes_nothing(self, comparison, reference, window, padding):
        """Buckets that only pad a matrix do not count as the column's own."""
        plain, padded = comparison(reference, window), comparison(reference, window, padding)
        for key, measure in MEASURES.items():
            expected = float(measure.compute(plain))
            assert measure.compute(padded) == pytest.approx(expected, rel=1e-12, nan_ok=True), key

    @pytest.mark.slow
    @given(sides=st.lists(st.tuples(COUNTS, COUNTS), min_size=6, max_size=6))
    def test_leading_axes_broadcast(self, comparison, sides):
        """One call measures many columns, each as if alone."""
        together = comparison(*(np.array(side, dtype=float).reshape(2, 3, 8) for side in zip(*sides, strict=True)))
        each_alone = [comparison(reference, window) for reference, window in sides]
        for key, measure in MEASURES.items():
            measured = measure.compute(together)
            assert measured.shape == (2, 3)
            alone = [float(measure.compute(one)) for one in each_alone]
            assert measured.ravel() == pytest.approx(alone, rel=1e-9, nan_ok=True), key

    @given(reference=COUNTS, window=COUNTS)
    def test_values_have_their_range(self, comparison, reference, window):
        """Every value is within the range that the measure states."""
        compared = comparison(reference, window)
        for key, measure in MEASURES.items():
            value = float(measure.compute(compared))
            least, greatest = (ENDS[end] for end in measure.range.split(" to "))
            assert math.isnan(value) or least <= value <= greatest + 1e-12, key

    @given(reference=COUNTS, window=COUNTS)
    def test_floors_are_sizes(self, comparison, reference, window):
        """The expected noise is never below zero."""
        compared = comparison(reference, window)
        for key, floor_of in FLOORS.items():
            floor = float(floor_of(compared))
            assert math.isnan(floor) or floor >= 0, key

    @given(st.floats(0, 4))
    def test_a_shift_is_never_less_for_a_greater_value(self, value):
        """The conversion to shifts is monotone, and no change is no shift."""
        for key, measure in MEASURES.items():
            if measure.shift_of is not None:
                top = 0.9 if measure.range == "0 to 1" else 4.0
                nothing, some, more = measure.shift_of(np.array([0.0, value / 4 * top, value / 4 * top + 0.01]))
                assert nothing == pytest.approx(0.0, abs=1e-6), key
                assert nothing - 1e-9 <= some < more, key


def test_every_file_is_registered():
    """A measure without its registration line fails here, not in production."""
    files = {module.name for module in pkgutil.iter_modules(drift.__path__) if not module.name.startswith("_")}
    assert {measure.compute.__module__.rpartition(".")[2] for measure in MEASURES.values()} == files


def test_contract_names_are_there():
    """The measures that users, rules and dashboards rely on exist under their names."""
    assert set(MEASURES) >= {
        "psi", "psi_debiased", "js_distance", "hellinger_distance", "total_variation", "ks_statistic",
        "wasserstein_normalized", "chi2_pvalue", "ks_pvalue",
    }  # fmt: skip


def test_two_measures_of_one_key_are_an_error():
    """A copied file with an unchanged key stops the program at its start."""
    first = MEASURES["psi"]
    with pytest.raises(ValueError, match="second: another DriftMeasure has the key 'psi'"):
        table_of(type(first), {"first": first, "second": replace(first, help="Another.")})


def normal_columns(histogram_view, n_columns, n_reference, n_window, shift=0.0):
    """Return a view of many columns that are normal in the reference, and normal but shifted in the window."""
    rng = np.random.default_rng(17)
    reference, window = (
        {f"x{i}": rng.normal(mean, 1, size) for i in range(n_columns)}
        for size, mean in ((n_reference, 0), (n_window, shift))
    )
    return histogram_view(reference, window)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(6000, 600), (12000, 2000)], ids=str)
def test_floors_are_what_clean_windows_measure(histogram_view, size):
    """Over many clean windows the mean size of each measure is its floor."""
    view = normal_columns(histogram_view, 300, *size)
    for key, measure in MEASURES.items():
        if measure.floor is not None:
            measured, floor = np.abs(view.drift[key]).mean(), measure.floor(view.comparison).mean()
            assert measured == pytest.approx(floor, rel=TOLERANCE_OF_FLOOR.get(key, 0.15)), key


@pytest.mark.slow
def test_floors_of_categories(histogram_view):
    """The same for categories; the three empty buckets add less noise than assumed, which debiasing shows."""
    rng, words = np.random.default_rng(3), list("abcdefgh")
    sides = ({f"c{i}": rng.choice(words, size).tolist() for i in range(200)} for size in (3000, 1000))
    view = histogram_view(*sides)
    for key, measure in MEASURES.items():
        if measure.floor is not None and measure.columns == "all":
            measured, floor = np.abs(view.drift[key]).mean(), measure.floor(view.comparison).mean()
            if key == "psi_debiased":
                assert measured <= floor
            else:
                assert measured == pytest.approx(floor, rel=0.25), key


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.2, 0.5, 1.0])
def test_values_tell_the_shift_that_made_them(histogram_view, shift):
    """For a shift of a normal feature every measure gives the same shift, to a tenth and mostly better."""
    view = normal_columns(histogram_view, 4, 200_000, 200_000, shift)
    for key, measure in MEASURES.items():
        if measure.shift_of is not None:
            found = measure.shift_of(view.drift[key]).mean()
            assert found == pytest.approx(shift, rel=0.1 if measure.columns == "all" else 0.03), key
