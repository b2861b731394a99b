"""Clean windows raise nothing, real drift is seen: the promise that everything else rests on."""

import numpy as np
import pytest
from inference_exporter.arrays import column_rows
from inference_exporter.reference.reference import build

# The columns that tell time or identity, that are made of the outcome, or stand still over time.
NOT_FEATURES = {
    "electricity": {"row_id", "timestamp", "price_up"},
    "bike_sharing": {"row_id", "timestamp", "casual", "registered", "cnt"},
    "bank_marketing": {"row_id", "contact_month", "y"},
    "hotel_bookings": {"row_id", "booking_date", "arrival_date", "label_date", "reservation_status", "is_canceled"},
}
SIZES = (50, 100, 200, 500, 1000, 5000, 20_000, 100_000)


def synthetic(random: np.random.Generator, n: int) -> dict:
    """Return columns of many shapes."""
    missing = random.random(n) < 0.2
    return {
        "normal": random.normal(3, 2, n),
        "lognormal": random.lognormal(0, 1.5, n),
        "pareto": random.pareto(1.2, n),
        "uniform": random.random(n),
        "integers": random.integers(0, 7, n).astype(float),
        "counts": random.poisson(0.3, n).astype(float),
        "mostly zero": np.where(random.random(n) < 0.9, 0.0, random.exponential(1, n)),
        "two values": random.choice([1.1, 1.4], n, p=[0.9, 0.1]),
        "constant": np.full(n, 7.0),
        "with missing": np.where(missing, np.nan, random.normal(0, 1, n)),
        "colours": random.choice(["red", "green", "blue"], n, p=[0.7, 0.2, 0.1]).tolist(),
        "zipf": (random.zipf(1.4, n) % 5000).astype(str).tolist(),
    }


def taken(columns: dict, rows: np.ndarray) -> dict:
    """Return some rows of columns."""
    return {name: column_rows(column, rows) for name, column in columns.items()}


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_synthetic_halves_raise_nothing(histogram_view, size):
    """Of two samples of one population, of any size and shape, none is ever declared drifted."""
    for seed in range(8 if size <= 5000 else 2):
        random = np.random.default_rng([size, seed])
        view = histogram_view(synthetic(random, max(size, 300)), synthetic(random, size))
        names = [column.name for column in view.grid.columns]
        assert [name for name, drifted in zip(names, view.drifted, strict=True) if drifted == 1] == []
        assert not np.isnan(view.drifted).any()


@pytest.mark.parametrize("name", NOT_FEATURES)
def test_halves_of_real_data_raise_nothing(histogram_view, data_set, name):
    """Of two random halves of real data, none of the features is declared drifted, whatever the size of the window."""
    table = data_set(name)
    columns = {column: values for column, values in table.items() if column not in NOT_FEATURES[name]}
    n = len(table["row_id"])
    random = np.random.default_rng(11)
    order = random.permutation(n)
    reference, rest = build(taken(columns, order[: n // 2]), n // 2), order[n // 2 :]
    for size in (*[size for size in SIZES if size < len(rest)], len(rest)):
        view = histogram_view(reference, taken(columns, random.permutation(rest)[:size]))
        found = [c.name for c, drifted in zip(view.grid.columns, view.drifted, strict=True) if drifted == 1]
        assert (size, found) == (size, [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shift", "size", "power"), [(1.0, 100, 0.9), (0.5, 1000, 0.95), (0.4, 5000, 0.95)], ids=lambda value: str(value)
)
def test_a_shift_of_the_mean_is_seen(histogram_view, shift, size, power):
    """A shift of one standard deviation is declared at 100 samples, of 0.5 at 1,000, of 0.4 at 5,000, nearly always."""
    random = np.random.default_rng(5)
    reference = {f"f{index}": random.normal(0, 1, 10_000) for index in range(20)}
    seen = 0.0
    for _ in range(5):
        window = {f"f{index}": random.normal(shift, 1, size) for index in range(20)}
        seen += histogram_view(reference, window).drifted.mean() / 5
    assert seen >= power


def test_one_outlier_hides_nothing_and_raises_nothing(histogram_view):
    """A single value of a million neither masks a shift of one standard deviation nor looks like drift itself."""
    random = np.random.default_rng(9)
    reference = {"f": random.normal(0, 1, 10_000)}
    clean, shifted = random.normal(0, 1, 1000), random.normal(1, 1, 1000)
    clean[0] = shifted[0] = 1e6
    assert histogram_view(reference, {"f": clean}).drifted.tolist() == [0.0]
    assert histogram_view(reference, {"f": shifted}).drifted.tolist() == [1.0]


def test_one_new_category_raises_nothing(histogram_view):
    """A category that was never seen before and comes once is no drift; one that takes a third of the window is."""
    random = np.random.default_rng(9)
    reference = {"f": random.choice(["a", "b", "c"], 5000).tolist()}
    window = random.choice(["a", "b", "c"], 300).tolist()
    assert histogram_view(reference, {"f": [*window[:-1], "new"]}).drifted.tolist() == [0.0]
    assert histogram_view(reference, {"f": [*window[:-100], *["new"] * 100]}).drifted.tolist() == [1.0]


@pytest.mark.parametrize(
    ("start", "end", "drifted"),
    [("1997-06-01", "1997-09-01", {"nswprice", "nswdemand", "vicprice", "vicdemand", "transfer"})],
)
def test_drift_of_real_data_is_seen(histogram_view, data_set, part_of_rows, start, end, drifted):
    """The features of the electricity market that changed in the winter of 1997 are declared, and no others."""
    table = data_set("electricity")
    reference_rows = part_of_rows("electricity") == "reference"
    times = np.array(table["timestamp"])
    columns = {name: values for name, values in table.items() if name not in NOT_FEATURES["electricity"]}
    view = histogram_view(
        taken(columns, np.flatnonzero(reference_rows)), taken(columns, np.flatnonzero((times >= start) & (times < end)))
    )
    found = {column.name for column, verdict in zip(view.grid.columns, view.drifted, strict=True) if verdict == 1}
    assert found == drifted
