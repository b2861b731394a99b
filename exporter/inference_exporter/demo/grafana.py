"""Runs Grafana with the repository's provisioning, if Grafana or a container engine is installed."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

from .processes import Processes, free_port
from .scale import Document
from .stack import Stack
from .tools import Tools

PACKAGE_HOME = Path("/usr/share/grafana")
"""Home of the Debian and RPM packages; their command on the PATH requires a configuration readable only by root."""
DEFAULTS = Path("conf", "defaults.ini")
FIRST_VIEW = "/d/models-overview?from=now-5m&to=now&refresh=5s"
OPTIONAL_PROVISIONING = ("plugins", "notifiers", "alerting")
# A container engine without its daemon hangs instead of failing.
ENGINE_PATIENCE_SECONDS = 5.0


def start_grafana(tools: Tools, sources: Path, folder: Path, processes: Processes, stack: Stack) -> str | None:
    """Start Grafana and return the address of its first dashboard; None without a Grafana.

    Grafana takes a while to answer there.
    """
    port = free_port()
    command = _command(tools, sources, folder, port)
    if command is None or not (sources / "grafana" / "provisioning").is_dir():
        return None
    write_provisioning(sources / "grafana", folder, stack)
    processes.start("grafana", command, environment=settings(folder, port))
    return f"http://127.0.0.1:{port}{FIRST_VIEW}"


def settings(folder: Path, port: int) -> Mapping[str, str]:
    """Return Grafana's settings as environment: anonymous access, all data in the folder."""
    return {
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": str(port),
        "GF_PATHS_DATA": str(folder / "data"),
        "GF_PATHS_LOGS": str(folder / "logs"),
        "GF_PATHS_PROVISIONING": str(folder / "provisioning"),
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": str(folder / "dashboards" / "models-overview.json"),
        "GF_NEWS_NEWS_FEED_ENABLED": "false",
        # Everything that would call out to grafana.com is off: a demo must not need the network.
        "GF_PLUGINS_PREINSTALL_DISABLED": "true",
        "GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED": "true",
        "GF_SECURITY_DISABLE_GRAVATAR": "true",
    }


def write_provisioning(source: Path, folder: Path, stack: Stack) -> None:
    """Copy dashboards and provisioning, with the addresses of the demo's Prometheus and Alertmanager."""
    shutil.copytree(source / "provisioning", folder / "provisioning")
    shutil.copytree(source / "dashboards", folder / "dashboards")
    (folder / "data").mkdir()
    for name in OPTIONAL_PROVISIONING:  # Grafana logs an error for each absent folder
        (folder / "provisioning" / name).mkdir(exist_ok=True)
    for file in (folder / "provisioning" / "datasources").glob("*.y*ml"):
        _rewrite(file, "datasources", lambda entry: _source_at(entry, stack))
    for file in (folder / "provisioning" / "dashboards").glob("*.y*ml"):
        _rewrite(file, "providers", lambda entry: _provider_at(entry, folder / "dashboards"))


def _source_at(entry: Document, stack: Stack) -> Document:
    """Return the data source with the demo's address and scrape interval."""
    urls = {"prometheus": stack.prometheus, "alertmanager": stack.alertmanager}
    settings = dict(entry.get("jsonData", {}))
    if "timeInterval" in settings:
        settings["timeInterval"] = stack.scrape_interval
    known = {"jsonData": settings} if settings else {}
    return {**entry, **known, "url": urls.get(entry["type"], entry.get("url"))}


def _provider_at(entry: Document, dashboards: Path) -> Document:
    return {**entry, "options": {**entry.get("options", {}), "path": str(dashboards)}}


def _command(tools: Tools, sources: Path, folder: Path, port: int) -> list[str | Path] | None:
    if "grafana" in tools.found:
        return server_command(tools.found["grafana"])
    image = _image(sources / "docker-compose.yml")
    if "docker" in tools.found and image and _engine_answers(tools.found["docker"]):
        return container_command(tools.found["docker"], image, folder, port)
    return None


def server_command(found: Path, package_home: Path = PACKAGE_HOME) -> list[str | Path]:
    """Return the command of an installed Grafana, for any package layout.

    Grafana's archive has the program in `bin/` of its home. The command of a
    Debian or RPM package is a wrapper; the program is below `package_home`.
    """
    program = found.resolve()
    home = program.parent.parent
    if not (home / DEFAULTS).is_file():
        packaged = package_home / "bin" / program.name
        program, home = packaged if packaged.is_file() else program, package_home
    command: list[str | Path] = [program]
    if program.name == "grafana":
        command.append("server")
    if (home / DEFAULTS).is_file():
        command += ["--homepath", home]
    return command


def container_command(engine: Path, image: str, folder: Path, port: int) -> list[str | Path]:
    """Return the command that runs Grafana in a container, on the host's network, with the folder mounted."""
    variables = [part for name, value in settings(folder, port).items() for part in ("--env", f"{name}={value}")]
    user = f"{os.getuid()}:{os.getgid()}"
    # The host's network: Prometheus listens on the loopback interface only.
    return [engine, "run", "--rm", "--network=host", f"--user={user}", f"--volume={folder}:{folder}", *variables, image]


def _image(compose: Path) -> str | None:
    """Return the pinned image of docker-compose.yml."""
    if not compose.is_file():
        return None
    services = yaml.safe_load(compose.read_text()).get("services", {})
    image = services.get("grafana", {}).get("image")
    return str(image) if image else None


def _engine_answers(engine: Path) -> bool:
    try:
        done = subprocess.run([engine, "info"], capture_output=True, timeout=ENGINE_PATIENCE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _rewrite(file: Path, key: str, change: Callable[[Document], Document]) -> None:
    document = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**document, key: [change(entry) for entry in document[key]]}, sort_keys=False))
