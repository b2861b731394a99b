"""The rules for fleets: right on both versions of Prometheus, wide enough for each reference, off for one replica."""

import re
import shutil
from collections import Counter

import numpy as np
import pytest
import yaml
from inference_exporter.reference.reference import build
from programs import REPOSITORY, Program, installed
from rule_stories import load

PROMETHEUS = REPOSITORY / "prometheus"
RULE_FILES = sorted((PROMETHEUS / "fleet").glob("*.yml"))
TEST_FILES = sorted((PROMETHEUS / "fleet_tests").glob("*.yml"))
GROUPS = [group for file in RULE_FILES for group in load(file)["groups"]]
RULES = [rule for group in GROUPS for rule in group["rules"]]
TESTED = "".join(file.read_text() for file in TEST_FILES)
GAP = "fleet_feature_bucket:distribution_gap:finite"


class TestPromtool:
    def test_rules(self, each_promtool):
        """No rule is malformed, and none is there twice."""
        each_promtool.expect_success("check", "rules", "--lint=all", "--lint-fatal", *RULE_FILES)

    @pytest.mark.slow
    @pytest.mark.parametrize("file", TEST_FILES, ids=lambda file: file.stem)
    def test_rules_do_as_their_tests_say(self, each_promtool, file):
        """Every number of the fleet is what numpy makes of the replicas' totals."""
        each_promtool.expect_success("test", "rules", file)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("rule_file", "written", "mutated"),
        [
            ("drift", "offset 45s", "offset 60s"),
            ("drift", "max_over_time(up[5m] offset 45s) == 1", "max_over_time(up[5m] offset 45s) == 2"),
            ("drift", "< 345", "< 0"),
            ("drift", "< 345", "< 345000"),
            ("drift", "< 0", "< -1000"),
            ("drift", "[57m30s]", "[47m30s]"),
            ("drift", "* ln(8640", "* ln(864"),
            ("drift", 'bucket=~"0[0-1]"', 'bucket=~"0[0-2]"'),
            ("performance", "model_confusion_total offset 30s", "last_over_time(model_confusion_total[5m] offset 30s)"),
            ("performance", "or fleet_class:predictions:sum * 0", ""),
        ],
    )
    def test_rule_tests_are_not_blind(self, promtool, tmp_path, rule_file, written, mutated):
        """A step, a condition or a factor that is changed fails the rule tests."""
        shutil.copytree(PROMETHEUS / "fleet", tmp_path / "fleet")
        shutil.copytree(PROMETHEUS / "fleet_tests", tmp_path / "fleet_tests")
        file = tmp_path / "fleet" / f"{rule_file}.yml"
        assert written in file.read_text()
        file.write_text(file.read_text().replace(written, mutated))
        assert promtool.run("test", "rules", tmp_path / "fleet_tests" / f"{rule_file}.yml").returncode != 0


def test_vmalert_reads_them():
    """VictoriaMetrics' ruler accepts every expression."""
    program = installed("vmalert")
    if program is None:
        pytest.skip("vmalert is not installed (Debian package victoria-metrics)")
    Program(program).expect_success("-dryRun", f"-rule={PROMETHEUS / 'fleet'}/*.yml")


class TestRules:
    def test_names(self):
        """A recorded name is its level, what was measured, and the operation; each set of labels is recorded once."""
        assert all(re.fullmatch(r"[a-z_]+:[a-z0-9_]+:[a-z0-9_]+", rule["record"]) for rule in RULES)
        recorded = Counter((rule["record"], *rule.get("labels", {}).items()) for rule in RULES)
        assert max(recorded.values()) == 1

    def test_every_name_is_tested_or_read(self):
        """A rule test states each series, or another rule reads it: nothing is recorded in vain."""
        for name in {rule["record"] for rule in RULES}:
            assert name in TESTED or any(name in rule["expr"] for rule in RULES), name

    def test_what_is_read_is_recorded(self):
        """A recorded name that a rule reads exists."""
        read = {name for rule in RULES for name in re.findall(r"\bfleet[a-z_]*:[a-z0-9_]+:[a-z0-9_]+\b", rule["expr"])}
        assert read <= {rule["record"] for rule in RULES}

    def test_groups_are_small(self):
        """No group has more than the 25 rules that docs/fleet.md states, and all are evaluated every five minutes."""
        assert {group["interval"] for group in GROUPS} == {"5m"}
        assert max(len(group["rules"]) for group in GROUPS) <= 25

    def test_gaps_reach_all_buckets(self):
        """The sums of the distribution functions are those up to each bucket, for as many as a reference may have."""
        rows = 6000
        reference = build({"x": np.random.default_rng(1).normal(size=rows)}, rows, created=0.0)
        numeric = len(reference.columns[0].buckets.bounds) - 2  # less missing and non-finite
        gaps = [rule for rule in RULES if rule["record"] == GAP]
        assert len(gaps) >= numeric - 1  # both functions are 1 at the last
        for place, rule in enumerate(gaps):
            assert rule["labels"] == {"bucket": f"{place:02d}"}
            (pattern,) = re.findall(r'bucket=~"([^"]+)"', rule["expr"])
            matched = [index for index in range(100) if re.fullmatch(pattern, f"{index:02d}")]
            assert matched == list(range(place + 1))


def test_one_replica_does_not_pay():
    """Prometheus loads the fleet's rules only where their line in its configuration is uncommented."""
    text = (PROMETHEUS / "prometheus.yml").read_text()
    assert yaml.safe_load(text)["rule_files"] == ["rules/*.yml"]
    assert "  # - fleet/*.yml" in text
    switched_on = yaml.safe_load(text.replace("  # - fleet/*.yml", "  - fleet/*.yml"))
    assert switched_on["rule_files"] == ["rules/*.yml", "fleet/*.yml"]
