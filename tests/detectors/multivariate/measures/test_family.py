"""Properties of every joint measure."""

import json
import pkgutil

import numpy as np
import pytest
from inference_exporter.detectors.multivariate import measures as joint
from inference_exporter.detectors.multivariate.measures import JOINT_MEASURES
from inference_exporter.detectors.multivariate.measures._base import ALL, mean_of


def correlated(random, n, rho=0.6, features=4):
    """Return standard normal rows in which the first two features are correlated."""
    rows = random.standard_normal((n, features))
    rows[:, 1] = rho * rows[:, 0] + np.sqrt(1 - rho**2) * rows[:, 1]
    return rows.astype(np.float32)


@pytest.mark.parametrize("measure", JOINT_MEASURES.values(), ids=lambda measure: measure.key)
class TestEveryJointMeasure:
    def test_what_is_learned_is_json_and_always_the_same(self, measure):
        """The content survives JSON, and the same rows and seed give the same content."""
        rows = correlated(np.random.default_rng(1), 400)
        content = measure.learn(rows, 7)
        assert json.loads(json.dumps(content)) == content == measure.learn(rows, 7)

    def test_the_population_itself_is_near(self, measure):
        """For windows of the reference's population p-values are uniform, and effects negligible."""
        random = np.random.default_rng(2)
        rows = correlated(random, 24_000)
        summary = measure.restore(measure.learn(rows[:4000], 7))
        readings = [summary.read(mean_of(summary, rows[k : k + 100]), 100) for k in range(4000, 24_000, 100)]
        pvalues = np.array([reading.pvalue for reading in readings])
        assert (pvalues <= 0.1).mean() < 0.2
        assert (pvalues <= 0.01).mean() < 0.04
        assert pvalues.min() > 1e-5

    def test_correlation_turned_round_is_seen(self, measure):
        """A reversed correlation between two features is detected in 500 rows, without any change of margins."""
        random = np.random.default_rng(3)
        summary = measure.restore(measure.learn(correlated(random, 5000, 0.8), 7))
        reading = summary.read(mean_of(summary, correlated(random, 500, -0.8)), 500)
        assert reading.pvalue < 1e-9
        assert reading.effect > 0.3

    def test_stretches_add_up(self, measure):
        """Sums of stretches of rows are those of each alone, and together those of all; weights count rows."""
        random = np.random.default_rng(4)
        rows = correlated(random, 300)
        summary = measure.restore(measure.learn(rows, 7))
        weights = random.integers(1, 4, 60).astype(np.float32)
        parts = summary.sums(rows[:60], weights, np.array([0, 1, 25]))
        assert parts.shape == (3, summary.n_sums)
        assert parts[1] == pytest.approx(summary.sums(rows[1:25], weights[1:25], ALL)[0], rel=1e-3, abs=1e-3)
        assert parts.sum(axis=0) == pytest.approx(summary.sums(rows[:60], weights, ALL)[0], rel=1e-3, abs=1e-3)
        repeated = np.repeat(rows[:60], weights.astype(int), axis=0)
        ones = np.ones(len(repeated), dtype=np.float32)
        assert parts.sum(axis=0) == pytest.approx(summary.sums(repeated, ones, ALL)[0], rel=1e-3, abs=1e-3)

    def test_degenerate_references_break_nothing(self, measure):
        """Constant or duplicate features neither raise nor warn, and clean windows stay clean."""
        random = np.random.default_rng(5)
        one = random.standard_normal((500, 1)).astype(np.float32)
        for rows in (np.zeros((300, 3), dtype=np.float32), np.repeat(one, 3, axis=1)):
            summary = measure.restore(measure.learn(rows, 7))
            reading = summary.read(mean_of(summary, rows[:200]), 200)
            assert np.isnan(reading.pvalue) or reading.pvalue > 1e-3

    def test_text_for_people(self, measure):
        """Help is a sentence."""
        assert measure.help.endswith(".")


def test_every_file_is_registered():
    """A measure without its registration line fails here."""
    files = {m.name for m in pkgutil.iter_modules(joint.__path__) if not m.name.startswith("_")}
    assert {measure.learn.__module__.rpartition(".")[2] for measure in JOINT_MEASURES.values()} == files
