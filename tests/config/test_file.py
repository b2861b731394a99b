"""The configuration file: its meaning, and the message for each kind of mistake."""

import os
from pathlib import Path

import pytest
from inference_exporter.config.file import load
from inference_exporter.config.schema import Config, LearningConfig, Window
from inference_exporter.errors import ConfigError

BAD_FILES = Path(__file__).parent / "bad_files"

# One file for each kind of mistake, with its complete message.
MESSAGES = [
    "evaluation_features.yml:2: evaluation.features: expected all, none or a list of names, got 'some'",
    "age_of_nothing.yml:4: models[0].slo.freshness.threshold: expected a duration above 0, got 0.0",
    "availability_of_one.yml:4: models[0].slo.availability: expected a number between 0 and 1, got 1.0",
    "bad_command_pattern.yml:3: models[0].process.command: expected a regular expression, got 'gunicorn (' (missing ): gunicorn ()",  # noqa: E501 - one message a line
    "bad_duration.yml:1: windows[1]: expected a duration such as 5m, 1h30m or 250ms, got '1 hour'",
    "bad_listen_address.yml:2: web.listen_address: expected HOST:PORT with a port from 1 to 65535, got 'localhost'",
    "bad_port.yml:3: web.listen_address: expected HOST:PORT with a port from 1 to 65535, got 'localhost:70000'",
    "bad_size.yml:2: web.max_body_size: expected a size such as 512KB or 64MB, got '64 MiB'",
    "control_character.yml: expected YAML, got: special characters are not allowed",
    "duration_is_a_list.yml:4: models[0].slo.latency.threshold: expected one value, got a list",
    "empty_name.yml:2: models[0].name: expected a name, got ''",
    "few_to_learn_from.yml:3: models[0].learning.samples: expected a number from 50 to 1000000, got 10",
    "key_twice.yml:3: web.threads: expected the key only once",
    "latin_1.yml: expected UTF-8 text, got byte 0xe9",
    "limit_of_none.yml:2: limits.events: expected at least 1, got 0",
    "list_as_key.yml:2: web: expected a key, got a list",
    "list_expected.yml:1: windows: expected a list, got '5m'",
    "maximum_below_minimum.yml:5: models[0].features.age.maximum: expected at least 10.0, got 2.0",
    "model_twice.yml:2: models: expected each name, version and variant once, got ('fraud', '7', 'champion')",
    "models_not_a_list.yml:2: models: expected a list, got keys and values",
    "negative_pid.yml:2: models[0].process.pid: expected a number above 0, got -1",
    "no_such_date.yml:2: models[0].reference: expected a path, got '2026-13-45'",
    "no_such_port.yml:2: models[0].process.port: expected a port from 1 to 65535, got 70000",
    "no_threads.yml:1: web.threads: expected a number from 1 to 64, got 0",
    "no_windows.yml:1: windows: expected at least one duration, got []",
    "no_source.yml:2: models[0].outliers.source_share: expected a number above 0, at most 1, got 0.0",
    "not_a_number.yml:3: models[0].drift.threshold: expected a number, got 'low'",
    "not_a_whole_number.yml:2: web.threads: expected a whole number, got '2.5'",
    "not_keys.yml:1: expected keys and values, got a list",
    "not_text.yml:3: models[0].name: expected text, got a list",
    "not_true_or_false.yml:4: models[0].features.age.ignore: expected true or false, got 'yes'",
    "not_yaml.yml:3: expected YAML, got: expected <block end>, but found '<block mapping start>'",
    "nothing_kept.yml:2: models[0].outliers.keep: expected a number from 0 to 1000, got -1",
    "null_name.yml:3: models[0].name: expected text, got 'null'",
    "remember_nothing.yml:2: models[0].outcomes.remember: expected at least 1, got 0",
    "pattern_of_nothing.yml:4: models[0].features.zip.pattern: expected a regular expression, got '[0-9' (missing ]: [0-9)",  # noqa: E501 - one message a line
    "section_not_keys.yml:1: web: expected keys and values, got '127.0.0.1:9100'",
    "share_of_half.yml:2: models[0].outliers.share: expected a number from 0.000001 to 0.01, got 0.5",
    "short_window.yml:1: windows: expected durations of 1s or more, got ['5m', '100ms']",
    "no_false_alarms.yml:2: models[0].drift.false_alarms_per_month: expected a number above 0, at most 1000, got 0.0",
    "tab_indent.yml:2: expected YAML, got: found character '\\t' that cannot start any token",
    "negative_importance.yml:3: models[0].features.age.importance: expected a number, 0 or more, got -1.0",
    "threshold_of_zero.yml:4: models[0].features.age.threshold: expected a number above 0, got 0.0",
    "two_documents.yml:2: expected YAML, got: but found another document",
    "two_ways_to_a_process.yml:4: models[0].process.port: expected one of pid, pid_file, port, command, cgroup, got pid, port",  # noqa: E501 - one message a line
    "unknown_choice.yml:2: models[0].variant: expected champion or challenger or shadow, got 'canary'",
    "unknown_durability.yml:2: storage.durability: expected memory or journal or sync, got 'forever'",
    "unknown_key.yml:3: models[0].refrence: unknown key, expected one of actions, challenger, drift, fairness, feature_names, features, framework, guardrails, learning, llm, metadata, name, outcomes, outliers, performance, process, reference, slices, slo, task, variant, version, worst_slices",  # noqa: E501 - one message a line
    "unknown_measure.yml:3: models[0].drift.measures[1]: expected chi2_pvalue or cramers_v or hellinger_distance or js_distance or ks_pvalue or ks_statistic or kl_divergence or l_infinity or mean_shift or missing_pvalue or psi or psi_debiased or psi_pvalue or total_variation or unseen_pvalue or variance_ratio or wasserstein_normalized, got 'kl'",  # noqa: E501 - one message a line
    "unknown_tag.yml:2: models[0].name: expected text, got 'fraud'",
    "unknown_top_key.yml:1: window: unknown key, expected one of"
    " evaluation, inputs, limits, models, proxy, storage, web, windows",
    "windows_of_one_length.yml:1: windows: expected different durations, got ['1h', '60m']",
]


def written(folder, text):
    path = folder / "config.yml"
    path.write_text(text, encoding="utf-8")
    return path


class TestMistakes:
    @pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.partition(".")[0])
    def test_are_answered_with_file_line_and_key(self, message):
        """A message gives position, expectation and value in one line."""
        path = BAD_FILES / message.partition(":")[0]
        with pytest.raises(ConfigError) as caught:
            load(path)
        assert str(caught.value) == f"{BAD_FILES}/{message}"

    def test_each_bad_file_has_its_message(self):
        """Every bad file has its expected message."""
        assert {message.partition(":")[0] for message in MESSAGES} == {path.name for path in BAD_FILES.iterdir()}

    def test_a_file_that_is_not_there(self, tmp_path):
        """A missing file is named."""
        with pytest.raises(ConfigError, match=r"nowhere\.yml: cannot be read: No such file or directory$"):
            load(tmp_path / "nowhere.yml")

    @pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "---\n", "null\n"])
    def test_a_file_without_content_may_be_a_mistake(self, tmp_path, text):
        """A reload rejects an empty file, which may be half written; {} means all defaults."""
        with pytest.raises(
            ConfigError, match=r"expected keys and values, got an empty file; write \{\} for the defaults$"
        ):
            load(written(tmp_path, text), empty_is_default=False)
        assert load(written(tmp_path, "{}"), empty_is_default=False) == Config()

    @pytest.mark.slow
    def test_what_is_nested_without_end(self, tmp_path):
        """Too deep nesting is an error with the file name, without a traceback."""
        with pytest.raises(ConfigError, match="too deep"):
            load(written(tmp_path, "[" * 100_000))

    def test_what_is_no_file(self, tmp_path):
        """A pipe does not block, and a folder is named."""
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ConfigError, match=r"pipe: cannot be read: expected a regular file, got a pipe$"):
            load(tmp_path / "pipe")
        with pytest.raises(ConfigError, match=r"cannot be read: expected a regular file, got a folder$"):
            load(tmp_path)


class TestDefaults:
    @pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "{}", "web:\nstorage:\nlimits:\n"])
    def test_an_empty_file_is_all_defaults(self, tmp_path, text):
        """An empty file means all defaults."""
        assert load(written(tmp_path, text)) == Config()

    def test_the_example_is_the_defaults(self):
        """The example file shows every key at its default, except for its example model."""
        example = load(Path(__file__).parents[2] / "exporter" / "config.example.yml")
        assert (example.web, example.windows, example.storage, example.limits) == (
            Config().web, Config().windows, Config().storage, Config().limits,
        )  # fmt: skip
        assert [(model.name, model.version) for model in example.models] == [("fraud", "7")]

    def test_a_part_keeps_the_defaults_of_the_rest(self, tmp_path):
        """Other keys of a section keep their defaults."""
        config = load(written(tmp_path, "models:\n  - learning: {samples: 70}\n"))
        (model,) = config.models
        assert (model.name, model.version, model.variant) == ("default", "unversioned", "champion")
        assert (model.learning, model.drift.threshold) == (LearningConfig(70), 0.1)


class TestValues:
    def test_durations_and_sizes_have_units(self, tmp_path):
        """Durations are written as in Prometheus, sizes with a unit; a window keeps its text."""
        text = "windows: [90s, 1h30m, 7d]\nweb: {max_body_size: 2MB}\nmodels: [{slo: {latency: {threshold: 250ms}}}]\n"
        config = load(written(tmp_path, text))
        assert config.windows == (Window("90s", 90.0), Window("1h30m", 5400.0), Window("7d", 604800.0))
        assert config.web.max_body_size == 2 * 1024**2
        assert config.models[0].slo.latency.threshold == 0.25

    @pytest.mark.parametrize("version", ["7", "1.10", "2026-11-22", "2026-13-45", "0x1f", "on", "1e3", "01"])
    def test_a_version_is_text_as_it_stands(self, tmp_path, version):
        """Versions that YAML reads as numbers, dates or booleans keep their text."""
        config = load(written(tmp_path, f"models:\n  - version: {version}\n"))
        assert config.models[0].version == version

    def test_relative_paths_start_at_the_file(self, tmp_path):
        """Paths are relative to the configuration file, not to the working directory."""
        text = "storage: {path: kept}\nmodels:\n  - reference: refs/fraud.json\n  - {name: b, reference: /etc/b.json}\n"
        config = load(written(tmp_path, text))
        assert config.storage.path == tmp_path / "kept"
        assert [model.reference for model in config.models] == [tmp_path / "refs/fraud.json", Path("/etc/b.json")]

    def test_whole_numbers_are_numbers(self, tmp_path):
        """A threshold of 1 need not be written 1.0."""
        config = load(written(tmp_path, "models: [{drift: {threshold: 1}}]\n"))
        assert config.models[0].drift.threshold == 1.0

    def test_features_go_by_name(self, tmp_path):
        """A feature's name is any text, numbers included; null is no threshold."""
        text = "models:\n  - features:\n      age: {kind: categorical}\n      1: {ignore: true, threshold: null}\n"
        features = load(written(tmp_path, text)).models[0].features
        assert set(features) == {"age", "1"}
        assert (features["age"].kind, features["1"].ignore, features["1"].threshold) == ("categorical", True, None)

    @pytest.mark.parametrize(
        ("address", "pair"),
        [
            (":10800", ("0.0.0.0", 10800)),
            ("localhost:1", ("localhost", 1)),
            ("[::1]:65535", ("::1", 65535)),
        ],
    )
    def test_an_address_is_host_and_port(self, tmp_path, address, pair):
        """Addresses are read as in the Prometheus projects: without a host, every interface."""
        assert load(written(tmp_path, f"web: {{listen_address: '{address}'}}\n")).web.host_and_port == pair

    def test_anchors_and_aliases_are_understood(self, tmp_path):
        """YAML anchors and aliases work."""
        text = "models:\n  - {name: a, slo: &slo {availability: 0.9}}\n  - {name: b, slo: *slo}\n"
        assert [model.slo.availability for model in load(written(tmp_path, text)).models] == [0.9, 0.9]


def test_text_is_cleaned_as_that_of_samples(tmp_path):
    """NUL and lone surrogates, which YAML can write, become the replacement character, so that names still match."""
    path = tmp_path / "config.yml"
    path.write_text(
        'models: [{name: "a\\0b\\ud800", framework: "\\udc00 \\U0001F600", features: {"x\\0": {ignore: true}}}]\n'
    )
    [model] = load(path).models
    assert model.name == "a\ufffdb\ufffd"
    assert model.framework == "\ufffd \U0001f600"
    assert list(model.features) == ["x\ufffd"]
