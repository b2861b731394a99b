"""The client imports only the standard library, and nothing else of the exporter."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
before = set(sys.modules)
import inference_exporter.client
import inference_exporter.client.asgi
import inference_exporter.client.wsgi
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.fixture(scope="module")
def imported():
    done = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True, timeout=3000)
    return json.loads(done.stdout)


def test_only_the_standard_library(imported):
    """Importing the client and its middlewares imports no third-party module."""
    roots = {name.partition(".")[0] for name in imported} - {"inference_exporter"}
    assert "http" in roots
    assert {root for root in roots if root not in sys.stdlib_module_names} == set()


def test_nothing_else_of_the_exporter(imported):
    """Importing the client imports nothing else of the exporter, except for the package's `__init__`."""
    ours = {name for name in imported if name.partition(".")[0] == "inference_exporter"}
    assert {name for name in ours if not name.startswith("inference_exporter.client")} == {"inference_exporter"}
