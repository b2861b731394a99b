"""The commands that the demo runs, and the files they exchange."""

import sys
from pathlib import Path

from .names import CATEGORICAL, CHALLENGER_VERSION, LATE, MINUTES_MODEL, MODEL, SCORE_COLUMN, VERSION

Command = list[str | Path]
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""For scikit-learn: small batches on a busy machine are slower with several threads than with one."""


class Files:
    """The files of one run, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.model = folder / "model.pickle"
        self.table = folder / "reference.csv"
        self.challenger_table = folder / "challenger.csv"
        self.minutes_table = folder / "minutes.csv"
        self.flights = folder / "flights.pickle"
        self.reference = folder / "flight-delay.reference.json"
        self.challenger_reference = folder / "flight-delay-challenger.reference.json"
        self.minutes_reference = folder / "flight-delay-minutes.reference.json"
        self.configuration = folder / "exporter.yml"


def train(files: Files) -> Command:
    """Train the models; write them, their reference tables, and the flights to replay."""
    return [
        *_module("train"),
        f"--model.file={files.model}",
        f"--reference.file={files.table}",
        f"--challenger.file={files.challenger_table}",
        f"--minutes.file={files.minutes_table}",
        f"--flights.file={files.flights}",
    ]


def build_references(files: Files) -> dict[str, Command]:
    """Build the reference of each model from its table, as a user would; by the name of the process."""
    score = ("--score-column", f"{LATE}={SCORE_COLUMN}")
    return {
        "reference": _build(files.table, files.reference, MODEL, VERSION, *score),
        "reference-challenger": _build(
            files.challenger_table, files.challenger_reference, MODEL, CHALLENGER_VERSION, *score
        ),
        "reference-minutes": _build(files.minutes_table, files.minutes_reference, MINUTES_MODEL, VERSION),
    }


def _build(table: Path, reference: Path, model: str, version: str, *more: str) -> Command:
    return [
        *_exporter("reference"),
        *("build", table, "--out", reference, "--model", model, "--model-version", version),
        *("--prediction-column", "prediction", "--outcome-column", "outcome"),
        *("--time-column", "time", "--id-column", "id", "--categorical-columns", ",".join(CATEGORICAL), *more),
    ]


def serve(files: Files) -> Command:
    """Run the sidecar."""
    return [*_exporter("serve"), f"--config.file={files.configuration}"]


def model_server(files: Files, listen_address: str, exporter: str, seed: int) -> Command:
    """Run the model server next to its exporter."""
    return [
        *_module("model_server"),
        f"--model.file={files.model}",
        f"--web.listen-address={listen_address}",
        f"--exporter.url={exporter}",
        f"--seed={seed}",
    ]


def traffic(files: Files, model: str, exporter: str, speed: float) -> Command:
    """Replay the flights."""
    return [
        *_module("traffic"),
        f"--flights.file={files.flights}",
        f"--model.url={model}",
        f"--exporter.url={exporter}",
        f"--speed={speed}",
    ]


def _exporter(command: str) -> list[str]:
    # This interpreter's, not the script on the PATH, which may be of another version.
    return [sys.executable, "-m", "inference_exporter", command]


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", f"inference_exporter.demo.{name}"]
