"""The programs that read the bundle's files; where one is not installed, its tests are skipped and say so."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


class Program:
    """A command-line program, run where the files that it reads are."""

    def __init__(self, path):
        self.path = path

    def run(self, *arguments):
        """Return the finished process, its output as text."""
        command = [self.path, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

    def expect_success(self, *arguments):
        """Run, fail the test with what the program said unless it exits with 0, and return that."""
        result = self.run(*arguments)
        said = result.stdout + result.stderr
        assert result.returncode == 0, said
        return said


def installed(name, package):
    """Return a program from beside this Python or from the search path."""
    found = shutil.which(name, path=Path(sys.executable).parent) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (package {package})")
    return Program(found)


@pytest.fixture(scope="session")
def promtool():
    return installed("promtool", "prometheus")


@pytest.fixture(scope="session")
def amtool():
    return installed("amtool", "prometheus-alertmanager")


@pytest.fixture(scope="session")
def amlint():
    return installed("amlint", "amlint of PyPI")
