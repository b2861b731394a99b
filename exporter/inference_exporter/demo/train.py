"""Trains the demo's models on the early months, and writes the tables for their references.

Can also write the flights of the whole year, so that the traffic need not
prepare them again.

Run it with ``python -m inference_exporter.demo.train --help``.
"""

import argparse
import pickle
from pathlib import Path

import pandas as pd

from .data import load_flights, reference_flights, training_flights
from .model import FlightModel, Models, feature_rows, train
from .names import FEATURES, MINUTES_ORIGIN, SCORE_COLUMN


def reference_table(model: FlightModel, flights: pd.DataFrame) -> pd.DataFrame:
    """Return the flights with the model's predictions."""
    scores = model.scores(feature_rows(flights))
    columns = ["id", "time", *FEATURES, "outcome"]
    return flights[columns].assign(prediction=model.predictions(scores), **{SCORE_COLUMN: scores.round(6)})


def minutes_table(models: Models, flights: pd.DataFrame) -> pd.DataFrame:
    """Return the second model's flights with the predicted minutes, and the actual ones as their outcome."""
    flights = flights[flights["origin"] == MINUTES_ORIGIN]
    predicted = models.minutes.predict(feature_rows(flights)).round(1)
    return flights[["id", "time", *FEATURES]].assign(outcome=flights["delay_minutes"], prediction=predicted)


def write_table(table: pd.DataFrame, file: Path) -> None:
    """Write a table for `reference build`."""
    table.to_csv(file, index=False, date_format="%Y-%m-%dT%H:%M:%SZ")


def main() -> None:
    """Train, write all files, and print the champion's accuracy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model.file", dest="model_file", type=Path, required=True)
    parser.add_argument("--reference.file", dest="reference_file", type=Path, required=True)
    parser.add_argument("--challenger.file", dest="challenger_file", type=Path, help="the challenger's reference table")
    parser.add_argument("--minutes.file", dest="minutes_file", type=Path, help="the second model's reference table")
    parser.add_argument("--flights.file", dest="flights_file", type=Path)
    arguments = parser.parse_args()
    flights = load_flights()
    learned = training_flights(flights)
    models = train(learned)
    held_out = reference_flights(flights)
    reference = reference_table(models.champion, held_out)
    arguments.model_file.write_bytes(pickle.dumps(models))
    if arguments.flights_file:
        flights.to_pickle(arguments.flights_file)
    write_table(reference, arguments.reference_file)
    if arguments.challenger_file:
        write_table(reference_table(models.challenger, held_out), arguments.challenger_file)
    if arguments.minutes_file:
        write_table(minutes_table(models, held_out), arguments.minutes_file)
    # On held-out days only: on the flights of the training it would flatter.
    known = reference[reference["outcome"].notna()]
    right = (known["outcome"] == known["prediction"]).mean()
    print(f"trained on {len(learned):,} flights; right on {right:.1%} of {len(known):,} held out")


if __name__ == "__main__":
    main()
