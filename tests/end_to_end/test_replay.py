"""A replay into a real Prometheus: promtool creates blocks from it, and the repository's rules alert on the drift."""

import csv
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import requests
from inference_exporter.demo.processes import free_port

pytestmark = pytest.mark.end_to_end
REPOSITORY = Path(__file__).parents[2]
START = 1_770_000_000 - 1_770_000_000 % 3600
MINUTES, MOVED = 1200, 900  # the feature `x` moves by two standard deviations a quarter before the end


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    """Replay five samples a minute with known drift; returns the folder with what was written, and the report."""
    if shutil.which("promtool") is None or shutil.which("prometheus") is None:
        pytest.skip("the Debian package prometheus is missing")
    folder = tmp_path_factory.mktemp("replay")
    random = np.random.default_rng(5)
    with (folder / "data.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["when", "x", "y"])
        for row in range(MINUTES * 5):
            moved = 2.0 * (row // 5 >= MOVED)
            writer.writerow([START + 12 * row, random.normal() + moved, random.normal()])
    (folder / "config.yml").write_text("windows: [1h]\nmodels:\n  - {name: m, version: '1'}\n")
    done = subprocess.run(
        [sys.executable, "-m", "inference_exporter", "replay", "data.csv", "--config.file=config.yml",
         "--time-column=when", "--reference-share=0.5", "--step=1m", "--clean-draws=0", "--json=report.json",
         "--openmetrics=out.om", f"--rules={REPOSITORY / 'prometheus' / 'rules'}"],
        cwd=folder, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, json.loads((folder / "report.json").read_text())


def test_the_rules_tell_of_the_drift(replayed):
    """ModelFeatureDrift fires for the feature that moved, its 15 minutes after the verdict, and for no other."""
    _, report = replayed
    (episode,) = [episode for episode in report["models"][0]["episodes"] if episode["start"] > START + 60 * MOVED]
    fired = [alert for alert in report["alerts"] if alert["name"] == "ModelFeatureDrift"]
    assert [alert["labels"]["feature"] for alert in fired] == ["x"]
    assert fired[0]["end"] is None
    # The timeline reads the verdict once per slot (2 minutes), the rules at each step.
    assert fired[0]["start"] - episode["start"] == pytest.approx(15 * 60, abs=3 * 60)
    assert "Watchdog" not in {alert["name"] for alert in report["alerts"]}


def test_a_prometheus_shows_the_past(replayed):
    """promtool creates blocks, and a Prometheus on them answers with the values of the past."""
    folder, _ = replayed
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", "out.om", "data"],
        cwd=folder, check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    (folder / "prometheus.yml").write_text("global: {}\n")
    port = free_port()
    server = subprocess.Popen(
        ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
         "--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{port}"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        _await_ready(f"{address}/-/ready")
        for minute, drifted in ((MOVED - 30, "0"), (MINUTES - 5, "1")):
            labels = 'job="inference-exporter",feature="x",window="1h"'
            query = {"query": f"model_feature_drifted{{{labels}}}", "time": START + 60 * minute}
            (found,) = requests.get(f"{address}/api/v1/query", params=query, timeout=60).json()["data"]["result"]
            assert found["value"][1] == drifted and found["metric"]["model"] == "m"
        query = {"query": "increase(model_requests_total[1h])", "time": START + 60 * (MINUTES - 5)}
        (requests_seen,) = requests.get(f"{address}/api/v1/query", params=query, timeout=60).json()["data"]["result"]
        assert float(requests_seen["value"][1]) == pytest.approx(300, abs=10)
    finally:
        server.terminate()
        server.wait(timeout=60)


def _await_ready(address):
    pause = threading.Event()
    for _ in range(720):
        try:
            if requests.get(address, timeout=60).ok:
                return
        except requests.ConnectionError:
            pass
        pause.wait(0.25)
    pytest.fail(f"{address} is not ready after three minutes")
