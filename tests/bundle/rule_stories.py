"""Rule tests as promtool runs them fast: each story in a file of its own, with the rules that it depends on.

Prometheus parses every loaded rule anew at every step. Files of rule tests name whole rule files, of which a story
needs a few rules: those whose alerts and series it states, and those that these read.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where PyYAML was built so
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
NAME = re.compile(r"[A-Za-z_:][\w:]*")
SELECTED_ALERTS = re.compile(r"ALERTS(?:_FOR_STATE)?(?:{([^}]*)})?")
Rule = dict[str, Any]


def load(file: Path) -> Any:
    """Return what a YAML file holds."""
    return yaml.load(file.read_text(), LOADER)


def name_of(rule: Rule) -> str:
    """Return what a rule records, or the name of its alert."""
    return rule.get("record") or rule["alert"]


def read_by(rule: Rule, rules: list[Rule]) -> set[str]:
    """Return the names that a rule mentions, in its texts too; all alerts where it reads alerts by other labels."""
    text = "\n".join([rule["expr"], *rule.get("labels", {}).values(), *rule.get("annotations", {}).values()])
    by_label = any("alertname" not in selected for selected in SELECTED_ALERTS.findall(rule["expr"]))
    return {*NAME.findall(text), *(each["alert"] for each in rules if "alert" in each and by_label)}


def stated_in(story: dict[str, Any]) -> set[str]:
    """Return the names of the alerts and series that a story makes statements about."""
    alerts = {case["alertname"] for case in story.get("alert_rule_test", [])}
    return alerts.union(*(NAME.findall(case["expr"]) for case in story.get("promql_expr_test", [])))


def needed(stated: set[str], rules: list[Rule]) -> set[str]:
    """Return the names of the rules that others lead to, themselves included."""
    found: set[str] = set()
    ahead = set(stated)
    while ahead:
        reached = [rule for rule in rules if name_of(rule) in ahead]
        found |= ahead
        ahead = set().union(*(read_by(rule, rules) for rule in reached)) - found
    return found


def _with_rules(groups: list[dict[str, Any]], names: set[str]) -> list[dict[str, Any]]:
    """Return the groups with the rules of some names, in their order."""
    chosen = [{**group, "rules": [rule for rule in group["rules"] if name_of(rule) in names]} for group in groups]
    return [group for group in chosen if group["rules"]]


def write_stories(test_file: Path, folder: Path) -> Iterator[Path]:
    """Write each story of a file of rule tests, with the rules that it needs, to a folder; yield the test files."""
    document = load(test_file)
    groups = [group for name in document["rule_files"] for group in load(test_file.parent / name)["groups"]]
    rules = [rule for group in groups for rule in group["rules"]]
    folder.mkdir(parents=True, exist_ok=True)
    for number, story in enumerate(document["tests"]):
        own = _with_rules(groups, needed(stated_in(story), rules))
        rule_file, story_file = folder / f"rules_{number}.yml", folder / f"story_{number}.yml"
        order = [name for name in document.get("group_eval_order", []) if name in {group["name"] for group in own}]
        content = {**document, "rule_files": [rule_file.name], "group_eval_order": order, "tests": [story]}
        rule_file.write_text(yaml.dump({"groups": own}, Dumper=DUMPER, sort_keys=False))
        story_file.write_text(yaml.dump(content, Dumper=DUMPER, sort_keys=False))
        yield story_file
