"""Traffic to replicas of one model whose faults can be switched on and off."""

import json
import threading
import urllib.request
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

MODEL = {"model": "credit", "version": "7", "variant": "champion"}
FEATURES = ("age", "income", "debt", "tenure", "usage", "visits")
DRIFTING = FEATURES[:3]
REFERENCE_ROWS = 5000
PERIOD_SECONDS = 0.4
SAMPLES = 30  # a period and replica

Row = dict[str, Any]


@dataclass
class Faults:
    """What is wrong with the traffic at the moment."""

    slow: bool = False
    failing: bool = False
    broken: bool = False
    drifted: bool = False
    stalled: bool = False


def rows(n: int, random: np.random.Generator, faults: Faults) -> list[Row]:
    """Return flat rows: features that predict the outcome, which has noise of its own."""
    values = random.normal(0, 1, (n, len(FEATURES)))
    if faults.drifted:
        values[:, : len(DRIFTING)] += 0.8
    # What drifts decides nothing, so that predictions and performance stay as they are.
    score = 1 / (1 + np.exp(-2 * values[:, len(DRIFTING) :].sum(axis=1)))
    outcome = random.random(n) < score
    return [
        {
            **dict(zip(FEATURES, map(float, np.round(line, 4)), strict=True)),
            "prediction": "yes" if chance > 0.5 else "no",
            "score": round(float(chance), 4),
            "outcome": "yes" if came else "no",
        }
        for line, chance, came in zip(values, score, outcome, strict=True)
    ]


def write_reference_table(path: Path) -> None:
    """Write the table that the reference is built from."""
    table = rows(REFERENCE_ROWS, np.random.default_rng(1), Faults())
    lines = [",".join(table[0]), *(",".join(map(str, row.values())) for row in table)]
    path.write_text("\n".join(lines) + "\n")


@dataclass
class Traffic:
    """Sends samples and outcomes to every replica until it is closed; a replica that is down misses its share."""

    replicas: list[str]
    faults: Faults = field(default_factory=Faults)
    refused: int = 0
    _random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))
    _ended: threading.Event = field(default_factory=threading.Event)
    _numbers: Any = field(default_factory=count)

    def __enter__(self) -> "Traffic":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(PERIOD_SECONDS):
            for replica in self.replicas:
                made = rows(SAMPLES, self._random, self.faults)
                ids = [f"r-{next(self._numbers)}" for _ in made]
                self._post(replica, "samples", [self._sample(row, name) for row, name in zip(made, ids, strict=True)])
                if not self.faults.stalled:
                    known = [{"id": i, "outcome": row["outcome"], **MODEL} for i, row in zip(ids, made, strict=True)]
                    self._post(replica, "outcomes", known)

    def _sample(self, row: Row, name: str) -> Row:
        features: dict[str, float | None] = {feature: row[feature] for feature in FEATURES}
        if self.faults.broken:
            features["usage"] = None
        return {
            **MODEL,
            "id": name,
            "features": features,
            "prediction": row["prediction"],
            "scores": {"yes": row["score"]},
            "latency_seconds": 0.4 if self.faults.slow else 0.01,
            "code": 503 if self.faults.failing else 200,
        }

    def _post(self, replica: str, path: str, content: list[Row]) -> None:
        body = json.dumps(content).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://{replica}/v1/{path}", body, headers)
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except OSError:  # it is down, which is one of the faults
            self.refused += 1
