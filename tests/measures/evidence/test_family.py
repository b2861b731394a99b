"""Properties of every test of the verdict."""

import pkgutil

import numpy as np
import pytest
from inference_exporter.measures import evidence
from inference_exporter.measures.evidence import TESTS

REFERENCE = {
    "number": np.random.default_rng(0).normal(size=4000),
    "category": np.random.default_rng(1).choice(list("abc"), 4000).tolist(),
}


def test_all_weights_are_one():
    """The weights of all tests spend a look's significance exactly once."""
    assert sum(test.weight for test in TESTS.values()) == pytest.approx(1.0)


def test_every_file_is_registered():
    """A test without its registration line fails here, not in production."""
    files = {module.name for module in pkgutil.iter_modules(evidence.__path__) if not module.name.startswith("_")}
    assert set(TESTS) == files


@pytest.mark.parametrize("test", TESTS.values(), ids=lambda test: test.key)
class TestEveryTest:
    def facts(self, histogram_view, window):
        view = histogram_view(REFERENCE, window)
        return view.judging.inputs(view.cells, view.comparison)

    def test_the_reference_itself_is_no_evidence(self, test, histogram_view):
        """A window equal to the reference has a p-value near 1 and no effect."""
        facts = self.facts(histogram_view, REFERENCE)
        pvalues, effects = test.pvalue(facts), test.effect(facts)
        assert (np.isnan(pvalues) | (pvalues > 0.5)).all()
        assert (np.isnan(effects) | (np.abs(effects) < 0.01)).all()

    def test_applies_to_one_kind_of_column_at_least(self, test, histogram_view):
        """A test that does not apply has a NaN p-value, and every test applies to some column."""
        pvalues = test.pvalue(self.facts(histogram_view, {name: column[:100] for name, column in REFERENCE.items()}))
        assert pvalues.shape == (2,)
        assert not np.isnan(pvalues).all()
        assert ((pvalues >= 0) & (pvalues <= 1) | np.isnan(pvalues)).all()

    def test_no_value_below_the_least_that_is_attainable(self, test, histogram_view):
        """No p-value is below the attainable bound that lets columns be left out."""
        broken = {
            "number": np.where(np.arange(200) % 3 == 0, np.nan, np.where(np.arange(200) % 3 == 1, np.inf, 9.0)),
            "category": [None, ["list"], "new", "a"] * 50,
        }
        facts = self.facts(histogram_view, broken)
        pvalues, least = test.pvalue(facts), test.attainable(facts)
        known = ~np.isnan(pvalues)
        assert (pvalues[known] >= least[known] * (1 - 1e-9)).all()
