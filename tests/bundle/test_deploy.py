"""Kubernetes, Helm and systemd: valid against the schemas of their APIs, and at one with the rest of the bundle."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import inference_exporter
import jsonschema
import kubernetes_validate
import pytest
import yaml
from inference_exporter.cli import main
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from programs import Program, built, custom_resources, installed
from rule_stories import load

REPOSITORY = Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
CHART = DEPLOY / "helm" / "inference-exporter"
UNIT = DEPLOY / "systemd" / "inference-exporter.service"
KUSTOMIZATIONS = ["base", "monitoring", "examples/sidecar", "examples/kserve", "examples/seldon"]
KUBERNETES_VERSION = "1.32"
LOCKS = {"": "requirements.txt", "arrow": "requirements-arrow.txt", "demo": "requirements-demo.txt"}


@cache
def kustomized(folder: str) -> list[dict[str, Any]]:
    """Return the objects of a kustomization, as kubectl would apply them."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    output = Program(Path("kubectl")).expect_success("kustomize", KUBERNETES / folder)
    return list(yaml.load_all(output, yaml.CSafeLoader))


@cache
def templated(*settings: str) -> list[dict[str, Any]]:
    """Return the objects of the chart with these settings, in the order of the templates."""
    flags = [flag for setting in settings for flag in ("--set", setting)]
    return rendered(CHART, *flags)


def helm() -> Program:
    """Return Helm, as it was built."""
    program = built("helm") or installed("helm")
    if program is None:
        pytest.skip("Helm is not built: scripts/build_stack.sh needs a Go toolchain")
    return Program(program)


def rendered(chart: Path, *flags: str) -> list[dict[str, Any]]:
    """Return the objects of a chart; Helm says on standard error which links it follows."""
    version = f"--kube-version={KUBERNETES_VERSION}"
    result = helm().run("template", "models", chart, "--namespace=models", version, *flags)
    assert result.returncode == 0, result.stderr
    return [document for document in yaml.load_all(result.stdout, yaml.CSafeLoader) if document]


@cache
def custom_schema(group: str, version: str, kind: str) -> dict[str, Any] | None:
    """Return the schema that an operator publishes for one of its kinds; None if it is not in the cache."""
    for path in custom_resources():
        definition = yaml.load(path.read_text(), yaml.CSafeLoader)["spec"]
        for offered in definition["versions"]:
            if (definition["group"], offered["name"], definition["names"]["kind"]) == (group, version, kind):
                return closed(offered["schema"]["openAPIV3Schema"])
    return None


def closed(schema: Any) -> Any:
    """Return a copy that accepts only the properties it lists: Kubernetes would silently drop all others."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: closed(part) for key, part in schema.items()}
    open_to_more = {"additionalProperties", "x-kubernetes-preserve-unknown-fields"} & schema.keys()
    if isinstance(schema.get("properties"), dict) and not open_to_more:
        strict["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        strict.pop("type", None)
    return strict


def without_root_fields(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return what the schema of a custom resource describes: the API server checks the metadata itself."""
    return {key: value for key, value in manifest.items() if key != "metadata"}


def assert_valid(manifest: dict[str, Any]) -> None:
    """Check an object against the schema of its kind, unknown fields included."""
    group, _, version = manifest["apiVersion"].rpartition("/")
    if "." not in group or group.endswith(".k8s.io"):
        kubernetes_validate.validate(manifest, KUBERNETES_VERSION, strict=True)
        return
    schema = custom_schema(group, version, manifest["kind"])
    if schema is None:
        pytest.skip(f"no schema of {manifest['kind']}: scripts/build_stack.sh needs a Go toolchain")
    jsonschema.Draft4Validator(schema).validate(without_root_fields(manifest))


def of_kind(objects: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the objects of one kind."""
    return [each for each in objects if each["kind"] == kind]


def containers(value: Any) -> list[dict[str, Any]]:
    """Return every container of the exporter, wherever it stands in the objects."""
    if isinstance(value, list):
        return [found for part in value for found in containers(part)]
    if not isinstance(value, dict):
        return []
    if value.get("name") == "inference-exporter" and "image" in value:
        return [value]
    return containers(list(value.values()))


class TestKustomize:
    @pytest.mark.slow
    @pytest.mark.parametrize("folder", KUSTOMIZATIONS)
    def test_objects_are_valid(self, folder):
        """Every object has the fields that its kind has in Kubernetes, and in its operator."""
        for manifest in kustomized(folder):
            assert_valid(manifest)

    @pytest.mark.slow
    def test_an_unknown_field_would_be_found(self):
        """The check is not blind: a misspelt field of a built-in and of a custom kind is refused."""
        [workload] = of_kind(kustomized("base"), "StatefulSet")
        with pytest.raises(kubernetes_validate.ValidationError):
            assert_valid({**workload, "spec": {**workload["spec"], "replica": 2}})
        [monitor] = of_kind(kustomized("monitoring"), "ServiceMonitor")
        with pytest.raises(jsonschema.ValidationError):
            assert_valid({**monitor, "spec": {**monitor["spec"], "endpoint": []}})

    def test_a_network_policy_selects_the_exporter_alone(self):
        """No other pod of the namespace is closed off, and the exporter may not open connections."""
        [policy] = of_kind(kustomized("base"), "NetworkPolicy")
        assert policy["spec"]["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "inference-exporter"}}
        assert policy["spec"]["egress"] == []

    def test_the_component_adds_the_sidecar(self):
        """A labelled Deployment gets the container, which ends after the model server, and its configuration."""
        [workload] = of_kind(kustomized("examples/sidecar"), "Deployment")
        pod = workload["spec"]["template"]["spec"]
        assert [each["name"] for each in pod["containers"]] == ["model-server"]
        assert [(each["name"], each["restartPolicy"]) for each in pod["initContainers"]] == [
            ("inference-exporter", "Always")
        ]
        [config] = of_kind(kustomized("examples/sidecar"), "ConfigMap")
        assert config["metadata"]["name"] in json.dumps(pod["volumes"])

    @pytest.mark.parametrize("folder", ["kserve", "seldon"])
    def test_examples_name_their_configuration(self, folder):
        """The pod mounts the ConfigMap under the name that it has after kustomize."""
        objects = kustomized(f"examples/{folder}")
        [config] = of_kind(objects, "ConfigMap")
        assert json.dumps([each for each in objects if each is not config]).count(config["metadata"]["name"]) == 1

    def test_rules_are_those_of_prometheus(self):
        """The PrometheusRule has the groups of prometheus/rules; deploy/generate.py writes it."""
        spec = importlib.util.spec_from_file_location("generate_deploy", DEPLOY / "generate.py")
        generate = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(generate)
        assert generate.TARGET.read_text() == generate.prometheus_rule()
        written = load(generate.TARGET)["spec"]["groups"]
        files = sorted((REPOSITORY / "prometheus" / "rules").glob("*.yml"))
        assert written == [group for path in files for group in load(path)["groups"]]

    def test_every_dashboard_is_a_config_map(self):
        """Grafana's sidecar finds each dashboard, within the size that a ConfigMap may have."""
        maps = of_kind(kustomized("monitoring"), "ConfigMap")
        found = {name for each in maps for name in each["data"]}
        assert found == {path.name for path in (REPOSITORY / "grafana" / "dashboards").glob("*.json")}
        assert {each["metadata"]["labels"]["grafana_dashboard"] for each in maps} == {"1"}
        assert max(len(json.dumps(each)) for each in maps) < 1024**2


class TestChart:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        "settings",
        [
            (),
            ("mode=sidecar",),
            (
                "rules.fleet=true",
                "replicas=3",
                "references.fraud\\.json=fraud-reference",
                "persistence.storageClass=fast",
            ),
            ("image.digest=sha256:" + "0" * 64, "imagePullSecrets[0].name=registry", "podLabels.team=risk"),
            (
                "monitoring.enabled=false",
                "rules.enabled=false",
                "dashboards.enabled=false",
                "networkPolicy.enabled=false",
            ),
        ],
    )
    def test_objects_are_valid(self, settings):
        """Whatever the values, every object has the fields that its kind has."""
        objects = templated(*settings)
        assert objects
        for manifest in objects:
            assert_valid(manifest)

    @pytest.mark.parametrize(
        "setting", ["mode=side-car", "replica=2", "image.digest=latest", "monitoring.interval=often"]
    )
    def test_wrong_values_are_refused(self, setting):
        """A misspelt value is an error, not a default."""
        with pytest.raises(AssertionError, match="values don't meet the specifications"):
            templated(setting)

    def test_no_warnings(self):
        """Helm's linter has nothing to say about the chart."""
        helm().expect_success("lint", "--strict", f"--kube-version={KUBERNETES_VERSION}", CHART)

    @pytest.mark.slow
    @pytest.mark.parametrize(("fleet", "folders"), [("false", ["rules"]), ("true", ["rules", "fleet"])])
    def test_rules_are_those_of_prometheus(self, fleet, folders):
        """The chart has every rule file; those of the fleet only if asked for."""
        rules = of_kind(templated(f"rules.fleet={fleet}"), "PrometheusRule")
        files = [path for folder in folders for path in (REPOSITORY / "prometheus" / folder).glob("*.yml")]
        expected = [group for path in files for group in load(path)["groups"]]
        found = [group for rule in rules for group in rule["spec"]["groups"]]
        assert sorted(found, key=str) == sorted(expected, key=str)

    def test_every_dashboard_is_a_config_map(self):
        """The chart has the dashboards as they are, braces included."""
        data = {name: text for each in of_kind(templated(), "ConfigMap") for name, text in each["data"].items()}
        for path in (REPOSITORY / "grafana" / "dashboards").glob("*.json"):
            assert json.loads(data[path.name]) == json.loads(path.read_text())

    def test_a_chart_that_depends_on_it_gets_the_sidecar(self, tmp_path):
        """The snippet of the README renders: container, volumes and labels, with the values of the dependency."""
        parent = tmp_path / "fraud"
        (parent / "templates").mkdir(parents=True)
        (parent / "charts").mkdir()
        shutil.copytree(CHART, parent / "charts" / "inference-exporter")
        (parent / "Chart.yaml").write_text("apiVersion: v2\nname: fraud\nversion: 1.0.0\n")
        (parent / "values.yaml").write_text("inference-exporter: { mode: sidecar }\n")
        (parent / "templates" / "pod.yaml").write_text(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: fraud\n  labels:\n"
            '    {{- include "inference-exporter.sidecarLabels" . | nindent 4 }}\n'
            "spec:\n  initContainers:\n"
            '    {{- include "inference-exporter.sidecar" . | nindent 4 }}\n'
            "  containers: [{ name: model-server, image: fraud }]\n"
            "  volumes:\n"
            '    {{- include "inference-exporter.sidecarVolumes" . | nindent 4 }}\n'
        )
        objects = rendered(parent)
        [pod], [monitor] = of_kind(objects, "Pod"), of_kind(objects, "PodMonitor")
        assert_valid(pod)
        mounted = {each["name"] for each in pod["spec"]["initContainers"][0]["volumeMounts"]}
        assert mounted == {each["name"] for each in pod["spec"]["volumes"]}
        assert monitor["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()


class TestOfOnePiece:
    @pytest.fixture(params=[*KUSTOMIZATIONS, "chart", "chart, sidecar"])
    def objects(self, request):
        """Return the objects of each way to deploy."""
        if request.param.startswith("chart"):
            return templated(*(["mode=sidecar"] if "sidecar" in request.param else []))
        return kustomized(request.param)

    def test_containers_are_as_in_compose(self, objects):
        """The exporter has the memory limit and the rights that compose gives it, and the version of the package."""
        stack = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
        limit = stack["services"]["inference-exporter"]["mem_limit"].replace("m", "Mi")
        for container in containers(objects):
            context = container["securityContext"]
            assert container["resources"]["limits"]["memory"] == limit
            assert container["image"] == f"inference-exporter:{inference_exporter.__version__}"
            assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False)
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert container["livenessProbe"]["httpGet"]["path"] == "/-/healthy"

    def test_scrape_jobs_are_as_in_prometheus(self, objects):
        """Monitors set the jobs, paths, intervals and parameters that prometheus.yml has: the rules rely on them."""
        jobs = yaml.safe_load((REPOSITORY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
        expected = [
            (job["job_name"], job.get("metrics_path"), job.get("scrape_interval", "15s"), job.get("params"))
            for job in jobs
            if job["job_name"].startswith("inference-exporter")
        ]
        for monitor in [*of_kind(objects, "ServiceMonitor"), *of_kind(objects, "PodMonitor")]:
            endpoints = monitor["spec"].get("endpoints") or monitor["spec"]["podMetricsEndpoints"]
            assert expected == [
                (each["relabelings"][0]["replacement"], each.get("path"), each["interval"], each.get("params"))
                for each in endpoints
            ]

    def test_monitors_find_the_ports(self):
        """The port that a monitor scrapes is one that the Service, or the sidecar, has."""
        [service] = of_kind(kustomized("base"), "Service")
        [monitor] = of_kind(kustomized("monitoring"), "ServiceMonitor")
        assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        assert {each["port"] for each in monitor["spec"]["endpoints"]} == {service["spec"]["ports"][0]["name"]}
        [pods] = of_kind(kustomized("monitoring"), "PodMonitor")
        for folder in ("sidecar", "kserve", "seldon"):
            [container] = containers(kustomized(f"examples/{folder}"))
            assert {each["port"] for each in pods["spec"]["podMetricsEndpoints"]} == {container["ports"][0]["name"]}

    @pytest.mark.slow
    @pytest.mark.parametrize("folder", [*KUSTOMIZATIONS, "chart"])
    def test_the_exporter_accepts_the_configuration(self, folder, tmp_path):
        """The configuration that is shipped passes `check config`."""
        objects = templated() if folder == "chart" else kustomized(folder)
        texts = [each["data"]["config.yml"] for each in of_kind(objects, "ConfigMap") if "config.yml" in each["data"]]
        assert len(texts) == (0 if folder == "monitoring" else 1)
        for text in texts:
            (tmp_path / "config.yml").write_text(text)
            assert main(["check", "config", str(tmp_path / "config.yml")]) == 0


class TestUnit:
    def test_systemd_accepts_it(self, tmp_path):
        """systemd reads the unit without complaint, apart from a program that is not installed here."""
        if shutil.which("systemd-analyze") is None:
            pytest.skip("systemd-analyze is not installed")
        unit = tmp_path / UNIT.name
        unit.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", UNIT.read_text(), flags=re.MULTILINE))
        result = subprocess.run(
            ["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=300, check=False
        )
        assert (result.returncode, result.stderr) == (0, "")

    def test_is_well_confined(self):
        """systemd's own measure of a unit's exposure, from 0 to 10, stays below 2."""
        if shutil.which("systemd-analyze") is None:
            pytest.skip("systemd-analyze is not installed")
        command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", UNIT]
        result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert result.returncode == 0, result.stdout

    def test_memory_limit_is_that_of_compose(self):
        """The unit has the memory limit of the container."""
        stack = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
        assert f"MemoryMax={stack['services']['inference-exporter']['mem_limit'].upper()}" in UNIT.read_text()


class TestLocks:
    @pytest.mark.parametrize("extra", LOCKS)
    def test_pin_what_the_package_needs(self, extra):
        """Every requirement of the package is pinned, with hashes, at a version that it allows; exporter/lock.sh."""
        project = project_table()
        wanted = [*project["dependencies"], *(project["optional-dependencies"][extra] if extra else [])]
        pinned = pins((REPOSITORY / "exporter" / LOCKS[extra]).read_text())
        for requirement in map(Requirement, wanted):
            versions = pinned.get(canonicalize_name(requirement.name), [])
            assert versions, f"{requirement.name} is not in {LOCKS[extra]}"
            assert all(requirement.specifier.contains(version) for version in versions)

    def test_the_image_installs_them(self):
        """The image installs no package without its hash."""
        text = (REPOSITORY / "exporter" / "Dockerfile").read_text().replace("\\\n", " ")
        installs = re.findall(r"pip (?:--python \S+ )?install[^&\n]*", text)
        assert len(installs) == 3
        assert all("--require-hashes" in each or "--no-deps /wheels" in each for each in installs)


def project_table() -> dict[str, Any]:
    """Return the table `project` of pyproject.toml."""
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def pins(text: str) -> dict[str, list[str]]:
    """Return the pinned versions by name: more than one where they depend on Python's version. Each has a hash."""
    found: dict[str, list[str]] = {}
    for name, version, rest in re.findall(r"^([\w.-]+)==(\S+)(.*(?:\n    .*)*)", text, re.MULTILINE):
        assert "--hash=sha256:" in rest, name
        found.setdefault(canonicalize_name(name), []).append(version)
    return found
