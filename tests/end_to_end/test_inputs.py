"""Files and standard input reach the metrics of a real sidecar, and a killed worker goes on where it stopped."""

import gzip
import json
import subprocess
import sys

import psutil
import pytest
from inference_exporter.demo.processes import free_port
from test_serve import COMMAND, LONG_ENOUGH, Served, serving, wait_for

pytestmark = pytest.mark.end_to_end
NATIVE = '{{"model":"fraud","id":"r-{0}","features":{{"x":{0}}},"prediction":"ok"}}\n'


def value(served, name):
    """Return the sum of a metric's series."""
    return sum(float(line.split()[-1]) for line in served.metrics().splitlines() if line.startswith(name))


def test_files(tmp_path):
    """Native lines, payloads and compressed files are counted; after a kill of the worker nothing is read twice."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.log").write_text("".join(map(NATIVE.format, range(100))) + "nonsense\n")
    (folder / "old.log.gz").write_bytes(gzip.compress("".join(map(NATIVE.format, range(100, 120))).encode()))
    text = f"storage: {{path: state}}\ninputs: {{files: [{{path: '{folder}/*.log*'}}]}}\n"
    with serving(tmp_path, free_port(), text) as served:
        wait_for(lambda: value(served, "inference_exporter_samples_accepted_total") == 120, "not read")
        assert value(served, "inference_exporter_samples_rejected_total") == 1
        assert value(served, "inference_exporter_files_lag_bytes") == 0
        assert value(served, "inference_exporter_input_up") == 1
        assert "inference_exporter_proxy_up" not in served.metrics()
        position = tmp_path / "state" / "positions" / "files.json"
        wait_for(position.exists, "no positions")
        done = (folder / "a.log").stat().st_size
        wait_for(lambda: done in [each["offset"] for each in json.loads(position.read_text())["files"]], "not kept")
        (worker,) = served.workers()
        worker.kill()
        psutil.wait_procs([worker], LONG_ENOUGH)
        with (folder / "a.log").open("a") as file:
            file.write(NATIVE.format(200))
        wait_for(lambda: served.ready() and value(served, "inference_exporter_samples_accepted_total") == 121, "count")


def test_standard_input(tmp_path):
    """What a program writes to a pipe is counted; its end does not end the sidecar."""
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, f"--web.listen-address=127.0.0.1:{port}", "--stdin", "--log.level=error"],
        stdin=subprocess.PIPE, stderr=sys.stderr,
    )  # fmt: skip
    try:
        assert process.stdin is not None
        process.stdin.write(("".join(map(NATIVE.format, range(50)))).encode())
        process.stdin.close()
        served = Served(process, port)
        wait_for(served.ready, "not ready")
        wait_for(lambda: value(served, "inference_exporter_samples_accepted_total") == 50, "not read")
        assert process.poll() is None
    finally:
        process.terminate()
        assert process.wait(LONG_ENOUGH) == 0
