"""The end of a process: queued samples are sent however the process ends, if it can still run code."""

import subprocess
import sys

import pytest

SCRIPT = """
import multiprocessing, os, sys
from concurrent.futures import ProcessPoolExecutor
from inference_exporter.client import Monitor, Options

SLOW = Options(batch_seconds=3600, close_seconds=20)
monitor = None


def start(url):
    global monitor
    monitor = Monitor(url, "fraud", options=SLOW)


def observe(number):
    monitor.observe({"n": number})


def run(url, number):
    start(url)
    observe(number)


def run_with(own, number):
    own.observe({"n": number})


def fail(url, number):
    run(url, number)
    raise SystemExit(3)



if __name__ == "__main__":
    url, method, way = sys.argv[1:]
    context = multiprocessing.get_context(method)
    if way == "pool":
        with context.Pool(2, start, (url,)) as pool:
            pool.map(observe, range(4), chunksize=1)
    elif way == "executor":
        with ProcessPoolExecutor(2, context, start, (url,)) as executor:
            list(executor.map(observe, range(4)))
    elif way == "inherited":
        own = Monitor(url, "fraud", options=SLOW)
        own.observe({"n": 0})
        children = [context.Process(target=run_with, args=(own, number)) for number in (1, 2, 3)]
        [child.start() for child in children]
        [child.join() for child in children]
    else:
        target = {"process": run, "failing": fail}[way]
        children = [context.Process(target=target, args=(url, number)) for number in range(4)]
        [child.start() for child in children]
        [child.join() for child in children]
"""


@pytest.fixture
def script(tmp_path):
    # Children started without fork import the file by its path.
    path = tmp_path / "serving.py"
    path.write_text(SCRIPT)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "way"),
    [
        ("fork", "process"),
        ("fork", "failing"),
        ("fork", "inherited"),
        ("fork", "pool"),
        ("fork", "executor"),
        ("spawn", "inherited"),
        ("spawn", "pool"),
        ("forkserver", "executor"),
    ],
)
def test_children_of_multiprocessing_send_what_they_observed(exporter, script, method, way):
    """Children send their samples once: processes, workers of executors, and terminated workers of pools."""
    command = [sys.executable, "-W", "ignore", script, exporter.url, method, way]
    subprocess.run(command, check=True, timeout=120)
    assert sorted(sample["features"]["n"] for sample in exporter.samples()) == [0, 1, 2, 3]


HANDLER = """
import os, signal, sys
from inference_exporter.client import Monitor, Options

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
Monitor(sys.argv[1], "fraud", options=Options(batch_seconds=3600, close_seconds=20)).observe({"n": 1})
os.kill(os.getpid(), signal.SIGTERM)
signal.pause()
"""


def test_a_process_that_handles_sigterm_sends_what_it_observed(exporter):
    """If a SIGTERM handler calls sys.exit, as in servers, queued samples are sent."""
    subprocess.run([sys.executable, "-c", HANDLER, exporter.url], check=True, timeout=60)
    assert [sample["features"] for sample in exporter.samples()] == [{"n": 1}]
