"""Where the programs of the monitoring stack are: the installed ones, and today's that scripts/build_stack.sh builds.

Debian's Prometheus is a 2.42; docker-compose.yml runs a 3. Rules and routes have to
hold on both.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SCRIPT = REPOSITORY / "scripts" / "build_stack.sh"
SEARCHED = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
MODULES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "alertmanager": "alertmanager",
    "amtool": "alertmanager",
    "helm": "helm",
}
DEBIAN_NAMES = {"alertmanager": "prometheus-alertmanager"}


SCHEMAS = ("prometheus-operator", "kserve", "seldon")


def built_version(module: str) -> str:
    """Return the version of a Go module that the script builds."""
    found = re.search(rf"^{module.upper().replace('-', '_')}=([\d.]+)", SCRIPT.read_text(), re.MULTILINE)
    assert found is not None, f"{SCRIPT} names no version of {module}"
    return found[1]


def released_version(module: str) -> str:
    """Return the version as it is released: Prometheus 3.16.0 is version 0.316.0 of its Go module."""
    version = built_version(module)
    return re.sub(r"^0\.3(\d\d)\.", r"3.\1.", version) if module == "prometheus" else version


def installed(name: str) -> Path | None:
    """Return a program from beside this Python or from the search path."""
    names = [DEBIAN_NAMES[name], name] if name in DEBIAN_NAMES else [name]
    return next((Path(found) for each in names if (found := shutil.which(each, path=SEARCHED))), None)


def cache() -> Path:
    """Return the folder that the script fills."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "inference-exporter"


def custom_resources() -> list[Path]:
    """Return the definitions of custom resources that the script has copied from their operators."""
    folders = [cache() / f"{name}-schemas-{built_version(name)}" for name in SCHEMAS]
    return [path for folder in folders for path in sorted(folder.glob("*.yaml"))]


def built(name: str) -> Path | None:
    """Return a program from the cache that the script fills."""
    module = MODULES[name]
    program = cache() / f"{module}-{built_version(module)}" / name
    return program if os.access(program, os.X_OK) else None


@dataclass(frozen=True)
class Program:
    """A command-line program, run where the files that it reads are."""

    path: Path

    def run(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """Return the finished process, its output as text."""
        command = [str(self.path), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)

    def expect_success(self, *arguments: object) -> str:
        """Run, fail the test with the program's output unless it exits with 0, and return that output."""
        result = self.run(*arguments)
        output = result.stdout + result.stderr
        assert result.returncode == 0, output
        return output
