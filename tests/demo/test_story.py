import importlib.util
import re
import subprocess
import sys

import pytest
from inference_exporter.demo.bundle import bundle_folder
from inference_exporter.demo.run import NEEDED
from inference_exporter.demo.tools import find_tools

DURATION_SECONDS = 100


@pytest.fixture(autouse=True)
def able():
    """The demo needs its extra and the two Debian packages; it would install those, which is no business of a test."""
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
@pytest.mark.timeout(DURATION_SECONDS + 60)
def test_the_story_is_told_to_its_end():
    """Within two minutes a drift alert reaches the chat, an alert resolves, and every sample is accounted for."""
    command = [sys.executable, "-m", "inference_exporter", "demo", "--duration", str(DURATION_SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DURATION_SECONDS + 50, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = done.stdout[done.stdout.index("Summary after") :]
    assert re.search(r"drift alert in chat +yes", summary), done.stdout
    assert figure(summary, "alerts fired") >= 1
    assert figure(summary, "alerts resolved") >= 1
    sent = figure(summary, "samples sent")
    assert sent > 50_000
    assert figure(summary, "samples accounted for") + figure(summary, "dropped by the client") == sent
