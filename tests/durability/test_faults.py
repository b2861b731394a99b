"""A disk that is full or missing: requests are refused, nothing acknowledged is lost, and it recovers by itself."""

import sqlite3
import subprocess
import sys

import pytest
from inference_exporter.config.schema import Config, ModelConfig, StorageConfig
from inference_exporter.errors import StoreFault

# In a process of its own: the limit on the size of files stands for a full disk, and concerns the whole process.
FULL_DISK = """
import resource, signal, sys
sys.path.insert(0, TESTS)
from pathlib import Path
from conftest import Sidecar
from inference_exporter.app import Application
from inference_exporter.config.schema import Config, ModelConfig, StorageConfig
import inference_exporter.store.journal as journal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal.RETRY_SECONDS = 0.0
config = Config(models=(ModelConfig("m"),), storage=StorageConfig(path=Path(FOLDER), on_fault=ON_FAULT))
running = Sidecar(Application(config))
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

def post(number):
    body = [{"features": {"x": number + row / 7}, "prediction": "yes", "id": f"{number}-{row}"} for row in range(50)]
    return running.samples(body).status

before = [post(number) for number in range(5)]
size = Path(FOLDER, "journal.db-wal").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
full = [post(number) for number in range(5, 10)]
writable = running.value("inference_exporter_store_writable")
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
after = [post(number) for number in range(10, 15)]
print(before, full, int(writable), after, int(running.value("inference_exporter_samples_accepted_total")))
"""


def run(folder, on_fault):
    tests = str(__file__).rpartition("/durability/")[0]
    values = f"TESTS, FOLDER, ON_FAULT = {tests!r}, {str(folder)!r}, {on_fault!r}\n"
    done = subprocess.run([sys.executable, "-c", values + FULL_DISK], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1], done.stderr


def accepted_after_restart(sidecar, folder):
    """Return what a sidecar counts that starts with the folder."""
    running = sidecar(Config(models=(ModelConfig("m"),), storage=StorageConfig(path=folder)))
    return running.value("inference_exporter_samples_accepted_total")


@pytest.mark.slow
def test_a_full_disk_refuses(sidecar, tmp_path, monkeypatch):
    """Without room requests get 503; what was acknowledged before and after is counted, once, after a restart too."""
    monkeypatch.setattr("inference_exporter.durability.state.PROBE", 0)  # the other process has another hash seed
    found, log = run(tmp_path / "state", "refuse")
    assert found == f"{[200] * 5} {[503] * 5} 0 {[200] * 5} 500"
    assert "journal.db" in log
    assert accepted_after_restart(sidecar, tmp_path / "state") == 500


@pytest.mark.slow
def test_a_full_disk_may_degrade(tmp_path):
    """With `on_fault: memory` requests are counted all the same."""
    found, _ = run(tmp_path / "state", "memory")
    assert found == f"{[200] * 5} {[200] * 5} 0 {[200] * 5} 750"


def test_without_a_folder_it_does_not_start(sidecar, tmp_path):
    """A sidecar that cannot read what was acknowledged does not start, and says which file it is."""
    place = tmp_path / "not-a-folder"
    place.write_text("")
    with pytest.raises(StoreFault, match=r"not-a-folder/state/journal\.db: .*Not a directory"):
        sidecar(Config(models=(ModelConfig("m"),), storage=StorageConfig(path=place / "state")))


def test_a_newer_journal_stops_the_start(sidecar, tmp_path):
    """State of a newer release is refused at the start, in words, and stays as it is."""
    config = Config(models=(ModelConfig("m"),), storage=StorageConfig(path=tmp_path))
    sidecar(config).samples([{"features": {"x": 1}}])
    with sqlite3.connect(tmp_path / "journal.db") as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreFault, match="version 99 was written by a newer release"):
        sidecar(config)
