import shutil
import subprocess

import pytest
import yaml
from inference_exporter.demo.bundle import Addresses, bundle_folder, write_alertmanager, write_prometheus
from inference_exporter.demo.scale import scale_of
from rule_stories import load

ADDRESSES = Addresses(exporter="127.0.0.1:1", prometheus="127.0.0.1:2", alertmanager="127.0.0.1:3", chat="127.0.0.1:4")


@pytest.fixture(scope="module")
def sources():
    folder = bundle_folder()
    if folder is None:
        pytest.skip("the package is installed without the repository's monitoring files")
    return folder


@pytest.fixture(scope="module")
def scale(sources):
    return scale_of(yaml.safe_load((sources / "prometheus" / "prometheus.yml").read_text()))


@pytest.fixture(scope="module")
def prometheus(sources, scale, tmp_path_factory):
    return write_prometheus(sources / "prometheus", tmp_path_factory.mktemp("prometheus"), scale, ADDRESSES)


@pytest.fixture(scope="module")
def alertmanager(sources, scale, tmp_path_factory):
    return write_alertmanager(sources / "alertmanager", tmp_path_factory.mktemp("alertmanager"), scale, ADDRESSES)


def checked(tool, *arguments):
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_its_copy(prometheus):
    """Configuration and rules stay valid when scaled."""
    checked("promtool", "check", "config", str(prometheus))


def test_rules_can_wait(sources, scale, tmp_path):
    """Prometheus runs without rules until its targets are discovered, or alerts would fire."""
    document = yaml.safe_load(
        write_prometheus(sources / "prometheus", tmp_path, scale, ADDRESSES, with_rules=False).read_text()
    )
    assert document["rule_files"] == []
    assert document["scrape_configs"]


def test_alertmanager_takes_its_copy(alertmanager):
    """Configuration and templates stay valid when scaled and pointed at the chat room."""
    checked("amtool", "check-config", str(alertmanager))


def test_no_rule_is_lost(sources, prometheus):
    """The copies hold the repository's rules: the same names, labels and texts, in the same order."""

    def told(folder):
        files = sorted((folder / "rules").glob("*.yml"))
        groups = [group for file in files for group in load(file)["groups"]]
        return [
            (group["name"], rule.get("alert", rule.get("record")), rule.get("labels"), rule.get("annotations"))
            for group in groups
            for rule in group["rules"]
        ]

    assert told(prometheus.parent) == told(sources / "prometheus")


def test_every_target_is_of_this_machine(prometheus):
    """Every target, discovery and receiver is part of the demo."""
    document = yaml.safe_load(prometheus.read_text())
    targets = {
        job["job_name"]: [target for group in job["static_configs"] for target in group["targets"]]
        for job in document["scrape_configs"]
    }
    assert targets["inference-exporter"] == ["127.0.0.1:1"]
    assert targets["prometheus"] == ["127.0.0.1:2"]
    assert targets["alertmanager"] == ["127.0.0.1:3"]
    assert not [key for job in document["scrape_configs"] for key in job if key.endswith("_sd_configs")]
    assert document["alerting"]["alertmanagers"] == [{"static_configs": [{"targets": ["127.0.0.1:3"]}]}]


def test_every_receiver_speaks_to_the_chat_room(sources, alertmanager):
    """Receivers keep their names and messages; each that sends messages sends them to the chat room and is counted."""
    document = yaml.safe_load(alertmanager.read_text())
    original = yaml.safe_load((sources / "alertmanager" / "alertmanager.yml").read_text())
    assert [receiver["name"] for receiver in document["receivers"]] == [
        receiver["name"] for receiver in original["receivers"]
    ]
    spoken = [receiver for receiver in document["receivers"] if len(receiver) > 1]
    assert spoken
    for receiver in spoken:
        assert receiver["webhook_configs"] == [{"url": "http://127.0.0.1:4/webhook", "send_resolved": True}]
        assert not [config for config in receiver["slack_configs"] if "api_url" in config]
    secret = alertmanager.parent / "slack_url"
    assert document["global"]["slack_api_url_file"] == str(secret)
    assert secret.read_text() == "http://127.0.0.1:4/slack"


def test_hours_of_rest_are_for_people(tmp_path):
    """The demo shows its alerts at any time of day, whatever the routes' time intervals."""
    muted = {"receiver": "a", "mute_time_intervals": ["nights"], "active_time_intervals": ["days"]}
    document = {"route": {"receiver": "a", "routes": [muted]}, "receivers": [{"name": "a"}]}
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(document))
    copy = write_alertmanager(tmp_path, tmp_path / "copy", scale_of({}), ADDRESSES)
    assert yaml.safe_load(copy.read_text())["route"]["routes"] == [{"receiver": "a"}]
