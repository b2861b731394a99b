"""Alert rules over a replay: promtool's own evaluation, which respects ``for:`` and ``keep_firing_for:``."""

import shutil

import numpy as np
import pytest
from inference_exporter.errors import ReplayFault
from inference_exporter.exposition._base import gauge
from inference_exporter.replay import scrapes as module
from inference_exporter.replay.looks import ReplaySteps
from inference_exporter.replay.openmetrics import write_openmetrics
from inference_exporter.replay.rule_files import read_rules
from inference_exporter.replay.rules import Alert, fired_alerts
from inference_exporter.replay.scrapes import Scrapes
from prometheus_client.openmetrics.parser import text_string_to_metric_families

START = 1_770_000_000.0
MINUTE = 60.0
RULES = """
groups:
  - name: alerts
    interval: 30s
    rules:
      - alert: High
        expr: m:level:max > 1
        for: 5m
        keep_firing_for: 10m
        labels: {severity: ticket}
      - alert: Old
        expr: time() - m_seen_timestamp_seconds > 1200
      - alert: NotOurs
        expr: vector(1) unless something_else
  - name: records
    interval: 30s
    rules:
      - record: m:level:max
        expr: max by (model) (m_level)
"""
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


@pytest.fixture
def rules(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.yml").write_text(RULES)
    return read_rules(folder)


@pytest.fixture
def scraped(tmp_path, monkeypatch):
    """Return a function that keeps scrapes of one gauge over some minutes; None is a scrape without it."""

    opened = []

    def keep(levels, seen=START):
        kept = Scrapes(tmp_path, 'in"stance')
        opened.append(kept)
        for place, level in enumerate(levels):
            level_family, seen_family = gauge("m_level", 'A "level".'), gauge("m_seen_timestamp_seconds", "Seen.")
            if level is not None:
                level_family.add('model="a b"', level)
            seen_family.add("", seen)
            monkeypatch.setattr(module, "_families", lambda views, groups, both=(level_family, seen_family): iter(both))
            kept.look(START + place * MINUTE, [], True)
        return kept, ReplaySteps(START, MINUTE, len(levels))

    yield keep
    for kept in opened:
        kept.close()


@needs_promtool
def test_an_alert_waits_and_lasts_as_its_rule_says(scraped, rules):
    """It fires once the condition has held for 5m, and 10m longer than it; shorter conditions never fire."""
    levels = [0.0] * 5 + [2.0] * 3 + [0.0] * 5 + [2.0] * 8 + [0.0] * 20
    found = fired_alerts(*_with(scraped(levels, seen=START + 3600), rules))
    assert found == [Alert("High", {"severity": "ticket", "model": "a b"}, START + 18 * MINUTE, START + 31 * MINUTE)]


@needs_promtool
def test_times_are_those_of_the_recording(scraped, rules):
    """A rule that compares a metric with time() sees the recording's time; an alert that still fires has no end."""
    found = fired_alerts(*_with(scraped([0.0] * 31), rules))
    assert found == [Alert("Old", {"job": "inference-exporter", "instance": 'in"stance'}, START + 1260, None)]


@needs_promtool
def test_unknown_and_gone_are_no_alert(scraped, rules):
    """NaN and an ended series raise no alerts."""
    levels = [2.0, 2.0, *[np.nan] * 20, 2.0, 2.0, *[None] * 20]
    assert fired_alerts(*_with(scraped(levels, seen=START + 7200), rules)) == []


def _with(kept, rules):
    scrapes, looks = kept
    return scrapes, rules, looks


def test_groups_are_evaluated_after_what_they_need(rules):
    """Recording rules come before the alerts that read them, whatever the order of the files."""
    assert rules.groups_in_order() == ["records", "alerts"]


def test_rules_of_the_repository_are_read(repository_rules):
    """The repository's rules are parsed: which series they read, directly and by pattern."""
    assert repository_rules.wanted("model_feature_drifted") and repository_rules.wanted("model_feature_missing_ratio")
    assert not repository_rules.wanted("model_feature_bucket_info")
    assert "ModelFeatureDrift" in repository_rules.alerts_about(["model_feature_drifted"])
    order = repository_rules.groups_in_order()
    assert order.index("model-windows") < order.index("model-drift")


@pytest.fixture
def repository_rules(request):
    return read_rules(request.config.rootpath / "prometheus" / "rules")


@pytest.mark.parametrize(("content", "message"), [(None, "expected rule files"), ("groups: 3", "a broken one")])
def test_rules_that_are_none_are_refused(tmp_path, content, message):
    """A folder without rules, or an invalid file, is reported."""
    if content:
        (tmp_path / "a.yml").write_text(content)
    with pytest.raises(ReplayFault, match=message):
        read_rules(tmp_path)


def test_openmetrics_keeps_each_series_together(scraped, tmp_path):
    """The file parses as OpenMetrics, with the points of a series together and sorted by time."""
    scrapes, _ = scraped([1.0, np.nan, None, 3.0])
    assert write_openmetrics(scrapes, tmp_path / "out.om") == 7
    text = (tmp_path / "out.om").read_text()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    samples = families["m_level"].samples
    assert [float(sample.timestamp) for sample in samples] == [START, START + 60, START + 180]
    assert samples[0].labels == {"job": "inference-exporter", "instance": 'in"stance', "model": "a b"}
    assert text.endswith("# EOF\n")
