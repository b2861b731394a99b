"""How often realised performance lies within the interval that was estimated without outcomes, on real data.

    python tests/benchmarks/estimated_performance.py DATA

DATA holds CSV files with a time order, and for each a file of predictions (`row_id`, `split`, `score`, `prediction`).
The reference is learned from the rows of split `reference`; those of split `current` are cut into windows of
consecutive rows. Every number is what the exporter would show for such a window.

Concept drift is defined without the estimate's interval: a window has none if a chi-squared test (1 %) over fifths of
the calibrated score accepts its outcomes, once the offsets between stretches of the reference are allowed for.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from inference_exporter.detectors.estimated_performance.learn import RECORD
from inference_exporter.detectors.estimated_performance.watch import EstimatedWindow
from inference_exporter.learning.learning import learn
from inference_exporter.measures.performance import CLASSIFICATION_MEASURES
from inference_exporter.model.performance_totals import ClassificationAccumulator
from inference_exporter.samples.batch import Batch, ModelKey

SETS = {"bank_marketing": "y", "hotel_bookings": "is_canceled", "electricity": "price_up"}
SIZES = (500, 2000)
SHOWN = ("accuracy_ratio", "f1_ratio", "roc_auc", "log_loss", "brier_score")


def read(folder, name, outcome):
    """Return scores, predictions and outcomes of the reference and of what follows it."""
    data = pd.read_csv(folder / f"{name}.csv.gz", low_memory=False)
    rows = pd.read_csv(folder / f"{name}_predictions.csv.gz").merge(data[["row_id", outcome]], on="row_id")
    rows = rows.dropna(subset=["score", "prediction", outcome]).sort_values("row_id")
    rows[outcome] = rows[outcome].replace({"no": 0, "yes": 1}).astype(int)
    return [rows[rows["split"] == split] for split in ("reference", "current")]


def batch_of(rows):
    """Return rows as a batch."""
    score = rows["score"].to_numpy(float)
    return Batch(len(rows), ModelKey("m", "1", "champion"), np.arange(len(rows), dtype=float),
                 features={"score": score}, prediction=texts(rows["prediction"]), scores={"1": score})  # fmt: skip


def texts(values):
    """Return classes as texts."""
    return [str(int(value)) for value in values]


def realised(rows, outcome):
    """Return what the exporter shows once the outcomes have come."""
    card, batch = ClassificationAccumulator(["0", "1"]), batch_of(rows)
    encoded = card.encode_predictions(batch.prediction), card.encode_outcomes(texts(rows[outcome]))
    totals = card.totals(*card.add_up(*encoded, card.encode_scores(batch.scores, batch.size)))
    return {key: measure.compute(totals) for key, measure in CLASSIFICATION_MEASURES.items()}


def drifted(cells, rows, outcome):
    """Return whether outcomes are not calibrated as in the reference."""
    batch = batch_of(rows)
    codes, matrix = cells.encoded(batch.prediction, batch.scores, batch.size)
    hit = np.array(texts(rows[outcome])) == cells.classes[cells.rows[0]]
    place = np.searchsorted(cells._curves[0].edges, matrix[:, cells.rows[0]], side="right")
    p, _, spread = (part[0][codes.astype(int), place] for part in cells.probabilities)
    fifth = np.argsort(np.argsort(p, kind="stable")) * 5 // len(p)
    gap, weight, extra = (np.bincount(fifth, of, 5) for of in (hit - p, p * (1 - p), spread * p * (1 - p)))
    return float((np.square(gap) / (weight + np.square(extra))).sum()) > 15.09


def mean_of(values):
    """Return the mean, NaN without values."""
    return np.mean(values) if values else np.nan


def main():
    """Print one line for each set and size of window."""
    folder = Path(sys.argv[1])
    for name, outcome in SETS.items():
        reference_rows, rows = read(folder, name, outcome)
        reference = learn(batch_of(reference_rows), in_order=True, outcome=texts(reference_rows[outcome]))
        cells = RECORD.of(reference).cells
        print(f"{name}: {len(reference_rows)} rows, spread {[of.spread.round(2).tolist() for of in cells._curves]}")
        for size in SIZES:
            report(cells, rows, outcome, size)
        constructed(pd.concat([reference_rows, rows]), outcome)
        half = len(reference_rows) // 2
        first = learn(batch_of(reference_rows[:half]), in_order=True, outcome=texts(reference_rows[outcome][:half]))
        print("  second half of the reference, from its first half")
        report(RECORD.of(first).cells, reference_rows[half:], outcome, SIZES[0])


def constructed(rows, outcome, windows=200):
    """Print the coverage on windows without concept drift by construction: real rows, real outcomes, shifted scores.

    The calibration is learned from a random half of all rows, and windows are drawn from the other half, in favour of
    high or of low scores: the scores drift, but how often each is right does not.
    """
    random = np.random.default_rng(0)
    order = random.permutation(len(rows))
    known, pool = (rows.iloc[part] for part in (order[: len(rows) // 2], order[len(rows) // 2 :]))
    cells = RECORD.of(learn(batch_of(known), in_order=False, outcome=texts(known[outcome]))).cells
    rank = pool["score"].rank(pct=True).to_numpy()
    inside, apart = {key: [] for key in SHOWN}, {key: [] for key in SHOWN}
    for _ in range(windows):
        weight = np.exp(random.choice([-2, 0, 2]) * rank)
        window = pool.iloc[random.choice(len(pool), SIZES[0], replace=False, p=weight / weight.sum())]
        batch, truth = batch_of(window), realised(window, outcome)
        estimates = EstimatedWindow(cells, cells.counts(*cells.encoded(batch.prediction, batch.scores, batch.size)), 50)
        for key in SHOWN:
            of_class = "" if "" in truth[key] else "1"
            estimate = estimates.estimates[key][of_class]
            if not np.isnan(truth[key][of_class]):
                inside[key].append(estimate.lower <= truth[key][of_class] <= estimate.upper)
                apart[key].append(abs(estimate.value - truth[key][of_class]))
    shares = ", ".join(f"{key} {np.mean(inside[key]):.1%} (off {np.mean(apart[key]):.3f})" for key in SHOWN)
    print(f"  {SIZES[0]} rows, {windows} windows without concept drift by construction; inside: {shares}")


def report(cells, rows, outcome, size):
    """Print how many windows of a size are covered, with and without concept drift."""
    inside, began, apart = {key: ([], []) for key in SHOWN}, 0.0, {key: [] for key in SHOWN}
    windows = [rows.iloc[start : start + size] for start in range(0, len(rows) - size + 1, size)]
    for window in windows:
        batch = batch_of(window)
        counts = cells.counts(*cells.encoded(batch.prediction, batch.scores, batch.size))
        start = time.process_time()
        estimates = EstimatedWindow(cells, counts, 50).estimates
        began += time.process_time() - start
        truth, moved = realised(window, outcome), drifted(cells, window, outcome)
        for key in SHOWN:
            of_class = "" if "" in truth[key] else "1"
            estimate = estimates[key][of_class]
            inside[key][moved].append(estimate.lower <= truth[key][of_class] <= estimate.upper)
            if not moved:
                apart[key].append(abs(estimate.value - truth[key][of_class]))
    calm = len(inside[SHOWN[0]][0])
    shares = ", ".join(
        f"{key} {np.mean(inside[key][0]):.0%} (off {np.mean(apart[key]):.3f}; drifted {mean_of(inside[key][1]):.0%})"
        for key in SHOWN
    )
    print(
        f"  {size} rows: {calm} of {len(windows)} without concept drift; inside: {shares}; {began / len(windows):.4f} s"
    )


if __name__ == "__main__":
    main()
