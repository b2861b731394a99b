"""Signals and sudden ends: a reload is never lost, the end is quiet, and no process stays behind."""

import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from overload import HEAD, Sidecar, connected, free_port, wait_for

pytestmark = pytest.mark.end_to_end

FOREVER = 120.0


@contextmanager
def started(folder):
    """Start a sidecar; its log is in `log` of the folder."""
    config, port, log = folder / "config.yml", free_port(), folder / "log"
    config.write_text("models: [{name: m}]\n")
    command = [sys.executable, "-m", "inference_exporter", "serve", f"--config.file={config}"]
    with log.open("wb") as file:
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stderr=file, stdout=file)
    try:
        yield Sidecar(port, process)
    finally:
        process.kill()
        process.wait(30)
        assert "Traceback" not in log.read_text()


def signals_are_blocked(process):
    """Return whether SIGHUP is blocked, which means that the server has not started yet."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigBlk"))
    return bool(int(mask, 16) & 1 << (signal.SIGHUP - 1))


def reloads(folder):
    return (folder / "log").read_text().count("reloaded configuration file")


def test_a_reload_during_the_start_is_not_lost(tmp_path):
    """An early SIGHUP neither ends the process nor is lost."""
    with started(tmp_path) as sidecar:
        wait_for(lambda: signals_are_blocked(sidecar.process), FOREVER)
        sidecar.process.send_signal(signal.SIGHUP)
        wait_for(lambda: reloads(tmp_path) == 1, FOREVER)


def test_a_storm_of_reloads_leaves_room_for_others(tmp_path):
    """Signals share a queued reload, and a reload follows the last one."""
    with started(tmp_path) as sidecar:
        wait_for(sidecar.is_ready, FOREVER)
        for _ in range(2000):
            sidecar.process.send_signal(signal.SIGHUP)
        assert sidecar.ask("/metrics")[0] == 200
        wait_for(lambda: reloads(tmp_path) > 0, FOREVER)
        assert sidecar.value("inference_exporter_requests_refused_total") == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end_is_quiet_and_complete(tmp_path, number):
    """Exit code 0, no traceback and no worker left, even with incomplete requests."""
    with started(tmp_path) as sidecar:
        wait_for(sidecar.is_ready, FOREVER)
        children = psutil.Process(sidecar.process.pid).children(recursive=True)
        with ExitStack() as stack:
            connected(sidecar.port, HEAD + b"Content-Length: 1000\r\n\r\n{", 1, stack)
            sidecar.process.send_signal(number)
            assert sidecar.process.wait(FOREVER) == 0
        assert psutil.wait_procs(children, FOREVER)[1] == []


def test_no_worker_outlives_a_front_that_is_killed(tmp_path):
    """The worker ends at once, without a traceback."""
    with started(tmp_path) as sidecar:
        wait_for(sidecar.is_ready, FOREVER)
        children = psutil.Process(sidecar.process.pid).children(recursive=True)
        sidecar.process.kill()
        sidecar.process.wait(FOREVER)
        assert len(children) == 1
        assert psutil.wait_procs(children, FOREVER)[1] == []
