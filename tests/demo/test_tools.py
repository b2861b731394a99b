import os

import pytest
from inference_exporter.demo.tools import PACKAGES, find_tools, install_commands, may_install


@pytest.fixture
def machine(tmp_path):
    """A folder of dummy programs."""

    def with_programs(*names):
        for name in names:
            (tmp_path / name).write_text("#!/bin/sh\n")
            (tmp_path / name).chmod(0o755)
        return str(tmp_path)

    return with_programs


@pytest.mark.parametrize("alertmanager", ["prometheus-alertmanager", "alertmanager"])
@pytest.mark.parametrize("grafana", ["grafana", "grafana-server"])
def test_programs_are_found_under_either_name(machine, alertmanager, grafana):
    """Both Debian's and upstream's names are found."""
    tools = find_tools(machine("prometheus", alertmanager, grafana))
    assert tools.found["alertmanager"].name == alertmanager
    assert tools.found["grafana"].name == grafana
    assert tools.missing_packages == []


def test_what_is_missing_is_named_as_debian_does(machine):
    """An empty machine lacks the two packages; Grafana is optional."""
    assert find_tools(machine()).missing_packages == list(PACKAGES.values())
    assert find_tools(machine("prometheus")).missing_packages == ["prometheus-alertmanager"]


def test_a_file_that_cannot_be_run_is_no_program(machine, tmp_path):
    """A file that is not executable is not found."""
    path = machine("prometheus", "alertmanager")
    (tmp_path / "prometheus").chmod(0o644)
    assert find_tools(path).missing_packages == ["prometheus"]


def test_only_root_on_debian_installs(machine, monkeypatch):
    """Without apt, or without being root, nothing is installed."""
    empty = machine()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert not may_install(empty)
    with_apt = machine("apt-get")
    assert may_install(with_apt)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not may_install(with_apt)


def test_installing_asks_nothing():
    """Both commands are non-interactive, and do not install recommended packages."""
    update, install = install_commands(["prometheus"])
    assert update == ["apt-get", "update"]
    assert install == ["apt-get", "install", "--yes", "--no-install-recommends", "prometheus"]
