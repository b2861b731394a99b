"""Learned references in a folder."""

import pytest
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import ModelKey
from inference_exporter.store.references import ReferenceFolder

REFERENCE = build({"x": [1, 2, 3]}, 3)


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
    """Whatever a model is called, its reference is kept inside the folder and found again."""
    folder = ReferenceFolder(tmp_path / "state")
    assert folder.find(key) is None
    folder.save(key, REFERENCE)
    assert folder.find(key).version == REFERENCE.version
    assert [path.suffix for path in (tmp_path / "state").rglob("*") if path.is_file()] == [".json"]
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_each_key_has_its_own(tmp_path):
    """Names that only together are equal are still other models."""
    folder = ReferenceFolder(tmp_path)
    folder.save(ModelKey("a", "bc", "champion"), REFERENCE)
    assert folder.find(ModelKey("ab", "c", "champion")) is None
    assert folder.find(ModelKey("a", "bc", "shadow")) is None


def test_a_broken_file_is_left_aside(tmp_path, caplog):
    """A file that cannot be read costs its reference, not the start; the log says so."""
    folder, key = ReferenceFolder(tmp_path), ModelKey("m", "1", "champion")
    folder.save(key, REFERENCE)
    (path,) = tmp_path.rglob("*.json")
    path.write_text("{", encoding="utf-8")
    assert folder.find(key) is None
    assert "learned reference left aside" in caplog.text


def test_a_folder_that_cannot_be_written_costs_the_restart_only(tmp_path, caplog):
    """What cannot be kept is logged, and the monitor goes on."""
    (tmp_path / "state").write_text("a file, where a folder should be", encoding="utf-8")
    ReferenceFolder(tmp_path / "state").save(ModelKey("m"), REFERENCE)
    assert "learned reference not kept" in caplog.text
