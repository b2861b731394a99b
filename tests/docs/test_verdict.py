"""What docs/metrics.md says about the verdict, measured again."""

from functools import cache

import numpy as np
import pytest
from inference_exporter.buckets import numeric_buckets
from inference_exporter.measures.drift import MEASURES
from inference_exporter.measures.drift._base import Comparison
from inference_exporter.measures.verdict import critical_population_stability, drifted
from scipy.special import ndtr

REFERENCE_ROWS = 10_000
REPEATS = 200  # the page was measured with 1,000
FEATURES, SIGNIFICANCE, THRESHOLD = 100, 1e-3, 0.1


@cache
def references():
    """Return buckets and counts of independent references of a normal feature."""
    draw = np.random.default_rng(1)
    made = []
    for _ in range(REPEATS):
        values = draw.normal(size=REFERENCE_ROWS)
        buckets = numeric_buckets(values, REFERENCE_ROWS)
        counts = np.bincount(buckets.locate(values), minlength=buckets.n_cells)
        made.append((buckets.cuts[buckets.exposed], np.add.reduceat(counts, buckets.fold_starts)))
    return made


def compare(samples, shift):
    """Return one window for each reference beside it, its values shifted by standard deviations."""
    draw = np.random.default_rng(samples)
    windows = []
    for cuts, _ in references():
        shares = np.diff(np.concatenate([[0.0], ndtr(cuts - shift), [1.0]]))
        windows.append(np.append(draw.multinomial(samples, shares), [0, 0]))  # nothing non-finite, nothing missing
    counts = np.array([counts for _, counts in references()], dtype=np.float64)
    return Comparison(counts, np.array(windows, dtype=np.float64), np.full(REPEATS, float(counts.shape[1])), None)


def judged(samples, shift=0.0):
    """Return mean PSI, its expectation, the share over the threshold, the critical PSI, and the share that drifted."""
    comparison = compare(samples, shift)
    psi, debiased = (MEASURES[key].compute(comparison) for key in ("psi", "psi_debiased"))
    critical = critical_population_stability(comparison.n_buckets, comparison.noise, SIGNIFICANCE, FEATURES)
    verdict = drifted(psi, debiased, critical, np.full(REPEATS, THRESHOLD))
    expected = (comparison.n_buckets - 1) * comparison.noise
    return psi.mean(), expected.mean(), (psi >= THRESHOLD).mean(), critical.mean(), verdict.mean()


@pytest.fixture(scope="module")
def table(document):
    """The rows of the page's table, as numbers by column."""
    rows = [row for _, row in document("docs/metrics.md").rows("Samples")]
    assert len(rows) >= 5
    return [{name: number(text) for name, text in row.items()} for row in rows]


def number(text):
    """Return a number as the page writes it: ``10,000``, ``0.46`` or ``77 %``."""
    value = float(text.replace(",", "").removesuffix("%"))
    return value / 100 if text.endswith("%") else value


def test_clean_windows_measure_as_documented(table):
    """Mean, expectation, critical value of PSI and the share over the bare threshold are those of the page."""
    for row in table:
        mean, expected, over, critical, _ = judged(int(row["Samples"]))
        assert row["Mean PSI, clean"] == pytest.approx(mean, rel=0.1, abs=6e-4)
        assert row["(B − 1)·k"] == pytest.approx(expected, rel=0.02, abs=6e-4)
        assert row["PSI ≥ 0.1, clean"] == pytest.approx(over, abs=0.1)
        assert row["Critical PSI"] == pytest.approx(critical, rel=0.02, abs=6e-4)


def test_clean_windows_never_drift(table):
    """The verdict on a clean window is never drifted, whatever its size."""
    for row in table:
        assert judged(int(row["Samples"]))[-1] == row["Drifted, clean"] == 0


def test_shifted_windows_drift_as_often_as_documented(table):
    """The verdict finds shifts as often as the page says."""
    for row in table:
        for column, shift in (
            ("Drifted, shift 0.25 σ", 0.25),
            ("Drifted, shift 0.5 σ", 0.5),
            ("Drifted, shift 1 σ", 1.0),
        ):
            assert row[column] == pytest.approx(judged(int(row["Samples"]), shift)[-1], abs=0.12)
