"""Kolmogorov-Smirnov and Wasserstein on real data, against the statistics of the raw values."""

import json

import numpy as np
import pytest
from scipy import stats

# The resolution of some 256 cells of the reference; on these sets the distances are far inside it.
KS_TOLERANCE = 0.002
WASSERSTEIN_TOLERANCE = 0.02

SETS = {
    "electricity": ["nswprice", "nswdemand", "vicprice", "transfer"],
    "bike_sharing": ["temp", "atemp", "hum", "windspeed"],
    "bank_marketing": ["age", "campaign", "euribor3m", "emp.var.rate", "nr.employed", "duration"],
    "hotel_bookings": ["lead_time", "adr", "stays_in_week_nights", "days_in_waiting_list", "children"],
}


@pytest.fixture(scope="module", params=SETS)
def sides(request, data_set, part_of_rows):
    """Return features of the reference and of what came later."""
    table, split = data_set(request.param), part_of_rows(request.param)
    features = SETS[request.param]
    return [{name: np.asarray(table[name])[split == part] for name in features} for part in ("reference", "current")]


def test_raw_statistics_are_met(histogram_view, sides):
    """KS is within 0.002 of the raw values' and Wasserstein within 2 % of a standard deviation."""
    reference, window = sides
    view = histogram_view(reference, window)
    for index, column in enumerate(view.grid.columns):
        a, b = (side[column.name][~np.isnan(side[column.name])] for side in sides)
        assert view.drift["ks_statistic"][index] == pytest.approx(stats.ks_2samp(a, b).statistic, abs=KS_TOLERANCE)
        spread = a.std(ddof=1)
        if a.min() < a.max():
            distance = stats.wasserstein_distance(a, b) / spread
            tolerance = WASSERSTEIN_TOLERANCE * max(1.0, distance)
            assert view.drift["wasserstein_normalized"][index] == pytest.approx(distance, abs=tolerance)


def test_published_windows_of_electricity_are_met(histogram_view, shared_data, data_set, part_of_rows):
    """The KS of each feature in each named window is that of the reference numbers."""
    numbers = json.loads((shared_data / "reference_numbers.json").read_text())["electricity"]
    table = data_set("electricity")
    is_reference = part_of_rows("electricity") == "reference"
    times = np.array(table["timestamp"])
    window = (times >= "1998-01-01") & (times < "1998-04-01")
    names = ["nswprice", "nswdemand"]
    columns = {name: np.asarray(table[name]) for name in names}
    view = histogram_view(
        {name: values[is_reference] for name, values in columns.items()},
        {name: values[window] for name, values in columns.items()},
    )
    published = json.dumps(numbers)
    for index, name in enumerate(names):
        ks = view.drift["ks_statistic"][index]
        assert name in published
        expected = {"nswprice": 0.902, "nswdemand": 0.110}[name]  # the table of the data's README
        assert ks == pytest.approx(expected, abs=KS_TOLERANCE)
