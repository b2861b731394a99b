from pathlib import Path

import yaml
from inference_exporter.demo.grafana import (
    container_command,
    server_command,
    settings,
    start_grafana,
    write_provisioning,
)
from inference_exporter.demo.stack import Stack
from inference_exporter.demo.tools import Tools

STACK = Stack("http://127.0.0.1:2", "http://127.0.0.1:3", "2s")


def sources(folder):
    for name in ("provisioning/datasources", "provisioning/dashboards", "dashboards"):
        (folder / "grafana" / name).mkdir(parents=True)
    datasources = {
        "datasources": [
            {"type": "prometheus", "uid": "p", "url": "http://p:9090", "jsonData": {"timeInterval": "15s", "kept": 1}},
            {"type": "alertmanager", "uid": "a", "url": "http://a:9093"},
        ]
    }
    (folder / "grafana/provisioning/datasources/a.yml").write_text(yaml.safe_dump(datasources))
    providers = {"providers": [{"name": "n", "options": {"path": "/etc/grafana/dashboards", "kept": True}}]}
    (folder / "grafana/provisioning/dashboards/a.yml").write_text(yaml.safe_dump(providers))
    (folder / "grafana/dashboards/a.json").write_text("{}")
    (folder / "docker-compose.yml").write_text(yaml.safe_dump({"services": {"grafana": {"image": "grafana:1.2.3"}}}))
    return folder


class Started:
    """Replaces the processes: records commands."""

    def __init__(self):
        self.commands = []

    def start(self, name, command, *, environment):
        self.commands.append([str(word) for word in command])


def program(folder, name, text="exit 0"):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_provisioning_points_at_the_demo(tmp_path):
    """The copy reads the demo's Prometheus and the copied dashboards; everything else is as in the repository."""
    folder = tmp_path / "copy"
    write_provisioning(sources(tmp_path) / "grafana", folder, STACK)
    found = yaml.safe_load((folder / "provisioning/datasources/a.yml").read_text())["datasources"]
    assert found == [
        {"type": "prometheus", "uid": "p", "url": STACK.prometheus, "jsonData": {"timeInterval": "2s", "kept": 1}},
        {"type": "alertmanager", "uid": "a", "url": STACK.alertmanager},
    ]
    provider = yaml.safe_load((folder / "provisioning/dashboards/a.yml").read_text())["providers"][0]
    assert provider["options"] == {"path": str(folder / "dashboards"), "kept": True}
    assert (folder / "dashboards/a.json").is_file()


def test_a_grafana_of_the_machine_is_run(tmp_path):
    """Newer versions need the subcommand `server`; the older program does not."""
    for name, words in (("grafana", ["server"]), ("grafana-server", [])):
        started, root = Started(), tmp_path / name
        root.mkdir()
        tools = Tools({"grafana": Path("/opt") / name})
        address = start_grafana(tools, sources(root), root / "copy", started, STACK)
        assert address is not None and address.startswith("http://127.0.0.1:")
        assert started.commands[0][: 1 + len(words)] == [f"/opt/{name}", *words]
        assert address.endswith("/d/models-overview?from=now-5m&to=now&refresh=5s")


def installed(home, name="grafana"):
    """Create a Grafana home as shipped, and return its program."""
    (home / "conf").mkdir(parents=True)
    (home / "conf" / "defaults.ini").write_text("")
    (home / "bin").mkdir()
    return program(home / "bin", name)


def test_an_unpacked_archive_is_its_own_home(tmp_path):
    """Grafana's archive, also through a link on the PATH, runs with its home."""
    real = installed(tmp_path / "grafana-12")
    link = tmp_path / "grafana"
    link.symlink_to(real)
    for found in (real, link):
        assert server_command(found, tmp_path / "absent") == [real, "server", "--homepath", tmp_path / "grafana-12"]


def test_a_package_is_run_without_its_wrapper(tmp_path):
    """The wrapper of a Debian or RPM package reads a file of root; the program below its home does not."""
    wrapper = program(tmp_path, "grafana-server")
    real = installed(tmp_path / "share", "grafana-server")
    assert server_command(wrapper, tmp_path / "share") == [real, "--homepath", tmp_path / "share"]


def test_an_unknown_layout_finds_its_own_home(tmp_path):
    """A program with unknown home runs unchanged."""
    found = program(tmp_path, "grafana")
    assert server_command(found, tmp_path / "absent") == [found, "server"]


def test_a_container_engine_runs_the_pinned_image(tmp_path):
    """A working container engine runs the image of docker-compose.yml."""
    started = Started()
    tools = Tools({"docker": program(tmp_path, "docker")})
    assert start_grafana(tools, sources(tmp_path), tmp_path / "copy", started, STACK) is not None
    assert started.commands[0][-1] == "grafana:1.2.3"


def test_an_engine_that_does_not_answer_runs_nothing(tmp_path):
    """A docker command without a daemon is not used."""
    started = Started()
    tools = Tools({"docker": program(tmp_path, "docker", "exit 1")})
    assert start_grafana(tools, sources(tmp_path), tmp_path / "copy", started, STACK) is None
    assert start_grafana(Tools({}), sources(tmp_path / "b"), tmp_path / "copy", started, STACK) is None
    assert started.commands == []


def test_it_listens_on_loopback_only_and_writes_in_its_folder(tmp_path):
    """Grafana listens on loopback only, and writes only in its folder."""
    environment = settings(tmp_path, 1234)
    assert environment["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    assert environment["GF_PATHS_DATA"].startswith(str(tmp_path))
    command = [str(word) for word in container_command(Path("docker"), "image", tmp_path, 1234)]
    assert "--rm" in command and f"--volume={tmp_path}:{tmp_path}" in command
    assert "GF_SERVER_HTTP_PORT=1234" in command
