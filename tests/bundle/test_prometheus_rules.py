"""Prometheus' part of the bundle: valid, complete for whoever is woken by it, and tested alert by alert."""

import os
import re
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from inference_exporter.config.durations import parse_duration
from rule_stories import load, name_of, needed, write_stories

REPOSITORY = Path(__file__).parents[2]
PROMETHEUS = REPOSITORY / "prometheus"
CONFIGURATION = load(PROMETHEUS / "prometheus.yml")
RULE_FILES = sorted((PROMETHEUS / "rules").glob("*.yml"))
TEST_FILES = sorted((PROMETHEUS / "tests").glob("*.yml"))
TEST_DOCUMENTS = {file: load(file) for file in TEST_FILES}
RULE_TESTS = [test for document in TEST_DOCUMENTS.values() for test in document["tests"]]
RUNBOOKS = "https://github.com/inference-exporter/inference-exporter/blob/main/docs/runbooks.md"

SEVERITIES = {"page", "ticket", "info"}
TEAMS = {"data-science", "data-engineering", "operations"}
CATEGORIES = {"drift", "quality", "abuse", "performance", "slo", "resources", "exporter", "deployment", "recovery"}
DASHBOARDS = {"models-overview", "model-in-depth", "feature-in-depth"}
ALWAYS_FIRING = "Watchdog"
RANGE = re.compile(r"\[\d+[a-z]+\]")


def rules(kind):
    """Return all rules that alert, or that record."""
    documents = [load(file) for file in RULE_FILES]
    return [rule for doc in documents for group in doc["groups"] for rule in group["rules"] if kind in rule]


def identity(alert):
    """Return what tells an alert from its namesake of another severity."""
    return f"{alert['alert']}-{alert['labels']['severity']}"


def parts_of_rule_tests(key):
    """Return that part of all promtool tests."""
    return [entry for test in RULE_TESTS for entry in test.get(key, [])]


def stories(alert):
    """Return what the rule tests show of an alert: for each story the sets of those firing, in order of time."""
    for test in RULE_TESTS:
        moments = [case for case in test.get("alert_rule_test", []) if case["alertname"] == alert["alert"]]
        moments.sort(key=lambda case: parse_duration(case["eval_time"]))
        yield [
            {
                str(sorted(each["exp_labels"].items()))
                for each in case["exp_alerts"]
                if each["exp_labels"]["severity"] == alert["labels"]["severity"]
            }
            for case in moments
        ]


ALERTS = rules("alert")
RECORDS = rules("record")
ALERT_TESTS = parts_of_rule_tests("alert_rule_test")
EXPRESSION_TESTS = parts_of_rule_tests("promql_expr_test")
SECTIONS = re.findall(r"^### (\w+)$", (REPOSITORY / "docs" / "runbooks.md").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def stories_to_run(tmp_path_factory):
    """Return for each file of rule tests its stories, each with the rules that it depends on."""
    folder = tmp_path_factory.mktemp("stories")
    return {file: list(write_stories(file, folder / file.stem)) for file in TEST_FILES}


@pytest.fixture(scope="module")
def rule_tests(each_promtool, stories_to_run):
    """Run the rule tests of all files, as many at a time as there are processors."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        yield {file: pool.submit(each_promtool.run, "test", "rules", *parts) for file, parts in stories_to_run.items()}


class TestPromtool:
    def test_configuration(self, each_promtool):
        """Prometheus would start with the configuration and all rule files."""
        said = each_promtool.expect_success("check", "config", PROMETHEUS / "prometheus.yml")
        assert f"{len(RULE_FILES)} rule files found" in said

    def test_rules(self, each_promtool):
        """No rule is malformed, and none is there twice."""
        each_promtool.expect_success("check", "rules", "--lint=all", "--lint-fatal", *RULE_FILES)

    @pytest.mark.slow
    @pytest.mark.timeout(600)  # the first one waits for its turn among all; a busy machine is slow
    @pytest.mark.parametrize("file", TEST_FILES, ids=lambda file: file.stem)
    def test_rules_do_as_their_tests_say(self, rule_tests, file):
        """Every alert and recorded series is what the rule tests say at each of their moments."""
        result = rule_tests[file].result()
        assert result.returncode == 0, result.stdout + result.stderr

    def test_no_range_begins_at_a_sample(self):
        """No tested range begins at a sample: Prometheus 2 counts a sample there, Prometheus 3 does not."""
        for file, document in TEST_DOCUMENTS.items():
            rules = "".join((file.parent / name).read_text() for name in document["rule_files"])
            if RANGE.search(rules):
                assert document["evaluation_interval"].endswith("m1ms"), file

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("rule_file", "written", "mutated"),
        [
            ("drift", "for: 15m", "for: 14m"),
            ("drift", "keep_firing_for: 15m", "keep_firing_for: 16m"),
            ("data_quality", '{problem="missing"} > 0.05', '{problem="missing"} > 0.052'),
            ("data_quality", "> 3 * sqrt", "> 2.7 * sqrt"),
            ("inputs", "_bytes[30m], 3600) > 0", "_bytes[30m], 600) > 0"),
            ("inputs", "> 1000", "> 100"),
            ("inputs", '{reason!="shortened"}', ""),
            ("inputs", "> 0.05\n", "> 0.12\n"),
            ("outliers", "for: 5m", "for: 4m"),
            ("outliers", "min by (model, version, variant, sign", "max by (model, version, variant, sign"),
            ("performance", "> 0.1\n", "> 0.11\n"),
            ("recording", "group_left () min by", "group_left () max by"),
            ("resources", "> 0.9", "> 0.92"),
            ("schema", "> 0.1\n", "> 0.35\n"),
            ("schema", "for: 15m", "for: 14m"),
            ("slo", "> 14.4", "> 15"),
            ("upstream", "/ 1e6", "/ 1e3"),
            ("upstream", '{status!="OK"}', ""),
            ("upstream", "[45]..", "[5].."),
        ],
    )
    def test_rule_tests_are_not_blind(self, promtool, tmp_path, rule_file, written, mutated):
        """A threshold, a duration or an aggregation that is changed a little fails the rule tests."""
        shutil.copytree(PROMETHEUS / "rules", tmp_path / "rules")
        shutil.copytree(PROMETHEUS / "tests", tmp_path / "tests")
        file = tmp_path / "rules" / f"{rule_file}.yml"
        text = re.sub(r"group_left \(\)\s+min by", "group_left () min by", file.read_text())
        assert written in text
        file.write_text(text.replace(written, mutated))
        stories = write_stories(tmp_path / "tests" / f"{rule_file}.yml", tmp_path / "stories")
        assert any(promtool.run("test", "rules", story).returncode for story in stories)


class TestStories:
    def test_what_is_tested_is_loaded(self, stories_to_run):
        """A story loads each alert that it names: one that is not loaded would be silent whatever its rule says."""
        for part in (part for parts in stories_to_run.values() for part in parts):
            [story] = load(part)["tests"]
            groups = load(part.parent / part.name.replace("story", "rules"))["groups"]
            loaded = {name_of(rule) for group in groups for rule in group["rules"]}
            named = {case["alertname"] for case in story.get("alert_rule_test", [])}
            assert named <= loaded, story["name"]

    @pytest.mark.parametrize(
        ("stated", "expected"),
        [
            ("Plain", {"Plain", "a:level:sum", "a:text:sum"}),
            ("OfOne", {"OfOne", "Plain", "a:level:sum", "a:text:sum"}),
            ("OfAny", {"OfAny", "OfOne", "Plain", "a:level:sum", "a:text:sum"}),
        ],
    )
    def test_rules_come_with_what_they_read(self, stated, expected):
        """A story loads the series that its rules read, in texts too, and the alerts that they look back on."""
        rules = [
            {"record": "a:level:sum", "expr": "sum(a)"},
            {"record": "a:text:sum", "expr": "sum(b)"},
            {"record": "a:other:sum", "expr": "sum(c)"},
            {"alert": "Plain", "expr": "a:level:sum > 1", "annotations": {"summary": '{{ query "a:text:sum" }}'}},
            {"alert": "OfOne", "expr": 'ALERTS{alertname=~"Plain|Gone"}'},
            {"alert": "OfAny", "expr": 'ALERTS{severity="page"}'},
        ]
        assert needed({stated}, rules) & {name_of(rule) for rule in rules} == expected


class TestConfiguration:
    def test_exporters_are_scraped_twice(self):
        """The reference's buckets come by a slow job, and not by the fast one as well."""
        jobs = {job["job_name"]: job for job in CONFIGURATION["scrape_configs"]}
        fast, slow = jobs["inference-exporter"], jobs["inference-exporter-reference"]
        assert fast["static_configs"] == slow["static_configs"]
        assert fast["file_sd_configs"] == slow["file_sd_configs"] == [{"files": ["targets/*.yml"]}]
        assert (slow["metrics_path"], slow["scrape_interval"]) == ("/metrics/reference", "60s")
        assert fast["params"] == {"exclude[]": ["reference_buckets"]}

    def test_rules_know_the_jobs(self):
        """A job that a rule selects is one that is scraped."""
        selected = re.findall(r'job=~?\\?"([^"\\]+)', "".join(rule["expr"] for rule in ALERTS + RECORDS))
        named = {name for alternatives in selected for name in alternatives.split("|")}
        assert named
        assert named <= {job["job_name"] for job in CONFIGURATION["scrape_configs"]}


class TestEveryAlert:
    def test_labels(self):
        """It says how urgent it is, whose it is, and of which kind; only the watchdog is not urgent at all."""
        for alert in ALERTS:
            labels, name = alert["labels"], identity(alert)
            assert labels["severity"] in ({"none"} if alert["alert"] == ALWAYS_FIRING else SEVERITIES), name
            # Error budgets of one rule belong to different teams: its label is a template.
            assert set(re.findall(r"[a-z]+-?[a-z]+", re.sub(r"{{.*?}}", " ", labels["team"]))) <= TEAMS, name
            assert labels["category"] in CATEGORIES, name
            assert set(labels) == {"severity", "team", "category"}, name

    def test_waits(self):
        """It waits before it fires, so that a single bad evaluation alarms nobody; the watchdog does not."""
        assert [alert["alert"] for alert in ALERTS if "for" not in alert] == [ALWAYS_FIRING]

    def test_annotations(self):
        """It comes with text, a runbook, and a dashboard that opens on what it is about."""
        for alert in ALERTS:
            annotations, name = alert["annotations"], identity(alert)
            assert set(annotations) == {"summary", "description", "runbook_url", "dashboard"}, name
            assert annotations["runbook_url"] == f"{RUNBOOKS}#{alert['alert'].lower()}"
            assert annotations["description"].endswith("."), name
            uid = re.match(r"/d/([a-z-]+)(\?|$)", annotations["dashboard"])
            assert uid, name
            assert uid[1] in DASHBOARDS, name

    def test_summary_does_not_change_while_it_fires(self):
        """The summary is made of labels: a value in it would make every message look new."""
        summaries = [alert["annotations"]["summary"] for alert in ALERTS]
        assert [summary for summary in summaries if "$value" in summary or "query" in summary] == []

    def test_runbook(self):
        """The runbook has a section of each alert's name and no other, which would mislead."""
        assert sorted(SECTIONS) == sorted({alert["alert"] for alert in ALERTS})

    def test_fires_and_is_silent(self):
        """The rule tests show it silent at one moment and firing at another; the watchdog is never silent."""
        for alert in ALERTS:
            moments = [moment for story in stories(alert) for moment in story]
            assert any(moments), identity(alert)
            assert not all(moments) or alert["alert"] == ALWAYS_FIRING, identity(alert)

    def test_resolves(self):
        """The rule tests show that what fired ends; the watchdog never does."""
        for alert in ALERTS:
            ends = [bool(before - after) for story in stories(alert) for before, after in pairwise(story)]
            assert any(ends) != (alert["alert"] == ALWAYS_FIRING), identity(alert)


class TestEveryExpression:
    def test_times_are_durations(self):
        """Times are written as durations, which can be scaled; the clock is compared only with what is configured."""
        for expression in (rule["expr"] for rule in ALERTS + RECORDS):
            if re.search(r"\b(time|timestamp)\s*\(", expression):
                assert "_threshold_seconds" in expression
                assert not re.search(r"[<>]=?\s*(bool\s+)?\d|[-+*/]\s*\d", expression)

    @pytest.mark.parametrize(
        "pattern",
        [
            pytest.param(r"_bucket\b|\ble\s*[=!]", id="a scrape that converts histograms has no classic buckets"),
            pytest.param(r"\bwindow\s*(=|!)", id="users configure other windows: they are found by their length"),
            pytest.param(r"\b(topk|bottomk|limitk)\b", id="an alert that is pushed out of a ranking would resolve"),
        ],
    )
    def test_what_none_may_contain(self, pattern):
        """No expression reads a bucket of a histogram, names a window, or ranks."""
        assert [rule["expr"] for rule in ALERTS + RECORDS if re.search(pattern, rule["expr"])] == []


class TestRecordingRules:
    def test_names(self):
        """A recorded name is its level, what was measured, and the operation; or of upstream metrics."""
        pattern = re.compile(r"[a-z_]+:[a-z_]+:[a-z0-9_]+|model_upstream_[a-z_]+")
        assert [rule["record"] for rule in RECORDS if not pattern.fullmatch(rule["record"])] == []

    def test_each_is_tested(self):
        """The rule tests state its value at some moment."""
        stated = "\n".join(test["expr"] for test in EXPRESSION_TESTS)
        assert [rule["record"] for rule in RECORDS if rule["record"] not in stated] == []

    def test_every_name_is_recorded_once(self):
        """Two rules that record one name would overwrite each other, unless a label tells them apart."""
        names = Counter((rule["record"], rule.get("labels", {}).get("server")) for rule in RECORDS)
        assert {name: n for name, n in names.items() if n > 1} == {}

    def test_what_is_read_is_recorded(self):
        """A recorded name that a rule or an annotation reads exists."""
        text = "".join(file.read_text() for file in RULE_FILES)
        # TensorFlow Serving's own names begin with a colon.
        read = set(re.findall(r"(?<![:\w])[a-z_]+:[a-z_]+:[a-z0-9_]+\b", text))
        assert read == {rule["record"] for rule in RECORDS if ":" in rule["record"]}
