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
    """Drift reaches the chat unless the machine is too busy, an alert resolves, and every sample is accounted for."""
    printed = tmp_path / "printed"
    with printed.open("w") as file:
        demo = subprocess.Popen([sys.executable, "-m", "inference_exporter", "demo"], stdout=file, stderr=file)
        try:
            wait_for(lambda: has_shown_enough(printed.read_text()) or demo.poll() is not None, printed)
            demo.send_signal(signal.SIGINT)
            assert demo.wait(250) == 0, printed.read_text()
        finally:
            demo.kill()
            demo.wait()
    summary = printed.read_text()[printed.read_text().index("Summary after") :]
    assert re.search(r"features drifted +[1-9]", summary), printed.read_text()
    assert re.search(r"drift alert in chat +yes", summary) or is_overloaded(printed.read_text()), printed.read_text()
    assert figure(summary, "alerts fired") >= 1
    assert figure(summary, "alerts resolved") >= 1
    assert "accounting             adds up" in summary
    parts = ("accepted", "rejected", "dropped", "still queued")
    assert sum(figure(summary, f"samples {part}") for part in parts) == figure(summary, "samples sent") > 0


def has_shown_enough(printed):
    """Return whether an alert on drift has reached the chat, if the machine lets it, and an alert has resolved."""
    drifted = re.search(r"samples  drifted: (?!nothing)", printed) and is_overloaded(printed)
    return "[RESOLVED]" in printed and ("Drift has reached the chat" in printed or bool(drifted))


def is_overloaded(printed):
    """Return whether Prometheus could not scrape and evaluate in time, and said so: then drift may wait for ever."""
    return re.search(r"can be scraped|cannot be scraped|evaluates rules too slowly", printed) is not None


def wait_for(holds, printed):
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < until, printed.read_text()
        time.sleep(0.5)
