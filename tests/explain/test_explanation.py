"""Windows that differ from the reference in one known way are explained correctly, with exact shares."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.explain.changes import changes_of
from inference_exporter.explain.explanation import explain
from inference_exporter.explain.kinds import kind_decided
from inference_exporter.reference.reference import build

ROWS = 4000
NUMBERS = np.linspace(0, 100, ROWS)  # so that any share of them is known
COUNTRIES = ["FR"] * 2000 + ["DE"] * 1200 + ["ES"] * 800
SIZE = 1000
SAID = "since 2027-01-15 08:00 UTC; 1,000 samples"
STEPS = (np.arange(SIZE) + 0.5) / SIZE  # evenly spaced


def explanation_of(view, index=0):
    return explain(view, [index])[0].explanation


def normal(mean=0.0, stddev=1.0, size=ROWS):
    from_uniform = np.random.default_rng(5).normal(size=size)
    return mean + stddev * from_uniform


class TestKindOfChange:
    """Each constructed window has its own kind of change, and its own buckets."""

    def test_up(self, histograms):
        """Values rose: the upper range grew, by the counted share."""
        why = explanation_of(histograms({"temp": NUMBERS}, {"temp": 30 + 70 * STEPS}))
        assert why.change == "location_up"
        shrank, grew = sorted(why.moves, key=lambda move: move.grew)
        assert (shrank.lower, shrank.upper) == (0.0, pytest.approx(30, abs=0.1))
        assert (shrank.reference_ratio, shrank.window_ratio) == (pytest.approx(0.3, abs=0.001), 0.0)
        assert (grew.lower, grew.upper) == (shrank.upper, pytest.approx(100))
        assert (grew.reference_ratio, grew.window_ratio) == (pytest.approx(0.7, abs=0.001), 1.0)
        assert why.mean.window == pytest.approx(65)
        assert (
            why.sentence == f"temp rose: the share of values from 0 up to 30 went from 30% to 0%; mean 50 to 65; {SAID}"
        )

    def test_down(self, histograms):
        """Values that fell."""
        why = explanation_of(histograms({"temp": normal(20, 3)}, {"temp": normal(17, 3, SIZE)}))
        assert why.change == "location_down"
        assert why.sentence.startswith("temp fell: the share of values below ")

    def test_beyond_all(self, histograms):
        """After a change of unit, all values are above the range of the reference."""
        why = explanation_of(histograms({"temp": NUMBERS}, {"temp": 1000 + STEPS}))
        assert why.change == "location_up"
        assert [(move.reference_count, move.window_count) for move in why.moves] == [(0, SIZE), (ROWS, 0)]
        assert "the share of values from 100 up went from 0% to 100%" in why.sentence
        assert why.out_of_range_ratio.window == 1.0

    @pytest.mark.parametrize(("stddev", "change"), [(2.0, "scale_up"), (0.5, "scale_down")])
    def test_scale(self, histograms, stddev, change):
        """Values with the same mean, but further apart or closer together."""
        why = explanation_of(histograms({"temp": normal()}, {"temp": normal(0.0, stddev, SIZE)}))
        assert why.change == change

    def test_missing(self, histograms):
        """Newly missing values: the share is exact."""
        values = [None if place % 8 == 0 else 100 * share for place, share in enumerate(STEPS.tolist())]
        why = explanation_of(histograms({"temp": NUMBERS}, {"temp": values}))
        assert why.change == "missing_up"
        assert (why.missing_ratio.reference, why.missing_ratio.window) == (0.0, 0.125)
        assert (why.moves[0].category, why.moves[0].window_count) == ("__missing__", 125)
        assert why.sentence == f"temp is missing more often: from 0% to 12.5% of the samples; {SAID}"

    def test_no_longer_missing(self, histograms):
        """The end of a gap is a change as well."""
        reference = [None if place % 4 == 0 else value for place, value in enumerate(NUMBERS.tolist())]
        why = explanation_of(histograms({"temp": reference}, {"temp": 100 * STEPS}))
        assert why.change == "missing_down"
        assert why.sentence == f"temp is missing less often: from 25% to 0% of the samples; {SAID}"

    def test_no_number(self, histograms):
        """Values that are not a finite number are neither missing nor out of range."""
        values = 100 * STEPS
        values[::10] = math.inf
        why = explanation_of(histograms({"temp": NUMBERS}, {"temp": values}))
        assert why.change == "invalid_up"
        assert why.invalid_ratio.window == 0.1

    def test_out_of_range(self, histograms):
        """Some values beyond the reference's range while the others are unchanged."""
        values = 100 * STEPS
        values[::10] = 999.0
        why = explanation_of(histograms({"temp": NUMBERS}, {"temp": values}))
        assert why.change == "out_of_range"
        assert why.out_of_range_ratio.window == 0.1
        assert why.sentence == f"temp leaves the reference's range of 0 to 100: from 0% to 10% of the samples; {SAID}"

    def test_shape(self, histograms):
        """Two humps in place of one, around the same mean: neither location nor scale explain it."""
        heaps = np.concatenate([normal(-1, 0.1, SIZE // 2), normal(1, 0.1, SIZE // 2)])
        assert explanation_of(histograms({"temp": normal()}, {"temp": heaps})).change == "shape"

    def test_new_category(self, histograms):
        """A new category: its share is that of the never-seen values."""
        sent = ["PT"] * 100 + ["FR"] * 450 + ["DE"] * 270 + ["ES"] * 180
        why = explanation_of(histograms({"country": COUNTRIES}, {"country": sent}))
        assert why.change == "unseen"
        assert (why.unseen_ratio.reference, why.unseen_ratio.window) == (0.0, 0.1)
        assert why.sentence == f"country has categories never seen before: from 0% to 10% of the samples; {SAID}"

    def test_no_category(self, histograms):
        """An invalid value shares a bucket with never-seen categories, but is distinguished from them."""
        sent = [{"a": 1}] * 100 + ["FR"] * 450 + ["DE"] * 270 + ["ES"] * 180
        why = explanation_of(histograms({"country": COUNTRIES}, {"country": sent}))
        assert why.change == "invalid_up"
        assert why.invalid_ratio.window == 0.1

    def test_swapped_categories(self, histograms):
        """Two categories that swapped shares are both named, with the shares before and after."""
        sent = ["FR"] * 300 + ["DE"] * 500 + ["ES"] * 200
        why = explanation_of(histograms({"country": COUNTRIES}, {"country": sent}))
        assert why.change == "mix"
        assert {(move.category, move.reference_ratio, move.window_ratio) for move in why.moves} == {
            ("FR", 0.5, 0.3), ("DE", 0.3, 0.5)
        }  # fmt: skip
        assert why.sentence == f"country changed its mix: the share of “DE” went from 30% to 50%; {SAID}"


class TestDecisive:
    """If the buckets show no kind of change, the deciding test does."""

    def test_of_a_small_shift(self, histograms):
        """The verdict's own numbers are part of the explanation."""
        why = explanation_of(histograms({"temp": normal()}, {"temp": normal(1.0, 1.0, SIZE)}))
        assert why.decisive in ("location", "out_of_range")
        assert why.pvalue < 1e-6
        assert why.since_timestamp_seconds == 1_800_000_000.0

    @pytest.mark.parametrize(
        ("decisive", "numeric", "change"),
        [
            ("location", True, "location_up"), ("scale", True, "scale_up"), ("missing", True, "missing_up"),
            ("invalid", True, "invalid_up"), ("out_of_range", True, "out_of_range"), ("shape", True, "shape"),
            ("", True, "shape"), ("shape", False, "mix"), ("unseen", False, "unseen"), ("", False, "mix"),
        ],
    )  # fmt: skip
    def test_becomes_the_sort_of_change(self, histograms, decisive, numeric, change):
        """A test becomes the kind of change, with the direction of the values."""
        values = np.where(np.arange(SIZE) < 10, np.nan, normal(0.2, 1.1, SIZE))
        view = histograms({"temp": normal()}, {"temp": values})
        buckets = view.grid.columns[0].buckets
        changes = changes_of(view.comparison)
        assert kind_decided(decisive, changes, 0, buckets.bounds, buckets if numeric else None) == change


def test_what_has_not_drifted_is_said_so(histograms):
    """A column is explained whatever its verdict: by its largest clear change, if any."""
    why = explanation_of(histograms({"temp": NUMBERS}, {"temp": 100 * STEPS}))
    assert (why.drifted, why.change, why.moves) == (False, "", ())
    assert why.sentence == "temp has not drifted; 1,000 samples"


def test_too_few_samples_are_no_verdict(histograms):
    """With too few samples nothing is claimed."""
    why = explanation_of(histograms({"temp": NUMBERS}, {"temp": np.full(5, 1000.0)}))
    assert (why.drifted, why.change) == (None, "")
    assert math.isnan(why.psi)
    assert why.sentence == "Whether temp has drifted is unknown: 5 samples"


def test_outputs_are_explained_as_features_are(histograms):
    """The prediction and each score have their explanation."""
    reference = build(
        {"x": NUMBERS}, ROWS, prediction=COUNTRIES, scores={"FR": NUMBERS / 100}, created=0.0
    )  # fmt: skip
    view = histograms(reference, {"x": 100 * STEPS}, prediction=["DE"] * SIZE, scores={"FR": STEPS / 4})
    prediction, score = (explained.explanation for explained in explain(view, [1, 2]))
    assert prediction.sentence.startswith("the prediction changed its mix: the share of “FR” went from 50% to 0%")
    assert score.sentence.startswith("the score of FR fell: ")


@given(st.lists(st.sampled_from(["FR", "DE", "ES", "PT", None]), min_size=20, max_size=300))
def test_shares_are_exact_to_counts(histograms, sent):
    """Every move of any window has the counts of its category, and shares that are these counts over all."""
    why = explanation_of(histograms({"country": COUNTRIES}, {"country": sent}))
    names = {"__missing__": [None], "__unseen__": ["PT"]}
    for move in why.moves:
        counted = sum(sent.count(name) for name in names.get(move.category, [move.category]))
        assert move.window_count == counted
        assert move.window_ratio == counted / len(sent)
        assert move.reference_ratio == COUNTRIES.count(move.category) / ROWS
    assert sum(move.contribution for move in why.moves) <= why.psi * (1 + 1e-9)
