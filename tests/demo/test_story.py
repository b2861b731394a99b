import importlib.util
import re
import signal
import subprocess
import sys
import time

import pytest
from inference_exporter.demo.bundle import bundle_folder
from inference_exporter.demo.run import NEEDED
from inference_exporter.demo.tools import find_tools

PATIENCE_SECONDS = 600
"""A quiet machine needs about eighty."""


@pytest.fixture(autouse=True)
def able():
    """Skip without the demo's extra and the two Debian packages, which a test must not install."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    missing += find_tools().missing_packages
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if bundle_folder() is None:
        pytest.skip("the package is installed without the repository's monitoring files")


def figure(summary, what):
    match = re.search(rf"^ +{what} +([\d,]+)", summary, re.MULTILINE)
    assert match is not None, f"no {what!r} in:\n{summary}"
    return int(match[1].replace(",", ""))


@pytest.mark.end_to_end
@pytest.mark.timeout(PATIENCE_SECONDS + 300)
def test_the_story_is_told_to_its_end(tmp_path):
    """A drift alert reaches the chat, an alert resolves, and every sample is accounted for."""
    printed = tmp_path / "printed"
    with printed.open("w") as file:
        demo = subprocess.Popen([sys.executable, "-m", "inference_exporter", "demo"], stdout=file, stderr=file)
        try:
            wait_for(lambda: shows_drift_and_its_end(printed.read_text()) or demo.poll() is not None, printed)
            demo.send_signal(signal.SIGINT)
            assert demo.wait(250) == 0, printed.read_text()
        finally:
            demo.kill()
            demo.wait()
    summary = printed.read_text()[printed.read_text().index("Summary after") :]
    assert re.search(r"drift alert in chat +yes", summary), printed.read_text()
    assert figure(summary, "alerts fired") >= 1
    assert figure(summary, "alerts resolved") >= 1
    assert "accounting             adds up" in summary
    parts = ("accepted", "rejected", "dropped", "still queued")
    assert sum(figure(summary, f"samples {part}") for part in parts) == figure(summary, "samples sent") > 0


def shows_drift_and_its_end(printed):
    """Return whether an alert on drift has reached the chat, and an alert has resolved."""
    return "Drift has reached the chat" in printed and "[RESOLVED]" in printed


def wait_for(holds, printed):
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < until, printed.read_text()
        time.sleep(0.5)
