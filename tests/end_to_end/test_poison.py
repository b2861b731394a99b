"""A body that kills the worker: set aside after two deaths, and everything else goes on."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import inference_exporter
import pytest
import requests
from inference_exporter.demo.processes import free_port
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.end_to_end

DEADLY = '''"""Bodies of which the process dies, as of a fault in a library in C."""

import os
import signal

from ._base import WireFormat


def read(chunks):
    """Die."""
    os.kill(os.getpid(), signal.SIGKILL)
    yield


FORMAT = WireFormat("deadly", ("text/deadly",), read)
'''
CONFIG = "models: [{name: m, learning: {samples: 500}}]\nwindows: [24h]\nstorage: {path: state}\n"
GOOD = [{"features": {"x": 1.5}, "model": "m"}] * 10


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a folder with a copy of the package that has one more wire format."""
    folder = tmp_path_factory.mktemp("copy")
    package = folder / "inference_exporter"
    shutil.copytree(Path(inference_exporter.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "decode" / "deadly.py").write_text(DEADLY)
    init = package / "decode" / "__init__.py"
    init.write_text(init.read_text().replace("FORMATS =", "from .deadly import FORMAT as DEADLY\n\nFORMATS ="))
    return folder


class Serving:
    """A real ``serve`` of the copy."""

    def __init__(self, copy, folder):
        (folder / "config.yml").write_text(CONFIG)
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._environment = os.environ | {"PYTHONPATH": str(copy)}
        flags = ["--config.file=config.yml", f"--web.listen-address=127.0.0.1:{port}"]
        with (folder / "serve.log").open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "inference_exporter", "serve", *flags],
                cwd=folder, env=self._environment, stderr=log,
            )  # fmt: skip

    def await_restarts(self, number):
        """Wait until the worker has restarted so often and is ready; return its points."""
        pause, until = threading.Event(), time.monotonic() + 240
        while time.monotonic() < until:
            assert self._process.poll() is None, "the front ended"
            try:
                points = self.points()
            except requests.RequestException:
                points = {}
            if points.get(("worker_restarts_total",), -1) >= number:
                return points
            pause.wait(0.05)
        pytest.fail(f"not ready after {number} restarts")

    def post(self, body, content_type="application/json"):
        headers = {"Content-Type": content_type}
        return requests.post(f"{self.url}/v1/samples", body, headers=headers, timeout=120).status_code

    def points(self):
        answer = requests.get(f"{self.url}/metrics", timeout=120)
        answer.raise_for_status()
        return {
            (sample.name.removeprefix("inference_exporter_"), *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    def end(self):
        self._process.terminate()
        self._process.wait(60)


@pytest.fixture
def serving(copy, tmp_path):
    """Return a function that starts the sidecar on the same folder; the one before has ended."""
    started = []

    def start():
        if started:
            started[-1].end()
        started.append(Serving(copy, tmp_path))
        started[-1].await_restarts(0)
        return started[-1]

    yield start
    started[-1].end()


def store(action, folder):
    command = [sys.executable, "-m", "inference_exporter", "store", action, str(folder / "state")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_it_is_set_aside(serving, tmp_path):
    """It kills the worker twice, then it is kept, counted and refused, and everything else goes on."""
    running = serving()
    assert running.post(json.dumps(GOOD)) == 200
    assert running.post(b"poison", "text/deadly") == 503
    running.await_restarts(2)
    assert running.post(b"poison", "text/deadly") == 400
    assert running.post(json.dumps(GOOD)) == 200
    points = running.points()
    assert points["worker_restarts_total",] == 2
    assert points["requests_refused_total", "set_aside"] == 1
    _is_accounted_for(points, 20)

    _is_accounted_for(serving().points(), 20)  # and after another start
    assert "1 set aside, not counted" in store("stats", tmp_path)
    entries = [json.loads(line) for line in store("export", tmp_path).splitlines()]
    assert [entry["body"] for entry in entries if entry["kind"] == "aside-body"] == ["poison"]


def _is_accounted_for(points, accepted):
    assert points["samples_accepted_total", "json"] == accepted
    assert points["samples_rejected_total", "deadly", "worker_died"] == 1
    assert points["samples_total", "deadly"] == 1
    assert points["store_entries_set_aside", "worker_died"] == 1
    assert points["model_window_samples", "24h", "champion", "m", "unversioned"] == accepted


def test_many_at_once(serving):
    """Several that wait in the journal are set aside one after another, without an end of the front."""
    running = serving()
    threads = [
        threading.Thread(target=running.post, args=(b"poison %d" % number, "text/deadly")) for number in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    points = running.await_restarts(2)
    assert points["store_entries_set_aside", "worker_died"] >= 1
    assert points["samples_rejected_total", "deadly", "worker_died"] == points["store_entries_set_aside", "worker_died"]
    assert running.post(json.dumps(GOOD)) == 200
