"""Alertmanager's part of the bundle: who hears of what, what keeps quiet, and how a message reads."""

import json
import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "alertmanager"
FILE = FOLDER / "alertmanager.yml"
ROUTE_TESTS = FOLDER / "tests" / "routes.yml"
CONFIGURATION = yaml.safe_load(FILE.read_text())
CASES = yaml.safe_load(ROUTE_TESTS.read_text())
RULES = REPOSITORY / "prometheus" / "rules"
RULE_TESTS = REPOSITORY / "prometheus" / "tests"
FRAUD = {"model": "fraud", "version": "7", "variant": "champion"}


def alerts_with_their_labels():
    """Return all labels of each alert, as the rule tests show it firing: one of each set of label names."""
    documents = [yaml.safe_load(file.read_text()) for file in sorted(RULE_TESTS.glob("*.yml"))]
    cases = [case for doc in documents for test in doc["tests"] for case in test.get("alert_rule_test", [])]
    fired = [{"alertname": case["alertname"], **each["exp_labels"]} for case in cases for each in case["exp_alerts"]]
    return {(each["alertname"], each["severity"], each["team"], *sorted(each)): each for each in fired}


def expected_receivers(labels):
    """Return who should hear of an alert."""
    if labels["severity"] == "info":
        return {labels["team"] if "feature" in labels else "nobody"}
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


class TestConfiguration:
    def test_alertmanager_accepts_it(self, each_amtool):
        """Alertmanager would start with the configuration and its templates."""
        assert "1 templates" in each_amtool.expect_success("check-config", FILE)

    def test_nothing_suspicious(self, amlint):
        """No route that cannot match, no undefined template, no plain secret, no alert that the rules do not have."""
        amlint.expect_success("check", FILE, "--strict", "--rules", RULES / "*.yml")

    def test_secrets_are_absolute_paths(self):
        """A secret is named by an absolute path: Alertmanager would look for another one in its working directory."""
        files = re.findall(r"^\s*\w+_file: (\S+)", FILE.read_text(), re.MULTILINE)
        assert files
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

    @pytest.mark.parametrize("labels", alerts_with_their_labels().values(), ids=lambda each: each["alertname"])
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


def alert(number, status="firing", severity="ticket", **annotations):
    """Return an alert as templates are given it."""
    feature = f"feature_{number}"
    return {
        "status": status,
        "labels": {"alertname": "ModelFeatureDrift", "feature": feature, "severity": severity, **FRAUD},
        "annotations": {
            "summary": f"{feature} of fraud 7 (champion) has drifted",
            "description": "Debiased PSI 0.31, threshold 0.10.",
            "runbook_url": "https://example.org/runbooks#modelfeaturedrift",
            "dashboard": f"/d/feature-in-depth?var-feature={feature}",
            **annotations,
        },
    }


def message(alerts, status="firing", severity="ticket"):
    """Return a notification as templates are given it."""
    shared = {"category": "drift", "severity": severity, "team": "data-science", "alertname": "ModelFeatureDrift"}
    same = {key: value for key, value in alerts[0]["annotations"].items() if len(alerts) == 1}
    return {
        "receiver": "data-science",
        "status": status,
        "alerts": alerts,
        "groupLabels": {"category": "drift", "severity": severity, **FRAUD},
        "commonLabels": {**shared, **FRAUD},
        "commonAnnotations": same,
        "externalURL": "http://alertmanager:9093",
    }


@pytest.fixture
def render(each_amtool, tmp_path):
    def rendered(template, notification):
        data = tmp_path / "data.json"
        data.write_text(json.dumps(notification))
        return each_amtool.expect_success(
            "template",
            "render",
            f"--template.glob={FOLDER / 'templates' / '*.tmpl'}",
            f'--template.text={{{{ template "{template}" . }}}}',
            f"--template.data={data}",
        )

    return rendered


class TestTemplates:
    def test_title_of_one(self, render):
        """One alert is its own title."""
        assert render("chat.title", message([alert(1)])) == "[TICKET] feature_1 of fraud 7 (champion) has drifted"

    def test_title_of_many(self, render):
        """Many alerts are named by what they have in common, and those that still fire are counted."""
        alerts = [alert(1), alert(2), alert(3, status="resolved")]
        assert render("chat.title", message(alerts)) == "[TICKET] drift: fraud 7 (champion), 2 alerts"

    def test_title_when_resolved(self, render):
        """The end is told as such, however severe it was."""
        alerts = [alert(1, status="resolved"), alert(2, status="resolved")]
        notification = message(alerts, status="resolved", severity="page")
        assert render("chat.title", notification) == "[RESOLVED] drift: fraud 7 (champion), 2 alerts"

    @pytest.mark.parametrize(
        ("status", "severity", "color"),
        [("firing", "page", "danger"), ("firing", "ticket", "warning"), ("resolved", "page", "good")],
    )
    def test_color(self, render, status, severity, color):
        """Red wakes, yellow waits, green is over."""
        assert render("chat.color", message([alert(1)], status, severity)) == color

    def test_text(self, render):
        """What fires is told with its dashboard and runbook, then what ended; a link silences what they share."""
        alerts = [alert(1, status="resolved"), alert(2)]
        assert render("chat.text", message(alerts)).split("\n") == [
            "• *feature_2 of fraud 7 (champion) has drifted*",
            "Debiased PSI 0.31, threshold 0.10. "
            "<http://localhost:3000/d/feature-in-depth?var-feature=feature_2|Dashboard>, "
            "<https://example.org/runbooks#modelfeaturedrift|Runbook>",
            "",
            "• feature_1 of fraud 7 (champion) has drifted: resolved",
            "<http://alertmanager:9093/#/silences/new?filter=%7Balertname%3D%22ModelFeatureDrift%22%2C%20"
            "category%3D%22drift%22%2C%20model%3D%22fraud%22%2C%20variant%3D%22champion%22%2C%20version%3D%227%22%7D"
            "|Silence>",
        ]

    def test_text_is_short(self, render):
        """Ten alerts are told, of more it is said how many there are."""
        text = render("chat.text", message([alert(number) for number in range(12)]))
        assert text.count("•") == 10
        assert "feature_9 " in text
        assert "feature_10 " not in text
        assert "… 12 in all." in text

    def test_text_of_the_end_is_short(self, render):
        """Of many that ended ten are told as well."""
        ended = [alert(number, status="resolved") for number in range(11)]
        text = render("chat.text", message(ended, status="resolved"))
        assert text.count("•") == 10
        assert "… 11 resolved in all." in text

    def test_spaces_in_a_silence(self, render):
        """A name with a space or a plus is silenced as it is written."""
        notification = message([alert(1)])
        notification["commonLabels"]["feature"] = "home+work city"
        assert "feature%3D%22home%2Bwork%20city%22" in render("chat.text", notification)

    def test_names_are_plain_text(self, render):
        """A feature whose name Slack would read as a mention calls nobody."""
        notification = message([alert(1, summary="<!channel> & co has drifted")])
        assert render("chat.title", notification) == "[TICKET] &lt;!channel&gt; &amp; co has drifted"
        assert "*&lt;!channel&gt; &amp; co has drifted*" in render("chat.text", notification)

    def test_what_changed_is_told_as_plain_text(self, render):
        """What moved, from what share to what share, is in the message; a category that is a mention calls nobody."""
        changed = "<!here>: 10% to 62% (mix), since 2026-11-25 14:05Z. Debiased PSI 0.31, threshold 0.10."
        text = render("chat.text", message([alert(1, description=changed)]))
        assert (
            "\n&lt;!here&gt;: 10% to 62% (mix), since 2026-11-25 14:05Z. Debiased PSI 0.31, threshold 0.10. <" in text
        )

    def test_nothing_is_left_to_silence_when_resolved(self, render):
        """A message of the end has no link to silence."""
        assert "Silence" not in render("chat.text", message([alert(1, status="resolved")], status="resolved"))

    @pytest.mark.parametrize(
        ("alerts", "shared", "path"),
        [
            ([alert(1)], FRAUD, "/d/feature-in-depth?var-feature=feature_1"),
            ([alert(1), alert(2)], FRAUD, "/d/model-in-depth?var-model=fraud&var-version=7"),
            ([alert(1), alert(2)], {"model": "a b"}, "/d/model-in-depth?var-model=a+b"),
            ([alert(1), alert(2)], {}, "/d/models-overview"),
        ],
    )
    def test_title_link(self, render, alerts, shared, path):
        """The title opens the dashboard that all alerts share, else the model's, else the overview."""
        notification = {**message(alerts), "commonLabels": {"severity": "ticket", **shared}}
        assert render("chat.dashboard", notification) == f"http://localhost:3000{path}"
