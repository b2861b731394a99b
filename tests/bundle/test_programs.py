"""The script that builds today's Prometheus and Alertmanager: it runs once, and says why where it cannot."""

import os
import subprocess

import pytest
from programs import MODULES, SCHEMAS, SCRIPT, built, built_version, released_version


def run(**environment):
    """Run the script with an environment of its own."""
    return subprocess.run([SCRIPT], capture_output=True, text=True, timeout=60, check=False, env=environment)


@pytest.fixture
def no_go(tmp_path):
    """Return a folder with all commands that the script needs, but `go`."""
    for name in ("sh", "date"):
        found = next(path for path in (f"/bin/{name}", f"/usr/bin/{name}") if os.access(path, os.X_OK))
        (tmp_path / name).symlink_to(found)
    return str(tmp_path)


def test_without_go_it_says_so(no_go, tmp_path):
    """Without a Go toolchain nothing is built, the reason is told, and `make test` goes on."""
    result = run(PATH=no_go, HOME=str(tmp_path))
    assert result.returncode == 0
    assert "no Go toolchain" in result.stderr


def test_builds_once(tmp_path, no_go):
    """Where all programs and schemas lie in the cache nothing is built again."""
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho called >&2\nexit 1\n")
    go.chmod(0o755)
    cache = tmp_path / "cache"
    for name, module in MODULES.items():
        program = cache / "inference-exporter" / f"{module}-{built_version(module)}" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch(mode=0o755)
    for name in SCHEMAS:
        (cache / "inference-exporter" / f"{name}-schemas-{built_version(name)}").mkdir()
    result = run(PATH=no_go, XDG_CACHE_HOME=str(cache))
    assert (result.returncode, result.stderr) == (0, "")


def test_a_module_that_cannot_be_had_is_no_failure(tmp_path):
    """Without the modules, as without a network, the script names what is missing and ends well."""
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\nexit 1\n")
    go.chmod(0o755)
    result = run(PATH=f"{tmp_path}:{os.environ['PATH']}", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert result.returncode == 0
    assert f"prometheus {built_version('prometheus')} cannot be downloaded; its tests skip" in result.stderr


def test_versions():
    """Prometheus 3.16.0 is version 0.316.0 of its module; Alertmanager has one version."""
    assert f"0.3{released_version('prometheus').removeprefix('3.')}" == built_version("prometheus")
    assert released_version("alertmanager") == built_version("alertmanager")


# Helm, built from its module, says nothing but its minor version.
@pytest.mark.parametrize("name", [name for name in MODULES if name != "helm"])
def test_what_is_built_is_of_that_version(name):
    """A program in the cache says the version that its folder is named by."""
    program = built(name)
    if program is None:
        pytest.skip(f"today's {name} is not built: scripts/build_stack.sh, with a Go toolchain")
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert f"version {released_version(MODULES[name])} " in shown.stdout + shown.stderr
