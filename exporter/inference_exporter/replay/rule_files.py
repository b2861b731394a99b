"""Rule files as far as a replay must understand them: the order of their groups, and the subjects of alerts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..errors import ReplayFault

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
# Selectors such as {__name__=~"model_.*_drifted"} name many series at once.
_NAME_PATTERN = re.compile(r'__name__=~"([^"]*)"')


@dataclass(frozen=True)
class Rule:
    """One rule: the series it records or the alert it raises, and the words of its expression."""

    group: str
    name: str
    alert: bool
    words: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    def reads(self, series: str) -> bool:
        """Return whether its expression reads series with this name."""
        return series in self.words or any(pattern.fullmatch(series) for pattern in self.patterns)


@dataclass(frozen=True)
class RuleSet:
    """The rules of a folder."""

    files: tuple[Path, ...]
    rules: tuple[Rule, ...]

    def wanted(self, series: str) -> bool:
        """Return whether any rule reads series with this name."""
        return any(rule.reads(series) for rule in self.rules)

    def groups_in_order(self) -> list[str]:
        """Return the groups, each after those whose recorded series it reads."""
        groups = list(dict.fromkeys(rule.group for rule in self.rules))
        needs = {group: set(self._needed_by(group)) for group in groups}
        ordered: list[str] = []
        while needs:
            # If groups depend on each other, the order of the files decides.
            free = next((group for group in needs if not needs[group] - {group, *ordered}), next(iter(needs)))
            ordered.append(free)
            del needs[free]
        return ordered

    def _needed_by(self, group: str) -> Iterator[str]:
        own = [rule for rule in self.rules if rule.group == group]
        for other in self.rules:
            if not other.alert and any(rule.reads(other.name) for rule in own):
                yield other.group

    def alerts_about(self, names: Sequence[str]) -> frozenset[str]:
        """Return the alerts that depend on series with these names, directly or through recorded ones."""
        known = set(names)
        while True:
            more = {rule.name for rule in self.rules if not rule.alert and any(map(rule.reads, known))} - known
            if not more:
                return frozenset(rule.name for rule in self.rules if rule.alert and any(map(rule.reads, known)))
            known |= more


def read_rules(folder: Path) -> RuleSet:
    """Read the rule files of a folder, or one file.

    Raises
    ------
    ReplayFault
        If there are no rule files, or one is invalid.
    """
    files = tuple(sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])) if folder.is_dir() else (folder,)
    if not files:
        raise ReplayFault(f"{folder}: expected rule files (*.yml), got none")
    rules = [rule for file in files for rule in _rules_of(file)]
    return RuleSet(tuple(file.resolve() for file in files), tuple(rules))


def _rules_of(file: Path) -> Iterator[Rule]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for group in content["groups"]:
            for rule in group["rules"]:
                yield _rule(group["name"], rule)
    except OSError as error:
        raise ReplayFault(f"{file}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise ReplayFault(f"{file}: expected a file of Prometheus rules, got a broken one ({error!r})") from error


def _rule(group: str, rule: Mapping[str, Any]) -> Rule:
    expression = str(rule["expr"])
    patterns = tuple(re.compile(pattern) for pattern in _NAME_PATTERN.findall(expression))
    name = rule.get("alert") or rule["record"]
    # All words of the expression, functions and labels included: a few series too many do no harm, a missing one does.
    return Rule(group, str(name), "alert" in rule, frozenset(_NAME.findall(expression)), patterns)
