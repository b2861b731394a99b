"""Learned references in a folder."""

import os
import stat
import threading
import time

import pytest
from inference_exporter.failures import Failures, Place
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import ModelKey
from inference_exporter.store.references import ReferenceFolder

REFERENCE = build({"x": [1, 2, 3]}, 3)
KEY = ModelKey("m", "1", "champion")


@pytest.mark.parametrize(
    "key",
    [
        ModelKey("m", "1", "champion"),
        ModelKey("../../etc/passwd", "/", "shadow"),
        ModelKey("m" * 128, "\n", "champion"),
    ],
    ids=["plain", "a path", "long"],
)
def test_what_was_saved_is_found(tmp_path, key):
    """For any model name, the reference is saved inside the folder and found again."""
    folder = ReferenceFolder(tmp_path / "state")
    assert folder.find(key) is None
    folder.save(key, REFERENCE)
    assert folder.find(key).version == REFERENCE.version
    assert [path.suffix for path in (tmp_path / "state").rglob("*") if path.is_file()] == [".json"]
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_each_key_has_its_own(tmp_path):
    """Models whose joined names are equal have different files."""
    folder = ReferenceFolder(tmp_path)
    folder.save(ModelKey("a", "bc", "champion"), REFERENCE)
    assert folder.find(ModelKey("ab", "c", "champion")) is None
    assert folder.find(ModelKey("a", "bc", "shadow")) is None


def test_a_broken_file_is_left_aside(tmp_path, caplog):
    """An unreadable file is ignored with a log entry, and the exporter starts."""
    folder, key = ReferenceFolder(tmp_path), ModelKey("m", "1", "champion")
    folder.save(key, REFERENCE)
    (path,) = tmp_path.rglob("*.json")
    path.write_text("{", encoding="utf-8")
    assert folder.find(key) is None
    assert "learned reference ignored" in caplog.text


def wait_until(holds, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def test_a_folder_that_cannot_be_written_costs_the_restart_only(tmp_path):
    """An unsaved reference is counted, and the monitor continues."""
    (tmp_path / "state").write_text("a file, where a folder should be", encoding="utf-8")
    failures = Failures()
    folder = ReferenceFolder(tmp_path / "state", failures)
    folder.save(KEY, REFERENCE)
    assert folder.unsaved == 1
    assert failures.counts()[Place("store", "reference", KEY)] == 1


def test_a_reference_is_kept_once_the_folder_is_there(tmp_path):
    """Failed writes are retried until they succeed, with the latest reference of each model."""
    blocked = tmp_path / "state"
    blocked.write_text("in the way", encoding="utf-8")
    failures = Failures()
    folder = ReferenceFolder(blocked, failures, first_pause_seconds=0.001)
    newer = build({"x": [1, 2, 3, 4]}, 4)
    folder.save(KEY, REFERENCE)
    folder.save(KEY, newer)
    wait_until(lambda: failures.counts()[Place("store", "reference", KEY)] > 3)
    blocked.unlink()
    wait_until(lambda: folder.unsaved == 0)
    assert folder.find(KEY).version == newer.version
    wait_until(lambda: folder._retries is None)
    folder.save(KEY, REFERENCE)
    assert (folder.unsaved, folder.find(KEY).version) == (0, REFERENCE.version)


def test_files_are_private_and_links_are_not_followed(tmp_path):
    """References are private to their owner, and never written through a link."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious", encoding="utf-8")
    folder = ReferenceFolder(tmp_path / "state")
    folder.save(KEY, REFERENCE)
    (path,) = (tmp_path / "state").rglob("*.json")
    path.unlink()
    path.symlink_to(elsewhere)
    path.with_name(path.name + ".partial").symlink_to(elsewhere)
    folder.save(KEY, REFERENCE)
    assert elsewhere.read_text(encoding="utf-8") == "precious"
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert not path.is_symlink()


@pytest.mark.parametrize("kind", ["pipe", "loop", "folder"])
def test_what_is_no_file_is_left_aside(tmp_path, kind):
    """A pipe, a loop of links or a folder in place of a reference is ignored without blocking."""
    folder = ReferenceFolder(tmp_path)
    folder.save(KEY, REFERENCE)
    (path,) = tmp_path.rglob("*.json")
    path.unlink()
    {"pipe": lambda: os.mkfifo(path), "loop": lambda: path.symlink_to(path), "folder": path.mkdir}[kind]()
    assert folder.find(KEY) is None


@pytest.mark.parametrize("name", ["a" * 300, "\0", "file", "loop"])
def test_a_folder_that_cannot_be_searched_is_left_aside(tmp_path, name, caplog):
    """A name that is too long, a file in the way, a link to itself: the exporter starts, and the log says why."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")
    assert ReferenceFolder(tmp_path / name).find(KEY) is None
    assert "learned reference ignored" in caplog.text


def test_nothing_is_said_of_a_model_that_has_none_yet(tmp_path, caplog):
    """No file, or no folder yet, is how it begins."""
    assert ReferenceFolder(tmp_path / "new").find(KEY) is None
    assert caplog.text == ""
