"""Finds the programs that the demo can use, and installs them on Debian."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "prometheus": ("prometheus",),
    # Debian prefixes the name; the project's archives do not.
    "alertmanager": ("prometheus-alertmanager", "alertmanager"),
    "grafana": ("grafana", "grafana-server"),
    "docker": ("docker", "podman"),
}
PACKAGES: Mapping[str, str] = {"prometheus": "prometheus", "alertmanager": "prometheus-alertmanager"}
SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Folders of servers, not on every user's PATH."""

Run = Callable[[str, list[str]], object]


@dataclass(frozen=True)
class Tools:
    """The programs found, by kind."""

    found: Mapping[str, Path]

    @property
    def missing_packages(self) -> list[str]:
        """The missing Debian packages that the stack needs."""
        return [package for program, package in PACKAGES.items() if program not in self.found]


def find_tools(path: str | None = None) -> Tools:
    """Return the programs on the path and in the folders of servers."""
    everywhere = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS]) if path is None else path
    found = {}
    for program, names in PROGRAMS.items():
        first = next(filter(None, (shutil.which(name, path=everywhere) for name in names)), None)
        if first is not None:
            found[program] = Path(first)
    return Tools(found)


def may_install(path: str | None = None) -> bool:
    """Return whether missing packages can be installed: as root, on a machine with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get", path=path) is not None


def install_commands(packages: list[str]) -> list[list[str]]:
    """Return the commands that install Debian packages without asking anything."""
    # Recommended packages, such as the node exporter, would start services of their own.
    return [["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *packages]]
