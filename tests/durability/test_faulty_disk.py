"""A disk with errors, or one that the kernel made read-only: requests are refused, and nothing acknowledged is lost."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from inference_exporter.config.schema import Config, ModelConfig, StorageConfig

SOURCE = Path(__file__).with_name("faulty_disk.c")
# In a process of its own, because the faults are those of all files of a process.
FAULTY = """
import sys
from pathlib import Path
sys.path.insert(0, TESTS)
from conftest import Sidecar
from inference_exporter.app import Application
from inference_exporter.config.schema import Config, ModelConfig, StorageConfig
import inference_exporter.store.journal as journal

journal.RETRY_SECONDS = 0.0
storage = StorageConfig(path=Path(FOLDER), durability=DURABILITY)
running = Sidecar(Application(Config(models=(ModelConfig("m"),), storage=storage)))

def post(number):
    body = [{"features": {"x": number + row / 7}, "prediction": "yes"} for row in range(50)]
    return running.samples(body).status

before = [post(number) for number in range(5)]
Path(FAULTS).write_text(FAULT)
faulty = [post(number) for number in range(5, 10)]
writable = running.value("inference_exporter_store_writable")
Path(FAULTS).unlink()
after = [post(number) for number in range(10, 15)]
print(before, faulty, int(writable), after, int(running.value("inference_exporter_samples_accepted_total")))
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Return the library that makes calls fail."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs Linux and a C compiler")
    target = tmp_path_factory.mktemp("library") / "faulty_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", target, SOURCE, "-ldl"], check=True)
    return target


@pytest.mark.slow
@pytest.mark.parametrize("durability", ["journal", "sync"])
@pytest.mark.parametrize("fault", ["5 write", "30 write", "5 sync"], ids=["EIO", "read-only", "EIO at fsync"])
def test_it_refuses_and_recovers(library, sidecar, tmp_path, monkeypatch, fault, durability):
    """While writes fail requests get 503; what was acknowledged is counted once, after a restart too."""
    if (fault, durability) == ("5 sync", "journal"):
        pytest.skip("the mode journal acknowledges without fsync")
    monkeypatch.setattr("inference_exporter.durability.state.PROBE", 0)  # the other process has another hash seed
    values = {
        "TESTS": str(Path(__file__).parents[1]), "FOLDER": str(tmp_path / "state"), "DURABILITY": durability,
        "FAULTS": str(tmp_path / "faults"), "FAULT": fault,
    }  # fmt: skip
    program = "".join(f"{name} = {value!r}\n" for name, value in values.items()) + FAULTY
    environment = os.environ | {"LD_PRELOAD": str(library), "FAULTS": values["FAULTS"]}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"{[200] * 5} {[503] * 5} 0 {[200] * 5} 500", done.stderr
    assert "journal.db" in done.stderr
    running = sidecar(Config(models=(ModelConfig("m"),), storage=StorageConfig(path=tmp_path / "state")))
    assert running.value("inference_exporter_samples_accepted_total") == 500
