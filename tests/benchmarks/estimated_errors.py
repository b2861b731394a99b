"""How often the realised error of a regressor lies within the limits estimated without outcomes, on real data.

    python tests/benchmarks/estimated_errors.py DATA [EXPORT]

DATA holds the CSV files. Bike sharing comes with predictions; for the other sets a model is fitted here, on its
earliest third. Windows without concept drift by construction: half of all rows at random are the reference, and
windows are drawn from the other half in favour of small, of middling or of large predictions, or of one end of a
feature. Predictions and features drift, but how large the error is, given both, does not.

With EXPORT the same rows are written there as CSV, for `nannyml_errors.py`, which needs an environment of its own.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from inference_exporter.detectors.estimated_errors.error_cells import ErrorCells
from inference_exporter.detectors.estimated_errors.learn import RECORD
from inference_exporter.detectors.estimated_errors.watch import EstimatedErrorsWindow
from inference_exporter.learning.learning import learn
from inference_exporter.reference.grid import Grid
from inference_exporter.samples.batch import Batch, ModelKey
from sklearn.ensemble import HistGradientBoostingRegressor

WINDOWS, SIZES = 200, (500, 2000)
KEYS = ("mean_absolute_error", "root_mean_squared_error")
BIKE = ["season", "hr", "holiday", "weekday", "workingday", "weathersit", "temp", "atemp", "hum", "windspeed"]
HOTEL = ["hotel", "lead_time", "arrival_date_week_number", "stays_in_week_nights", "stays_in_weekend_nights", "adults",
         "children", "meal", "market_segment", "reserved_room_type", "customer_type", "deposit_type"]  # fmt: skip
ELECTRICITY = ["half_hour", "day_of_week", "nswprice", "vicprice", "vicdemand", "transfer"]


def read(folder, name):
    """Return the rows of a set in the order of time, the names of its features, and of its outcome."""
    if name == "bike_sharing":
        data = pd.read_csv(folder / "bike_sharing.csv.gz")
        rows = pd.read_csv(folder / "bike_sharing_predictions.csv.gz").merge(data, on="row_id")
        rows = rows[rows["split"] != "train"].sort_values("row_id")
        return rows.reset_index(drop=True), BIKE, "cnt"
    names, outcome = (HOTEL, "adr") if name == "hotel_bookings" else (ELECTRICITY, "nswdemand")
    rows = pd.read_csv(folder / f"{name}.csv.gz", low_memory=False).dropna(subset=[*names, outcome])
    # The price of 5,400 is a known fault of the set: the only such error, it would be half of every RMSE that has it.
    rows = rows[rows[outcome] < 1000]
    rows = rows.iloc[:: max(1, len(rows) // 40_000)].reset_index(drop=True)
    numbers = rows[names].apply(lambda of: of if pd.api.types.is_numeric_dtype(of) else of.astype("category").cat.codes)
    early = len(rows) // 3
    model = HistGradientBoostingRegressor(random_state=0, max_iter=120).fit(numbers[:early], rows[outcome][:early])
    return rows.assign(prediction=model.predict(numbers))[early:].reset_index(drop=True), names, outcome


def batch_of(rows, names):
    """Return rows as a batch."""
    features = {
        name: rows[name].to_numpy(float) if pd.api.types.is_numeric_dtype(rows[name]) else rows[name].tolist()
        for name in names
    }
    times = np.arange(len(rows), dtype=float)
    return Batch(len(rows), ModelKey("m", "1", "champion"), times, features=features,
                 prediction=rows["prediction"].to_numpy(float))  # fmt: skip


def cells_of(rows, names, outcome, *, in_order):
    """Return what a reference of these rows learns, and its grid."""
    start = time.process_time()
    reference = learn(
        batch_of(rows, names), in_order=in_order, task="regression", outcome=rows[outcome].to_numpy(float)
    )
    grid = Grid(reference)
    print(f"  learned from {len(rows)} rows in {time.process_time() - start:.1f} s of CPU", end="")
    return ErrorCells(RECORD.of(reference), grid), grid


def estimates(cells, grid, rows, names):
    """Return the estimates for one window."""
    batch = batch_of(rows, names)
    return EstimatedErrorsWindow(cells, cells.counts(*cells.of(grid.locate(batch))), 50).estimates


def realised(rows, outcome):
    """Return the errors once the outcomes have come."""
    error = (rows["prediction"] - rows[outcome]).to_numpy(float)
    return {"mean_absolute_error": np.abs(error).mean(), "root_mean_squared_error": np.sqrt(np.square(error).mean())}


def drawn(pool, names, size):
    """Yield windows from a pool in favour of some rows."""
    random = np.random.default_rng(0)
    numeric = [name for name in names if pd.api.types.is_numeric_dtype(pool[name])]
    for _ in range(WINDOWS):
        by = random.choice(["prediction", random.choice(numeric)])
        weight = np.exp(random.choice([-2, 0, 2]) * pool[by].rank(pct=True).to_numpy())
        yield pool.iloc[np.sort(random.choice(len(pool), size, replace=False, p=weight / weight.sum()))]


def report(what, cells, grid, windows, names, outcome, unit):
    """Print how many windows are covered, how far the estimate was off, and how wide its limits are."""
    inside, apart, wide = ({key: [] for key in KEYS} for _ in range(3))
    for rows in windows:
        truth, found = realised(rows, outcome), estimates(cells, grid, rows, names)
        for key in KEYS:
            of = found[key]
            inside[key].append(of.lower <= truth[key] <= of.upper)
            apart[key].append(abs(of.value - truth[key]) / unit[key])
            wide[key].append((of.upper - of.lower) / unit[key])
    shown = ", ".join(
        f"{key} {np.mean(inside[key]):.1%} (off {np.mean(apart[key]):.4f}, width {np.mean(wide[key]):.3f})"
        for key in KEYS
    )
    print(f"  {what}: {len(inside[KEYS[0]])} windows; inside: {shown}")


def strays(cells):
    """Return what stretches of rows add, and parts of the reference."""
    return f"strays {np.round([*cells.learned.spreads, cells.learned.misfits], 3).tolist()}"


def main():
    """Print one line for each set, kind and size of windows; distances in units of the reference's error."""
    folder, export = Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None
    for name in ("bike_sharing", "hotel_bookings", "electricity"):
        rows, names, outcome = read(folder, name)
        print(f"{name}: {len(rows)} rows")
        order = np.random.default_rng(1).permutation(len(rows))
        known, pool = (rows.iloc[part] for part in (order[: len(rows) // 2], order[len(rows) // 2 :]))
        cells, grid = cells_of(known, names, outcome, in_order=False)
        print(f"; {strays(cells)}; {len(cells.learned.factors)} factors")
        unit = realised(known, outcome)
        for size in SIZES:
            windows = list(drawn(pool, names, size))
            report(f"{size} rows without concept drift", cells, grid, windows, names, outcome, unit)
            if export is not None:
                kept = [*names, "prediction", outcome]
                known[kept].to_csv(export / f"{name}-{size}-reference.csv", index=False)
                pd.concat(windows)[kept].to_csv(export / f"{name}-{size}-analysis.csv", index=False)
        early = len(rows) // 3
        cells, grid = cells_of(rows[:early], names, outcome, in_order=True)
        print(f"; {strays(cells)}")
        later = [rows.iloc[at : at + 500] for at in range(early, len(rows) - 499, 500)]
        report("500 rows in order", cells, grid, later, names, outcome, realised(rows[:early], outcome))


if __name__ == "__main__":
    main()
