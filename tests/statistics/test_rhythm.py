"""Real data with a rhythm: the calendar is no drift, and what is no calendar is."""

from datetime import UTC, datetime

import numpy as np
import pytest
from inference_exporter.arrays import column_rows
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.learning.learning import learn
from inference_exporter.model.histograms import Histograms
from inference_exporter.samples.batch import Batch, ModelKey

LEFT_OUT = {
    "electricity": {"row_id", "timestamp", "price_up"},
    "bike_sharing": {"row_id", "timestamp", "casual", "registered", "cnt", "yr"},
    "bank_marketing": {"row_id", "contact_month", "y", "month"},
}
TIME = {"electricity": "timestamp", "bike_sharing": "timestamp", "bank_marketing": "contact_month"}


def moment(text):
    return datetime.fromisoformat(text if len(text) > 7 else f"{text}-01").replace(tzinfo=UTC).timestamp()


def rows_of(columns, rows):
    return {name: column_rows(column, rows) for name, column in columns.items()}


@pytest.mark.parametrize(
    ("name", "first", "end", "named"),
    [
        ("electricity", "1997-06-01", "1997-09-01", {"nswprice", "vicprice", "vicdemand", "transfer"}),
        ("bike_sharing", "2012-01-01", "2013-01-01", set()),
        ("bike_sharing", "2012-06-01", "2012-09-01", set()),
        ("bank_marketing", "2009-05-01", "2010-01-01", {"euribor3m", "nr.employed", "poutcome", "default"}),
    ],
)
def test_with_times_the_calendar_is_no_drift(data_set, part_of_rows, name, first, end, named):
    """Summer is no drift beside a year of weather; prices that fell, and a crisis, are."""
    table, split = data_set(name), part_of_rows(name)
    times = np.array([moment(text) for text in table[TIME[name]]])
    columns = {key: column for key, column in table.items() if key not in LEFT_OUT[name]}
    known = np.flatnonzero(split == "reference")
    reference = learn(Batch(len(known), ModelKey(), times[known], rows_of(columns, known)), in_order=True)
    rows = np.flatnonzero((times >= moment(first)) & (times < moment(end)))
    histograms = Histograms(reference, ModelConfig(), (Window("w", 1.1 * (moment(end) - moment(first))),))
    window = Batch(len(rows), ModelKey(), times[rows], rows_of(columns, rows))
    histograms.add(histograms.grid.locate(window), times[rows], times[rows].max())
    view = histograms.view("w", times[rows].max())
    found = {column.name for column, verdict in zip(view.grid.columns, view.drifted, strict=True) if verdict == 1}
    assert named <= found
    assert named or not found
