"""The start of a worker: with the current configuration if that is valid, else with the last valid one."""

import pytest
from inference_exporter.config.file import load
from inference_exporter.serving.server import _refreshed
from inference_exporter.serving.worker import Start


@pytest.fixture
def start(tmp_path):
    file = tmp_path / "config.yml"
    file.write_text("web: {listen_address: '127.0.0.1:1', max_connections: 17}\n")
    return Start(load(file), file, "info", "logfmt")


def test_a_restarted_worker_reads_the_file_again(start):
    """Models come from the current file; what the front has already bound stays."""
    start.config_file.write_text("web: {listen_address: '127.0.0.1:2'}\nmodels: [{name: fraud}]\n")
    fresh = _refreshed(start)
    assert [model.name for model in fresh.config.models] == ["fraud"]
    assert fresh.config.web == start.config.web


@pytest.mark.parametrize("content", ["models: [", "unknown_key: 1\n", "web: {max_connections: many}\n"])
def test_a_broken_file_changes_nothing(start, content, caplog):
    """The worker starts with the last valid configuration, and the log says why."""
    start.config_file.write_text(content)
    assert _refreshed(start) is start
    assert "starting the worker with the previous one" in caplog.text


def test_a_missing_file_changes_nothing(start):
    """A file that was removed is like a broken one; without a file there is nothing to read."""
    start.config_file.unlink()
    assert _refreshed(start) is start
    assert _refreshed(Start(start.config, None, "info", "logfmt")).config is start.config
