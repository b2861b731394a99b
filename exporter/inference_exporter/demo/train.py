"""Trains the demo's model on the early months, and writes the table for its reference.

Can also write the flights of the whole year, so that the traffic need not
prepare them again.

Run it with ``python -m inference_exporter.demo.train --help``.
"""

import argparse
import pickle
from pathlib import Path

import pandas as pd

from .data import load_flights, reference_flights, training_flights
from .model import FlightModel, feature_rows, train
from .names import FEATURES, SCORE_COLUMN


def reference_table(model: FlightModel, flights: pd.DataFrame) -> pd.DataFrame:
    """Return the flights with the model's predictions."""
    scores = model.scores(feature_rows(flights))
    columns = ["id", "time", *FEATURES, "outcome"]
    return flights[columns].assign(prediction=model.predictions(scores), **{SCORE_COLUMN: scores.round(6)})


def main() -> None:
    """Train, write both files, and print the model's accuracy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model.file", dest="model_file", type=Path, required=True)
    parser.add_argument("--reference.file", dest="reference_file", type=Path, required=True)
    parser.add_argument("--flights.file", dest="flights_file", type=Path)
    arguments = parser.parse_args()
    flights = load_flights()
    learned = training_flights(flights)
    model = train(learned)
    reference = reference_table(model, reference_flights(flights))
    arguments.model_file.write_bytes(pickle.dumps(model))
    if arguments.flights_file:
        flights.to_pickle(arguments.flights_file)
    reference.to_csv(arguments.reference_file, index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    known = reference[reference["outcome"].notna()]
    right = (known["outcome"] == known["prediction"]).mean()
    print(f"trained on {len(learned):,} flights; right on {right:.1%} of {len(known):,} held out")


if __name__ == "__main__":
    main()
