"""Columns of a window and of the reference."""

import math
from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.explain.ranking import indices_of
from inference_exporter.page.columns import column_summaries, index_of


@pytest.fixture
def drifted(watched):
    """Return a window in which only the amount drifted."""
    model = watched(scores={"yes": np.linspace(0, 1, 4000)})
    model.add(600, shift=2.0, scores={"yes": np.linspace(0, 1, 600)})
    return model.view().windows[0].histograms


def test_columns_are_found_by_group_and_name(drifted):
    """A column is found by group and name, because a feature and a score may share a name."""
    columns = drifted.grid.columns
    assert [columns[index].name for index in indices_of(drifted, "feature")] == ["amount", "hour", "country"]
    assert [columns[index].group for index in indices_of(drifted, "prediction", "score")] == ["prediction", "score"]
    assert columns[index_of(drifted, "score", "yes")].group == "score"
    assert index_of(drifted, "feature", "yes") is None


def test_a_summary_says_what_the_engine_says(drifted):
    """Every number of a summary equals the engine's."""
    index = index_of(drifted, "feature", "amount")
    summary = column_summaries(drifted, [index])[0]
    assert summary.drifted is True
    engine = {key: values[index] for key, values in drifted.drift.items()}
    assert summary.drift == pytest.approx(engine, rel=0, abs=0, nan_ok=True)  # numbers have no unseen categories
    assert summary.psi_critical == drifted.psi_critical[index]
    assert summary.threshold == 0.1
    assert summary.mean == pytest.approx(70, abs=1.5)
    assert summary.reference_mean == pytest.approx(50, abs=0.5)
    assert sum(bucket.reference_count for bucket in summary.buckets) == 4000
    assert sum(bucket.window_count for bucket in summary.buckets) == 600
    assert sum(bucket.window_ratio for bucket in summary.buckets) == pytest.approx(1)


def test_psi_can_be_computed_from_the_buckets(drifted):
    """PSI follows from the summary's buckets, with half a count added to each."""
    for summary in column_summaries(drifted, indices_of(drifted, "feature")):
        p, q = (
            (counts + 0.5) / (counts + 0.5).sum()
            for counts in (
                np.array([bucket.reference_count for bucket in summary.buckets]),
                np.array([bucket.window_count for bucket in summary.buckets]),
            )
        )
        assert summary.drift["psi"] == pytest.approx(((p - q) * np.log(p / q)).sum(), rel=1e-9)


def test_bounds_have_open_ends(drifted):
    """The outermost ranges are unbounded; non-finite and missing buckets have names instead of bounds."""
    buckets = column_summaries(drifted, [0])[0].buckets
    assert buckets[0].lower is None
    assert buckets[0].upper == buckets[1].lower
    assert [bucket.category for bucket in buckets[-2:]] == ["__non_finite__", "__missing__"]


def test_only_faults_that_can_happen_are_listed(drifted):
    """Numbers cannot be unseen, and categories cannot be out of range."""
    amount, _, country = column_summaries(drifted, [0, 1, 2])
    assert set(amount.quality) == {"missing_ratio", "invalid_ratio", "out_of_range_ratio"}
    assert set(country.quality) == {"missing_ratio", "invalid_ratio", "unseen_ratio"}
    assert math.isnan(country.mean)


def test_too_few_samples_are_unknown(watched):
    """With too few samples the verdict is None and every measure NaN, but counts are present."""
    model = watched()
    model.add(3)
    summary = column_summaries(model.view().windows[0].histograms, [0])[0]
    assert summary.drifted is None
    assert all(math.isnan(value) for value in summary.drift.values())
    assert sum(bucket.window_count for bucket in summary.buckets) == 3


def test_a_summary_says_what_natural_variation_explains(drifted):
    """The band of natural variation and the worth of the samples are those of the engine; null without a band."""
    index = index_of(drifted, "feature", "amount")
    plain = column_summaries(drifted, [index])[0]
    assert math.isnan(plain.psi_natural) and plain.effective_samples == 600
    every = len(drifted.grid.columns)
    rhythmic = replace(drifted, bands={"shape": np.full(every, 0.4)}, design_effects=np.full(every, 30.0))
    summary = column_summaries(rhythmic, [index])[0]
    assert (summary.psi_natural, summary.effective_samples) == (0.4, 20)
