"""Traffic of the end-to-end tests: a classifier and a regressor, clean or drifted, with all fields."""

import csv
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import requests
from inference_exporter.samples.batch import ModelKey

CLASSIFIER = ModelKey("credit", "7", "champion")
REGRESSOR = ModelKey("rides", "2", "champion")
REFERENCE_ROWS = 6000
PERIOD_SECONDS = 0.25
SAMPLES = 60  # per period

Row = dict[str, Any]


def rows(key: ModelKey, n: int, random: np.random.Generator, drifted: bool) -> list[Row]:
    """Return samples with their outcomes, as flat rows."""
    shift = 1.5 if drifted else 0.0
    age, income = random.normal(40 + 12 * shift, 12, n), random.lognormal(10, 0.5, n)
    country = random.choice(["FR", "DE", "IT", "ES"], n, p=[0.4, 0.3, 0.2, 0.1])
    debt = np.where(random.random(n) < 0.05, np.nan, random.gamma(2, 1000, n))
    truth = random.random(n)
    made: list[Row] = []
    for index in range(n):
        score = float(np.clip((age[index] - 20) / 60 + random.normal(0, 0.1), 0.01, 0.99))
        row: Row = {"age": round(age[index], 3), "income": round(income[index], 2), "country": str(country[index])}
        row["debt"] = None if np.isnan(debt[index]) else round(debt[index], 2)
        if key == CLASSIFIER:
            outcome = "yes" if truth[index] < score else "no"
            row |= {"prediction": "yes" if score > 0.5 else "no", "score": round(score, 4), "outcome": outcome}
        else:
            row |= {"prediction": round(100 * score, 3), "outcome": round(100 * score + random.normal(0, 5), 3)}
        made.append(row)
    return made


def write_reference_tables(folder: Path) -> None:
    """Write the tables that references are built from."""
    random = np.random.default_rng(1)
    for key in (CLASSIFIER, REGRESSOR):
        table = rows(key, REFERENCE_ROWS, random, drifted=False)
        with (folder / f"{key.model}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, table[0].keys())
            writer.writeheader()
            writer.writerows(table)


class Traffic:
    """Sends samples and outcomes four times a second until closed; `drift` changes their distribution."""

    def __init__(self, exporter: str, random: np.random.Generator) -> None:
        self.drift = threading.Event()
        self.sent = 0
        self.outcomes = 0
        self._exporter = exporter
        self._random = random
        self._ended = threading.Event()
        self._session = requests.Session()
        self._session.trust_env = False  # reading the environment in a thread would race with pytest, which writes it
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Traffic":
        self._post(
            "events",
            [
                {"kind": "deployment", "title": "test", "model": key.model, "version": key.version}
                for key in (CLASSIFIER, REGRESSOR)
            ],
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._session.close()

    def _run(self) -> None:
        while not self._ended.wait(PERIOD_SECONDS):
            for key in (CLASSIFIER, REGRESSOR):
                made = rows(key, SAMPLES, self._random, self.drift.is_set())
                ids = [f"{key.model}-{self.sent + place}" for place in range(SAMPLES)]
                self._post("samples", [self._sample(key, row, name) for row, name in zip(made, ids, strict=True)])
                self.sent += SAMPLES
                known = [
                    {"id": name, "outcome": row["outcome"], "model": key.model}
                    for row, name in zip(made, ids, strict=True)
                ]
                self._post("outcomes", known)
                self.outcomes += SAMPLES

    def _sample(self, key: ModelKey, row: Row, name: str) -> Row:
        features = {field: row[field] for field in ("age", "income", "country", "debt")}
        failed = self._random.random() < 0.002
        return {
            "id": name,
            "time": time.time(),
            **key._asdict(),
            "features": features,
            "prediction": row["prediction"],
            "scores": {"yes": row["score"]} if "score" in row else None,
            "latency_seconds": float(self._random.gamma(2, 0.01)),
            "stages": {"preprocess": 0.002, "predict": 0.01},
            "code": 500 if failed else 200,
            "trace_id": f"{self._random.integers(2**62):032x}",
        }

    def _post(self, path: str, content: Sequence[Row]) -> None:
        answer = self._session.post(f"{self._exporter}/v1/{path}", json=content, timeout=60)
        assert answer.status_code == 200, answer.text
        assert answer.json()["rejected"] == 0, answer.text
