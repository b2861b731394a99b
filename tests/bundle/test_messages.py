"""How a message reads: the templates as amtool renders them. What each service gets is in test_receivers.py."""

import json
import re
from pathlib import Path

import pytest
from rule_stories import load

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "alertmanager"
FRAUD = {"model": "fraud", "version": "7", "variant": "champion"}
# From six hours before the alerts to an hour after.
MOMENT = "from=1795593900000&to=1795619100000"
CAUSES = (
    "the world changed (season, prices, new customers); a changed unit, default or join before the model; "
    "another source of data"
)


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
        "startsAt": "2026-11-25T14:05:00Z",
        "endsAt": "2026-11-25T16:10:20Z" if status == "resolved" else "0001-01-01T00:00:00Z",
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
    def rendered(template, notification, text=None):
        data = tmp_path / "data.json"
        data.write_text(json.dumps(notification))
        return each_amtool.expect_success(
            "template",
            "render",
            f"--template.glob={FOLDER / 'templates' / '*.tmpl'}",
            "--template.text=" + (text or f'{{{{ template "{template}" . }}}}'),
            f"--template.data={data}",
        )

    return rendered


class TestTemplates:
    def test_title_of_one(self, render):
        """One alert is its own title."""
        assert render("slack.title", message([alert(1)])) == "[TICKET] feature_1 of fraud 7 (champion) has drifted"

    def test_title_of_many(self, render):
        """Many alerts are named by what they have in common, and those that still fire are counted."""
        alerts = [alert(1), alert(2), alert(3, status="resolved")]
        assert render("slack.title", message(alerts)) == "[TICKET] drift: fraud 7 (champion), 2 alerts"

    def test_title_when_resolved(self, render):
        """The end is told as such, however severe it was."""
        alerts = [alert(1, status="resolved"), alert(2, status="resolved")]
        notification = message(alerts, status="resolved", severity="page")
        assert render("slack.title", notification) == "[RESOLVED] drift: fraud 7 (champion), 2 alerts"

    @pytest.mark.parametrize(
        ("status", "severity", "color"),
        [("firing", "page", "danger"), ("firing", "ticket", "warning"), ("resolved", "page", "good")],
    )
    def test_color(self, render, status, severity, color):
        """Red wakes, yellow waits, green is over."""
        assert render("slack.color", message([alert(1, status, severity)], status, severity)) == color

    def test_the_worst_counts(self, render):
        """A message about a page and a ticket says that somebody was woken."""
        notification = message([alert(1), alert(2, severity="page"), alert(3, severity="info")])
        del notification["commonLabels"]["severity"]
        assert render("slack.title", notification).startswith("[PAGE] ")
        assert render("slack.color", notification) == "danger"
        assert render("paging.severity", notification) == "critical"
        assert render("paging.priority", message([alert(1)])) == "P3"

    def test_text(self, render):
        """What fires is told with its dashboard and runbook, then what ended; a link silences what they share."""
        alerts = [alert(1, status="resolved"), alert(2)]
        assert render("slack.text", message(alerts)).split("\n") == [
            "• *feature_2 of fraud 7 (champion) has drifted*",
            "Debiased PSI 0.31, threshold 0.10.",
            "Since 2026-11-25 14:05 UTC · "
            f"<http://localhost:3000/d/feature-in-depth?var-feature=feature_2&{MOMENT}|Dashboard> · "
            "<https://example.org/runbooks#modelfeaturedrift|Runbook>",
            "",
            "• feature_1 of fraud 7 (champion) has drifted: resolved after 2 h 5 min, since 2026-11-25 14:05 UTC",
            f"Likely causes: {CAUSES}.",
            "Owner: data-science · <http://alertmanager:9093/#/silences/new?filter=%7Balertname%3D%22ModelFeatureDrift%22%2C%20"
            "category%3D%22drift%22%2C%20model%3D%22fraud%22%2C%20variant%3D%22champion%22%2C%20version%3D%227%22%7D"
            "|Silence>",
        ]

    def test_text_is_short(self, render):
        """Ten alerts are described, the rest counted."""
        text = render("slack.text", message([alert(number) for number in range(12)]))
        assert text.count("•") == 10
        assert "feature_9 " in text
        assert "feature_10 " not in text
        assert "… and 2 more" in text

    def test_text_of_the_end_is_short(self, render):
        """Ten that ended are listed, the rest counted."""
        ended = [alert(number, status="resolved") for number in range(11)]
        text = render("slack.text", message(ended, status="resolved"))
        assert text.count("•") == 10
        assert "… and 1 more resolved" in text

    def test_spaces_in_a_silence(self, render):
        """A name with a space or a plus is silenced as it is written."""
        notification = message([alert(1)])
        notification["commonLabels"]["feature"] = "home+work city"
        assert "feature%3D%22home%2Bwork%20city%22" in render("slack.text", notification)

    def test_names_are_plain_text(self, render):
        """A feature whose name Slack would read as a mention calls nobody."""
        notification = message([alert(1, summary="<!channel> & co has drifted")])
        assert render("slack.title", notification) == "[TICKET] &lt;!channel&gt; &amp; co has drifted"
        assert "*&lt;!channel&gt; &amp; co has drifted*" in render("slack.text", notification)

    def test_what_changed_is_told_as_plain_text(self, render):
        """What moved, from what share to what share, is in the message; a category that is a mention calls nobody."""
        changed = "<!here>: 10% to 62% (mix), since 2026-11-25 14:05Z. Debiased PSI 0.31, threshold 0.10."
        text = render("slack.text", message([alert(1, description=changed)]))
        assert (
            "\n&lt;!here&gt;: 10% to 62% (mix), since 2026-11-25 14:05Z. Debiased PSI 0.31, threshold 0.10.\nSince"
            in text
        )

    def test_nothing_is_left_to_silence_when_resolved(self, render):
        """A message of the end has no link to silence."""
        assert "Silence" not in render("slack.text", message([alert(1, status="resolved")], status="resolved"))

    @pytest.mark.parametrize(
        ("alerts", "shared", "path"),
        [
            ([alert(1)], FRAUD, "/d/feature-in-depth?var-feature=feature_1&"),
            ([alert(1), alert(2)], FRAUD, "/d/model-in-depth?var-model=fraud&var-version=7&"),
            ([alert(1), alert(2)], {"model": "a b"}, "/d/model-in-depth?var-model=a+b&"),
            ([alert(1), alert(2)], {}, "/d/models-overview?"),
        ],
    )
    def test_title_link(self, render, alerts, shared, path):
        """The title opens the dashboard that all alerts share, else the model's, else the overview."""
        notification = {**message(alerts), "commonLabels": {"severity": "ticket", **shared}}
        assert render("chat.dashboard", notification) == f"http://localhost:3000{path}{MOMENT}"

    @pytest.mark.parametrize(
        ("end", "lasted"),
        [
            ("2026-11-25T14:05:45.3Z", "45 s"),
            ("2026-11-25T14:25:00Z", "20 min"),
            ("2026-11-25T15:05:10Z", "1 h"),
            ("2026-11-27T15:16:00Z", "49 h 11 min"),
        ],
    )
    def test_how_long(self, render, end, lasted):
        """How long an alert fired is rounded to what a person would say."""
        ended = {**alert(1, status="resolved"), "endsAt": end}
        assert f"resolved after {lasted}, since" in render("slack.text", message([ended], status="resolved"))

    def test_a_dashboard_of_the_end_ends_later(self, render):
        """The dashboard of what is over shows its end as well."""
        dashboard = render("chat.dashboard", message([alert(1, status="resolved")], status="resolved"))
        assert dashboard.endswith("&from=1795593900000&to=1795626620000")

    def test_an_address_that_is_too_long_gives_way(self, render):
        """A dashboard's address that no message has room for is replaced by that of the model."""
        text = render("slack.text", message([alert(1, dashboard="/d/feature-in-depth?var-feature=" + "a" * 500)]))
        assert f"<http://localhost:3000/d/model-in-depth?var-model=fraud&{MOMENT}|Dashboard>" in text

    def test_owner(self, render):
        """A label called owner wins over the team."""
        notification = message([alert(1)])
        notification["commonLabels"]["owner"] = "<risk> & co"
        assert render("chat.owner", notification) == " risk    co"

    def test_causes_of_several_kinds(self, render):
        """In a message about several kinds of alerts each has its causes, with its name."""
        other = alert(2)
        other["labels"]["alertname"] = "ModelNoTraffic"
        notification = message([alert(1), other, alert(3)])
        del notification["commonLabels"]["alertname"]
        text = render("slack.text", notification)
        assert text.count("Likely causes of ModelFeatureDrift: ") == 1
        assert text.count("Likely causes of ModelNoTraffic: ") == 1


def names_of_alerts():
    """Return the name of every alert that notifies somebody."""
    documents = [load(file) for file in sorted((REPOSITORY / "prometheus" / "rules").glob("*.yml"))]
    rules = [rule for document in documents for group in document["groups"] for rule in group["rules"]]
    return sorted({rule["alert"] for rule in rules if "alert" in rule} - {"Watchdog"})


def test_every_alert_has_its_causes(render):
    """The likely causes of every alert of the rules are known, in words without markup."""
    alerts = [{**alert(number), "labels": {"alertname": name}} for number, name in enumerate(names_of_alerts())]
    template = '{{ range .Alerts }}{{ template "chat.causes" . }}{{ printf "%c" 10 }}{{ end }}'
    causes = render("x", message(alerts), text=template).splitlines()
    assert len(causes) == len(alerts)
    for name, cause in zip(names_of_alerts(), causes, strict=True):
        assert cause != "see the runbook", name
        assert re.fullmatch(r"[\w ,;:.()-]+", cause), cause
