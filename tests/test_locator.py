"""The guide tables find what a binary search finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.buckets import numeric_buckets
from inference_exporter.locator import Locator

FINITE = st.floats(allow_nan=False, allow_infinity=False)
COLUMNS = st.lists(st.lists(FINITE, min_size=0, max_size=60, unique=True).map(sorted), min_size=1, max_size=5)


def searched(cuts, numbers):
    return np.stack([column.searchsorted(row, side="right") for column, row in zip(cuts, numbers, strict=True)])


@given(COLUMNS, st.lists(FINITE, min_size=1, max_size=30))
def test_any_cuts_and_numbers(columns, values):
    """Whatever the cuts and the numbers, a cut itself and its neighbours included, the cell is that of the search."""
    cuts = [np.array(column, dtype=np.float64) for column in columns]
    with np.errstate(over="ignore"):
        around = [np.nextafter(np.concatenate(cuts), side) for side in (np.inf, -np.inf)]
    edges = np.concatenate([*cuts, *around])
    row = np.concatenate([values, edges[np.isfinite(edges)]])
    numbers = np.tile(row, (len(cuts), 1))
    assert (Locator(cuts).locate(numbers) == searched(cuts, numbers)).all()


@pytest.mark.parametrize("shape", ["normal", "lognormal", "pareto", "integers", "constant", "uniform", "tiny", "huge"])
def test_columns_as_references_have_them(shape):
    """Quantile cuts of usual and unusual columns give the cells of the search, for values far outside as well."""
    random = np.random.default_rng(3)
    draw = {
        "normal": lambda n: random.normal(5, 2, n),
        "lognormal": lambda n: random.lognormal(0, 2, n),
        "pareto": lambda n: random.pareto(1.1, n),
        "integers": lambda n: random.integers(0, 12, n).astype(float),
        "constant": lambda n: np.full(n, 0.003467),
        "uniform": lambda n: random.random(n),
        "tiny": lambda n: random.random(n) * 5e-324 * 100,
        "huge": lambda n: random.normal(0, 1, n) * 1e307,
    }[shape]
    cuts = [numeric_buckets(draw(8000), 8000).cuts, numeric_buckets(random.normal(0, 1, 6000), 6000).cuts]
    numbers = np.stack([np.concatenate([draw(3000), cuts[0][np.isfinite(cuts[0])][:200], [-1.7e308, 1.7e308, 0.0]])] * 2)
    assert (Locator(cuts).locate(numbers) == searched(cuts, numbers)).all()


def test_not_finite_numbers_do_no_harm():
    """NaN and the infinities get some cell of their column; the grid counts them elsewhere."""
    cuts = [np.linspace(0, 1, 50)]
    cells = Locator(cuts).locate(np.array([[np.nan, np.inf, -np.inf, 0.5]]))
    assert ((cells >= 0) & (cells <= 50)).all()
    assert cells[0, 3] == searched(cuts, np.array([[0.5]]))[0, 0]
