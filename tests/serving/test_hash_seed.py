"""The hash seed of a folder: drawn once, kept private, and given to each worker."""

import stat

import pytest
from inference_exporter.config.schema import StorageConfig
from inference_exporter.serving.hash_seed import LARGEST_SEED, environment_of, seed_in


def test_is_drawn_once(tmp_path):
    """Every worker of a folder gets the same seed, which only its owner can read."""
    folder = tmp_path / "state"
    seed = seed_in(folder)
    assert 1 <= seed <= LARGEST_SEED
    assert seed_in(folder) == seed
    assert stat.S_IMODE((folder / "hash_seed").stat().st_mode) == 0o600
    assert environment_of(StorageConfig(path=folder))["PYTHONHASHSEED"] == str(seed)


@pytest.mark.parametrize("content", ["", "seed", "0", "99999999999"])
def test_a_useless_one_is_drawn_anew(tmp_path, content):
    """A file without a valid seed is replaced."""
    (tmp_path / "hash_seed").write_text(content)
    assert 1 <= seed_in(tmp_path) <= LARGEST_SEED


def test_is_not_needed_in_memory(tmp_path):
    """Without a journal the worker gets the environment of the front."""
    assert environment_of(StorageConfig()) is None
    assert environment_of(StorageConfig(path=tmp_path, durability="memory")) is None
