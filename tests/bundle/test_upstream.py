"""Rules of upstream metrics: they read what the servers expose, and cost nothing without them."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rule_stories import load

REPOSITORY = Path(__file__).parents[2]
GROUPS = load(REPOSITORY / "prometheus" / "rules" / "upstream.yml")["groups"]
PAGE = (REPOSITORY / "docs" / "servers" / "metrics.md").read_text()
EXPOSITIONS = sorted((Path(__file__).parent / "expositions").glob("*.prom"))
FUNCTIONS = {"label_replace", "sum", "without"}


def read_by(group):
    """Return the names of the metrics that a group's rules read."""
    names = set()
    for rule in group["rules"]:
        expression = rule["expr"]
        for alternatives in re.findall(r'__name__=~"([^"]+)"', expression):
            names |= set(alternatives.split("|"))
        bare = re.sub(r'"[^"]*"|\{[^}]*\}|(?:without) \([^)]*\)', " ", expression)
        names |= set(re.findall(r":?[A-Za-z_][\w:]+", bare)) - FUNCTIONS - {"e6"}
    return names


BY_SERVER = {group["rules"][0]["labels"]["server"]: group for group in GROUPS}


@pytest.mark.parametrize("path", EXPOSITIONS, ids=lambda path: path.stem)
def test_names_are_exposed(path):
    """Each name that a rule reads is one that the server, as captured by `make interop`, exposes."""
    server = path.stem.rpartition("-")[0]
    families = text_string_to_metric_families(path.read_text())
    exposed = {sample.name for family in families for sample in family.samples}
    exposed |= set(re.findall(r"^# TYPE (\S+)", path.read_text(), re.MULTILINE))
    assert read_by(BY_SERVER[server]) <= exposed


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["name"])
class TestEveryGroup:
    def test_is_of_one_server(self, group):
        """A group holds the rules of one server, so that it can be deleted alone."""
        assert {rule["labels"]["server"] for rule in group["rules"]} == {group["name"][9:].replace("-", "_")}

    def test_selects_series_of_its_server_alone(self, group):
        """Names begin with what only this server exposes: without it, a rule finds no series and costs nothing."""
        others = set().union(*(read_by(other) for other in GROUPS if other is not group))
        assert not read_by(group) & others

    def test_is_documented(self, group):
        """The page has a column or a row for the server, and names every recorded metric."""
        assert f"`{group['rules'][0]['labels']['server']}`" in PAGE
        assert not [rule["record"] for rule in group["rules"] if f"`{rule['record']}`" not in PAGE]
