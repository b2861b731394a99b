"""Alertmanager's part of the bundle: who hears of what, and what keeps quiet."""

import re
from pathlib import Path

import pytest
from rule_stories import load

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "alertmanager"
FILE = FOLDER / "alertmanager.yml"
ROUTE_TESTS = FOLDER / "tests" / "routes.yml"
CONFIGURATION = load(FILE)
CASES = load(ROUTE_TESTS)
RULES = REPOSITORY / "prometheus" / "rules"
RULE_TESTS = REPOSITORY / "prometheus" / "tests"
FRAUD = {"model": "fraud", "version": "7", "variant": "champion"}


def alerts_with_their_labels():
    """Return the labels of each alert that the rule tests show firing: one of all that the routes cannot tell apart."""
    documents = [load(file) for file in sorted(RULE_TESTS.glob("*.yml"))]
    cases = [case for doc in documents for test in doc["tests"] for case in test.get("alert_rule_test", [])]
    fired = [{"alertname": case["alertname"], **each["exp_labels"]} for case in cases for each in case["exp_alerts"]]
    kinds = {(*(accepts(each) for accepts in MATCHERS), *sorted(expected_receivers(each))): each for each in fired}
    return list(kinds.values())


def expected_receivers(labels):
    """Return who should hear of an alert."""
    if labels["severity"] == "info":
        told = "feature" in labels and labels["category"] != "recovery"
        return {labels["team"] if told else "nobody"}
    pages = labels["severity"] == "page" and labels.get("variant") != "shadow"
    return {"dead-man"} if labels["severity"] == "none" else {labels["team"], *(["page"] if pages else [])}


def receivers_of(amtool, **labels):
    """Return the receivers that an alert with these labels reaches, as Alertmanager itself decides."""
    pairs = [f"{name}={value}" for name, value in labels.items()]
    result = amtool.run("config", "routes", "test", f"--config.file={FILE}", *pairs)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.strip().split(","))


def leaves(route, inherited=None):
    """Yield every route with what it inherits."""
    own = {**(inherited or {}), **{key: value for key, value in route.items() if key != "routes"}}
    yield own
    for child in route.get("routes", []):
        yield from leaves(child, own)


def below(route):
    """Yield every route below one, as it is written: hours are not inherited."""
    for child in route.get("routes", []):
        yield child
        yield from below(child)


def matcher(written):
    """Return a function that says whether a matcher of the form `name="value"` or `name!="value"` accepts labels."""
    name, negated, value = re.fullmatch(r'(\w+)(!?)="([^"]*)"', written).groups()
    return lambda labels: (labels.get(name, "") == value) != bool(negated)


MATCHERS = [matcher(each) for route in below(CONFIGURATION["route"]) for each in route["matchers"]]


class TestConfiguration:
    def test_alertmanager_accepts_it(self, each_amtool):
        """Alertmanager would start with the configuration and its templates."""
        assert "1 templates" in each_amtool.expect_success("check-config", FILE)

    @pytest.mark.slow
    def test_nothing_suspicious(self, amlint):
        """No route that cannot match, no undefined template, no plain secret, no alert that the rules do not have."""
        amlint.expect_success("check", FILE, "--strict", "--rules", RULES / "*.yml")

    def test_secrets_are_absolute_paths(self):
        """A secret is named by an absolute path: Alertmanager would look for another one in its working directory."""
        text = "".join(file.read_text() for file in [FILE, *FOLDER.glob("receivers/*/*.yml")])
        files = re.findall(r"^[ -]*\w+_file: (\S+)", text, re.MULTILINE)
        assert len(files) > 10
        assert all(file.startswith("/run/secrets/") for file in files)

    def test_one_message_for_a_problem(self):
        """What reaches people is grouped by model, and never by what a problem has many of."""
        people = [route for route in leaves(CONFIGURATION["route"]) if route["receiver"] not in ("nobody", "dead-man")]
        assert people
        assert all("model" in route["group_by"] for route in people)
        assert not {"instance", "feature", "version", "variant", "slo", "measure"} & {
            name for route in people for name in route["group_by"]
        }

    def test_only_pages_come_at_night(self):
        """Tickets and information wait for working hours; pages, the watchdog and what nobody expected do not."""
        always = [route["matchers"] for route in below(CONFIGURATION["route"]) if "active_time_intervals" not in route]
        assert always == [
            ['alertname="Watchdog"'],
            ['severity="info"', 'feature=""'],
            ['category="recovery"'],
            ['severity="page"', 'variant!="shadow"'],
            ['severity="page"'],
            ['severity="page"'],
            ['team="operations"', 'severity="page"'],
        ]

    def test_what_resolved_is_told(self):
        """Whoever was told of an alert is told of its end, except the dead man's switch."""
        told = {
            receiver["name"]: config["send_resolved"]
            for receiver in CONFIGURATION["receivers"]
            for kind in ("slack_configs", "webhook_configs")
            for config in receiver.get(kind, [])
        }
        assert told.pop("dead-man") is False
        assert set(told.values()) == {True}


class TestRoutes:
    def test_route_tests(self, amlint):
        """Every case of the route tests holds, inhibition included, and every route is reached by one."""
        amlint.expect_success("test", FILE, ROUTE_TESTS, "--fail-under", "100")

    @pytest.mark.parametrize("case", [case for case in CASES if "expect" in case], ids=lambda case: case["name"])
    def test_alertmanager_agrees(self, each_amtool, case):
        """Alertmanager's own routing gives the receivers that the route tests expect."""
        assert receivers_of(each_amtool, **case["labels"]) == set(case["expect"])

    @pytest.mark.parametrize("labels", alerts_with_their_labels(), ids=lambda each: each["alertname"])
    def test_every_alert_finds_its_people(self, each_amtool, labels):
        """Each alert reaches its team, a page also a person, information that is not about a feature nobody."""
        given = {name: value for name, value in labels.items() if value}
        assert receivers_of(each_amtool, **given) == expected_receivers(labels)

    def test_route_tests_are_not_blind(self, amlint, tmp_path):
        """An inhibition that is widened fails the route tests."""
        broken = tmp_path / "alertmanager.yml"
        broken.write_text(FILE.read_text().replace("equal: [model, version, variant, feature]", "equal: [model]"))
        assert broken.read_text() != FILE.read_text()
        assert amlint.run("test", broken, ROUTE_TESTS).returncode == 1
