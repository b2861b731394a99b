"""The programs that read the bundle's files; the tests of one that is missing are skipped and say so."""

import pytest
from programs import Program, built, installed


def program(name, package):
    """Return the installed program."""
    path = installed(name)
    if path is None:
        pytest.skip(f"{name} is not installed (package {package})")
    return Program(path)


def program_of(origin, name, package):
    """Return the installed program, or today's."""
    if origin == "installed":
        return program(name, package)
    path = built(name)
    if path is None:
        pytest.skip(f"today's {name} is not built: scripts/build_stack.sh does it where there is a Go toolchain")
    return Program(path)


@pytest.fixture(scope="session")
def promtool():
    return program("promtool", "prometheus")


@pytest.fixture(scope="session", params=["installed", "built"])
def each_promtool(request):
    """Return promtool of Debian's Prometheus 2 and, in a second test, of Prometheus 3."""
    return program_of(request.param, "promtool", "prometheus")


@pytest.fixture(scope="session")
def amtool():
    return program("amtool", "prometheus-alertmanager")


@pytest.fixture(scope="session", params=["installed", "built"])
def each_amtool(request):
    """Return amtool of Debian's Alertmanager and, in a second test, of today's."""
    return program_of(request.param, "amtool", "prometheus-alertmanager")


@pytest.fixture(scope="session")
def amlint():
    return program("amlint", "amlint of PyPI")
