"""``serve`` as a process: its start and end, signals, a taken address, a killed parent."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psutil
import pytest
import requests
from inference_exporter.client import Monitor
from inference_exporter.demo.processes import free_port

pytestmark = pytest.mark.end_to_end

COMMAND = [sys.executable, "-m", "inference_exporter", "serve"]
LONG_ENOUGH = 120.0
MODEL = "models:\n  - {name: fraud, framework: FRAMEWORK}\n"


def wait_for(holds, what, seconds=LONG_ENOUGH):
    """Return the first true result of a condition, checked twenty times a second."""
    pause = threading.Event()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = holds()
        if found:
            return found
        pause.wait(0.05)
    return pytest.fail(f"after {seconds:.0f} s: {what}")


class Served:
    """A running sidecar."""

    def __init__(self, process, port):
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    def ready(self):
        try:
            return requests.get(f"{self.url}/-/ready", timeout=60).ok
        except requests.RequestException:
            return False

    def metrics(self):
        return requests.get(f"{self.url}/metrics", timeout=60).text

    def workers(self):
        """Return the processes that the sidecar started, except for multiprocessing's helper."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if "resource_tracker" not in " ".join(child.cmdline())]


@contextmanager
def serving(folder, port, text=""):
    """Run a sidecar that is ready; end it if the test did not."""
    config = folder / "config.yml"
    config.write_text(text)
    log = folder / "serve.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [*COMMAND, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}"], stderr=file
        )
    served = Served(process, port)
    try:
        wait_for(lambda: served.ready() or process.poll() is not None, "not ready")
        assert process.poll() is None, log.read_text()
        yield served
    finally:
        if process.poll() is None:
            for child in served.workers():
                child.kill()
            process.kill()
        process.wait(LONG_ENOUGH)


def gone(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_well_when_told_to(tmp_path, number):
    """SIGTERM and SIGINT end it and its worker with 0 within seconds, and free the address."""
    port = free_port()
    with serving(tmp_path, port) as served:
        workers = served.workers()
        assert workers
        served.process.send_signal(number)
        assert served.process.wait(LONG_ENOUGH) == 0
        assert all(gone(worker) for worker in workers)
    with serving(tmp_path, port) as again:
        assert again.ready()


def test_is_ready_soon(tmp_path):
    """From start to the first answer it takes some seconds of CPU time, which a busy machine does not lengthen."""
    with serving(tmp_path, free_port()) as served:
        processes = [psutil.Process(served.process.pid), *served.workers()]
        assert sum(sum(process.cpu_times()[:2]) for process in processes) < 10  # the aim is two


def test_sighup_reloads_without_losing_state(tmp_path):
    """SIGHUP reloads the file, as in Prometheus; counters stay, and an invalid file changes nothing."""
    with serving(tmp_path, free_port(), MODEL.replace("FRAMEWORK", "first")) as served:
        requests.post(f"{served.url}/v1/samples", json={"model": "other", "features": {"x": 1}}, timeout=60)
        workers = served.workers()
        (tmp_path / "config.yml").write_text(MODEL.replace("FRAMEWORK", "second"))
        served.process.send_signal(signal.SIGHUP)
        wait_for(lambda: 'framework="second"' in served.metrics(), "the new file is not in force")
        (tmp_path / "config.yml").write_text("windws: [5m]\n")
        served.process.send_signal(signal.SIGHUP)
        failed = "\ninference_exporter_config_last_reload_successful 0\n"
        wait_for(lambda: failed in served.metrics(), "the failed reload is not told")
        shown = served.metrics()
        assert 'framework="second"' in shown
        assert 'model_requests_total{model="other",version="unversioned",variant="champion",code="200"} 1\n' in shown
        assert served.workers() == workers
    assert f"{tmp_path / 'config.yml'}:1: windws: unknown key" in (tmp_path / "serve.log").read_text()


def test_a_taken_address_is_refused(tmp_path):
    """A second sidecar on the same address exits with 2 and the reason; the first keeps all samples."""
    port = free_port()
    with serving(tmp_path, port) as served:
        second = subprocess.run(
            [*COMMAND, f"--web.listen-address=127.0.0.1:{port}"], capture_output=True, text=True, timeout=300
        )
        assert second.returncode == 2
        assert second.stderr == f"web.listen_address: cannot listen on 127.0.0.1:{port}: Address already in use\n"
        assert served.ready()


def test_a_killed_parent_takes_its_worker_along(tmp_path):
    """No process holds the address after the front was killed."""
    port = free_port()
    with serving(tmp_path, port) as served:
        workers = served.workers()
        assert workers
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait(LONG_ENOUGH)
        wait_for(lambda: all(gone(worker) for worker in workers), "the worker lives on")
        assert not served.ready()


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read: No such file or directory"), ("{}", "expected")],
)
def test_a_reference_that_cannot_be_used_stops_the_start(tmp_path, content, message):
    """It exits with 2 and one line that names the file, without a traceback."""
    if content is not None:
        (tmp_path / "ref.json").write_text(content)
    config = tmp_path / "config.yml"
    config.write_text("models:\n  - {name: fraud, reference: ref.json}\n")
    ended = subprocess.run(
        [*COMMAND, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{free_port()}"],
        capture_output=True, text=True, timeout=3000,
    )  # fmt: skip
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert "level=error" in line
    assert f"{tmp_path / 'ref.json'}: {message}" in line


def test_logs_are_json_where_asked(tmp_path):
    """Each line of the log is one JSON object."""
    config = tmp_path / "config.yml"
    config.write_text("models:\n  - {name: fraud, reference: ref.json}\n")
    arguments = [f"--config.file={config}", f"--web.listen-address=127.0.0.1:{free_port()}", "--log.format=json"]
    ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=3000)
    assert ended.returncode == 2
    lines = ended.stderr.splitlines()
    assert lines
    assert all(line.startswith("{") and line.endswith("}") for line in lines)


def test_a_unix_socket(tmp_path):
    """curl and the client reach it over a Unix socket, also after a kill left the file behind; the end removes it."""
    curl = shutil.which("curl") or pytest.skip("curl is missing")
    path = tmp_path / "exporter.sock"
    ask = [curl, "-sS", "--unix-socket", str(path), "http://localhost/metrics"]
    text = f"web: {{unix_socket: {path}}}\n"
    with serving(tmp_path, free_port(), text) as served:
        assert path.stat().st_mode & 0o777 == 0o600
        with Monitor(f"unix://{path}", model="fraud") as monitor:
            monitor.observe({"x": 1}, 0.5)
            assert monitor.flush(LONG_ENOUGH)
        metrics = subprocess.run(ask, capture_output=True, text=True, check=True).stdout
        assert 'inference_exporter_samples_accepted_total{format="ndjson"} 1\n' in metrics
    assert path.exists(), "it was killed"
    with serving(tmp_path, free_port(), text) as served:
        assert subprocess.run(ask, capture_output=True, check=True).stdout
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(LONG_ENOUGH) == 0
    assert not path.exists()
