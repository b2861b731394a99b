"""``check config``: the effective configuration, as an equivalent file."""

from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from inference_exporter.cli import main
from inference_exporter.config.file import load
from inference_exporter.config.schema import Config, WebConfig

EXAMPLE = Path(__file__).parents[2] / "exporter" / "config.example.yml"
RICH = """\
web: {listen_address: ":10900", max_body_size: 2MB}
windows: [90s, 1h30m]
storage: {path: kept}
models:
  - name: fraud ärger
    version: 7
    variant: shadow
    drift: {measures: [psi, ks_pvalue], threshold: 0.25}
    features:
      age: {kind: categorical, threshold: 1}
      1: {ignore: true}
    slo: {latency: {threshold: 1ms, objective: 0.5}}
    process: {command: "gunicorn .* app"}
"""


def check(path, capsys):
    """Return the output of a successful command."""
    assert main(["check", "config", str(path)]) == 0
    out, error = capsys.readouterr()
    assert error == ""
    return out


@pytest.mark.parametrize("text", ["", RICH, EXAMPLE.read_text(encoding="utf-8")], ids=["empty", "rich", "example"])
def test_what_is_printed_is_the_same_configuration(tmp_path, capsys, text):
    """The output is an equivalent configuration file, with every default written out."""
    given, printed = tmp_path / "given.yml", tmp_path / "printed.yml"
    given.write_text(text, encoding="utf-8")
    printed.write_text(check(given, capsys), encoding="utf-8")
    again = check(printed, capsys)
    # Windows keep their text, latencies are printed in milliseconds: all equal as values.
    assert load(printed) == load(given)
    assert again == printed.read_text(encoding="utf-8")


def test_every_key_is_shown(tmp_path, capsys):
    """Each default is shown, units included."""
    path = tmp_path / "empty.yml"
    path.write_text("models: [{}]")
    shown = yaml.safe_load(check(path, capsys))
    assert set(shown) == {"web", "windows", "storage", "evaluation", "limits", "inputs", "proxy", "models"}
    assert shown["web"]["listen_address"] == "127.0.0.1:10800"
    assert (shown["web"]["max_body_size"], shown["web"]["header_timeout"]) == ("67108864B", "10000ms")
    assert set(shown["web"]) == {field.name for field in fields(WebConfig)}
    assert shown["windows"] == ["5m", "1h", "24h"]
    assert shown["models"][0]["slo"]["latency"] == {"threshold": "100ms", "objective": 0.99}
    assert Config().web.max_body_size == 67108864


def test_a_reference_that_is_not_there_is_a_warning(tmp_path, capsys):
    """A configuration may be written before its reference; the warning is a comment of the output."""
    path = tmp_path / "a.yml"
    path.write_text("models:\n  - {name: fraud, reference: fraud.json}\n")
    first = check(path, capsys).splitlines()[0]
    assert first == f"# warning: models[fraud].reference: {tmp_path / 'fraud.json'} does not exist yet"


def test_a_mistake_ends_with_code_2(tmp_path, capsys):
    """The mistake is on standard error, alone and in one line."""
    path = tmp_path / "bad.yml"
    path.write_text("web:\n  threads: many\n")
    assert main(["check", "config", str(path)]) == 2
    assert capsys.readouterr() == ("", f"{path}:2: web.threads: expected a whole number, got 'many'\n")
