"""Every receiver through a real Alertmanager: what each service would get, and whether it would take it."""

import re
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import yaml
from inference_exporter.demo.processes import Processes, free_port
from inference_exporter.demo.stopping import Stop
from message_schemas import (
    TEAMS_BYTES_AT_MOST,
    DiscordMessage,
    OpsgenieAlert,
    OpsgenieClose,
    PagerDutyEvent,
    SlackMessage,
    TeamsMessage,
    TelegramMessage,
    WebhookMessage,
    telegram_shown,
)
from programs import built, installed
from sinks import Received, sinks

pytestmark = pytest.mark.end_to_end

FOLDER = Path(__file__).parents[2] / "alertmanager"
HOSTILE = "<!channel> & <b>x</b> [a](http://evil) *_~`|\\ @everyone {{DATE()}} 'q' \"q\" 😀 ünïcödé <script>"
LONG = "&<_*😀" * 800
RUNBOOK = "https://example.org/runbooks#modelfeaturedrift"
PLACES = {
    "slack": "/slack",
    "teams": "/teams",
    "discord": "/discord",
    "telegram": "/telegram",
    "webhook": "/webhook",
    "page": "/call",
    "pagerduty": "/pagerduty",
    "opsgenie": "/opsgenie",
}
CASES = {"single": 1, "many": 15, "hostile": 6, "long": 12}


@dataclass(frozen=True)
class Running:
    """An Alertmanager with every receiver, and what they received."""

    address: str
    received: Received
    places: dict[str, str]
    log: Path

    def send(self, alerts):
        """Post alerts as Prometheus does."""
        requests.post(f"{self.address}/api/v2/alerts", json=alerts, timeout=10).raise_for_status()

    def wait_for(self, there, missing):
        """Wait until it is there."""
        deadline = time.monotonic() + 90
        while not (found := there()):
            assert time.monotonic() < deadline, f"{missing}\n{self.log.read_text()[-3000:]}"
            time.sleep(0.05)
        return found

    def messages(self, place, case, word=""):
        """Return the posts to a place about a case."""
        return [
            post for post in self.received.posts_to(self.places[place], f"{case}0001") if word in post.body.decode()
        ]

    def firing(self, place, case):
        """Return the post about all alerts of a case; an earlier one may have come before the last of them arrived."""
        count = CASES[case]
        posts = [post for post in self.messages(place, case) if not is_end(post)]
        if place in ("webhook", "page"):
            posts = [post for post in posts if len(post.json["alerts"]) == count]
        elif count > 1 and place in TEXT_OF:
            posts = [post for post in posts if f", {count} alerts" in post.body.decode()]
        return posts[-1] if posts else None

    def end(self, place, case):
        """Return the post about the end of a case."""
        return next((post for post in self.messages(place, case) if is_end(post)), None)

    def mails(self, case, word):
        """Return the mails about a case whose subject has a word."""
        return [mail for mail in list(self.received.mails) if f"{case}0001" in str(mail) and word in mail["Subject"]]


def alerts_of(case, **more):
    """Return the alerts of a case: they differ in their feature, and are two hours old."""
    strange = {"hostile": HOSTILE, "long": LONG}.get(case, "")
    return [
        {
            "labels": {
                "alertname": "ModelFeatureDrift",
                "severity": "page",
                "team": "data-science",
                "category": "drift",
                "model": f"{case}0001{strange[:90]}",
                "version": "7",
                "variant": "champion",
                "feature": f"f{number:02}{strange}",
            },
            "annotations": {
                "summary": f"f{number:02}{strange} of {case}0001 7 (champion) has drifted",
                "description": f"21.3 or more: 10% to 62% (location up), over 8,412 samples. {strange}",
                "runbook_url": RUNBOOK,
                "dashboard": f"/d/feature-in-depth?var-model={case}0001&var-feature=f{number:02}",
            },
            "startsAt": (datetime.now(UTC) - timedelta(hours=2)).isoformat(),
            **more,
        }
        for number in range(CASES[case])
    ]


def secrets_in(folder, http):
    """Write a secret for every receiver, as a user would."""
    folder.mkdir()
    for name in ("slack", "teams", "discord", "webhook", "page"):
        (folder / f"{name}_url").write_text(f"{http}{PLACES[name]}\n")
    (folder / "dead_man_url").write_text(f"{http}/dead-man\n")
    for name in ("pagerduty_key", "opsgenie_key", "smtp_password"):
        (folder / name).write_text(f"secret {name}")
    (folder / "telegram_token").write_text("123:secret")
    (folder / "telegram_chat_id").write_text("-1005")


def configured(secrets, version=None):
    """Return what configure.sh prints, for a version of Alertmanager."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/bin", **({"ALERTMANAGER_VERSION": version} if version else {})}
    command = ["sh", FOLDER / "configure.sh", secrets]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    return result.stdout, result.stderr


def pointed_here(text, http, mail):
    """Return the configuration with the public addresses replaced and everything sent at once."""
    document = yaml.safe_load(text)
    for receiver in document["receivers"]:
        for config in receiver.get("telegram_configs", []):
            config["api_url"] = f"{http}/telegram"
        for config in receiver.get("email_configs", []):
            config |= {"smarthost": mail, "require_tls": False}
        for config in receiver.get("pagerduty_configs", []):
            config["url"] = f"{http}/pagerduty"
        for config in receiver.get("opsgenie_configs", []):
            config["api_url"] = f"{http}/opsgenie/"
    return {**document, "route": hurried(document["route"])}


def hurried(route):
    """Return the route without its waits."""
    waits = {"group_wait": "1s", "group_interval": "1s"}
    return {**route, **waits, "routes": [hurried(child) for child in route.get("routes", [])]}


def program(origin):
    """Return Alertmanager and the version whose receivers it has."""
    path = built("alertmanager") if origin == "built" else installed("alertmanager")
    if path is None:
        pytest.skip("Alertmanager is not installed (package prometheus-alertmanager) or not built (build_stack.sh)")
    return path


@pytest.fixture(scope="module", params=["installed", "built"])
def running(request, tmp_path_factory):
    """Start an Alertmanager with all receivers and let every case fire and resolve."""
    path, folder = program(request.param), tmp_path_factory.mktemp("alertmanager")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, timeout=60)
    number = re.search(r"version (\d+\.\d+)", version.stdout + version.stderr)[1]
    with sinks() as (received, http, mail), Processes(folder, Stop()) as processes:
        secrets_in(folder / "secrets", http)
        text, _ = configured(folder / "secrets", number)
        (folder / "alertmanager.yml").write_text(yaml.safe_dump(pointed_here(text, http, mail), allow_unicode=True))
        address = f"127.0.0.1:{free_port()}"
        options = ["--cluster.listen-address=", f"--web.listen-address={address}", f"--storage.path={folder / 'data'}"]
        processes.start("alertmanager", [path, f"--config.file={folder / 'alertmanager.yml'}", *options], folder=folder)
        processes.await_ready("alertmanager", f"http://{address}/-/ready")
        places = {
            name: place for name, place in PLACES.items() if re.search(f"/{name}_(url|token|key)$", text, re.MULTILINE)
        }
        system = Running(f"http://{address}", received, places, processes.log_of("alertmanager"))
        all_fire_and_resolve(system)
        yield system


def all_fire_and_resolve(system):
    """Send every case, wait until every service has it, end it, and wait for the end."""
    for case in CASES:
        system.send(alerts_of(case))
    for case in CASES:
        for place in system.places:
            system.wait_for(lambda c=case, p=place: system.firing(p, c), f"{place}: no {case}")
        system.wait_for(lambda c=case: system.mails(c, "PAGE"), f"email: no {case}")
    for case in CASES:
        system.send(alerts_of(case, endsAt=(datetime.now(UTC) - timedelta(seconds=1)).isoformat()))
    for case in CASES:
        for place in system.places.keys() - {"opsgenie"}:
            system.wait_for(lambda c=case, p=place: system.end(p, c), f"{place}: no end of {case}")
        system.wait_for(lambda c=case: system.mails(c, "RESOLVED"), f"email: no end of {case}")
    system.wait_for(lambda: len(closed(system)) >= len(CASES), "opsgenie: not every alert closed")


def is_end(post):
    """Tell whether a message is about the end of all its alerts."""
    return any(word in post.body.decode() for word in ("RESOLVED", '"status":"resolved","alerts"', '"resolve"'))


def closed(system):
    """Return what closed alerts in Opsgenie."""
    return [post for post in system.received.posts_to("/opsgenie") if "/close" in post.path]


def has(system, place):
    """Skip the test where this Alertmanager has no such receiver."""
    if place not in system.places:
        pytest.skip(f"this Alertmanager is too old for {place}")


def text_of(system, place, case):
    """Return title and text of the message about a case, checked against the service's schema."""
    return TEXT_OF[place](system.firing(place, case))


def slack(post):
    attachment = SlackMessage.model_validate_json(post.body).attachments[0]
    assert not re.search(r"&(?!amp;|lt;|gt;)", re.sub(r"<http[^>|]*\|", "", attachment.text))
    return attachment.title, attachment.text


def teams(post):
    assert len(post.body) <= TEAMS_BYTES_AT_MOST
    title, body = TeamsMessage.model_validate_json(post.body).attachments[0].content.body
    return title.text, body.text


def discord(post):
    embed = DiscordMessage.model_validate_json(post.body).embeds[0]
    assert len(embed.title) + len(embed.description) <= 6000
    return embed.title, embed.description


def telegram(post):
    assert post.path == "/telegram/bot123:secret/sendMessage"
    message = TelegramMessage.model_validate_json(post.body)
    assert message.chat_id == "-1005"
    shown, links = telegram_shown(message.text)
    return shown.partition("\n")[0], shown + "\n" + "\n".join(links)


# What would be a mention, a link to elsewhere or a tag; Telegram's tags are checked as they are read.
LIVE_MARKUP = {
    "slack": r"<(?!http://(localhost|vm|[^/]*:\d+)|https://example.org)",
    "teams": r"(?<!\\)\[a|\{\{|(?<!\\)<",
    "discord": r"(?<!\\)(@everyone|\[a|\|)|(?<![\\(])<",
    "telegram": r"\0",
}
TEXT_OF = {"slack": slack, "teams": teams, "discord": discord, "telegram": telegram}
CHATS = list(TEXT_OF)


@pytest.mark.parametrize("chat", CHATS)
class TestEveryChat:
    @pytest.mark.parametrize("case", CASES)
    def test_would_be_taken(self, running, chat, case):
        """Whatever the alerts say, the message is what the service documents and within its limits, uncut."""
        has(running, chat)
        for post in running.messages(chat, case):
            assert "Owner: data-science" in TEXT_OF[chat](post)[1]

    def test_says_what_a_person_needs(self, running, chat):
        """What moved from what to what, over how many samples, since when, whose it is, why, and where to look."""
        has(running, chat)
        title, text = text_of(running, chat, "single")
        text = text.replace("\\", "")
        assert "PAGE" in title
        assert "f00 of single0001 7 (champion) has drifted" in title.replace("\\", "")
        assert "21.3 or more: 10% to 62% (location up), over 8,412 samples." in text
        assert re.search(r"Since \d{4}-\d\d-\d\d \d\d:\d\d UTC", text)
        assert "Likely causes: the world changed" in text
        assert RUNBOOK in text

    def test_links_to_the_dashboard_at_that_time(self, running, chat):
        """The dashboard opens on the alert's feature, from six hours before it fired to an hour after."""
        has(running, chat)
        _, text = text_of(running, chat, "single")
        link = re.search(r"http://localhost:3000/d/feature-in-depth[^\s|)>]*", text)[0]
        query = parse_qs(urlsplit(link).query)
        assert query["var-feature"] == ["f00"]
        start = time.time() - 2 * 3600
        assert float(query["from"][0]) / 1000 == pytest.approx(start - 6 * 3600, abs=300)
        assert float(query["to"][0]) / 1000 == pytest.approx(start + 3600, abs=300)

    def test_many_are_short(self, running, chat):
        """Of many alerts the first are described, and the rest counted."""
        has(running, chat)
        title, text = text_of(running, chat, "many")
        described = len(re.findall(r"21\.3 or more", text))
        assert f"… and {15 - described} more" in text
        assert "drift: many0001 7 (champion), 15 alerts" in title.replace("\\", "")

    def test_the_end_says_how_long(self, running, chat):
        """A message of the end says so, and for how long the alert fired."""
        has(running, chat)
        title, text = TEXT_OF[chat](running.end(chat, "single"))
        assert "RESOLVED" in title
        assert "resolved after 2 h" in text
        assert "Since " not in text

    def test_markup_is_plain(self, running, chat):
        """Names that look like a mention, a link or a tag call nobody and lead nowhere."""
        has(running, chat)
        for post in running.messages(chat, "hostile"):
            for text in TEXT_OF[chat](post):
                assert not re.search(LIVE_MARKUP[chat], text), text


class TestMail:
    @pytest.mark.parametrize("case", CASES)
    def test_both_parts_say_it(self, running, case):
        """A mail has plain text and HTML; names are escaped in the latter."""
        mail = running.mails(case, "PAGE")[0]
        plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        for part in (plain, html):
            assert "21.3 or more: 10% to 62% (location up), over 8,412 samples." in part
            assert "Owner: data-science" in part
            assert "Likely causes: the world changed" in part
            assert RUNBOOK in part
        assert "<script>" not in html
        assert "<b>x</b>" not in html
        assert mail["To"] == "ml-data-science@example.org"
        assert "\n" not in mail["Subject"]

    def test_logs_in_with_the_file(self, running):
        """The password is the content of its file."""
        assert running.received.credentials == {"secret smtp_password"}

    def test_the_end_says_how_long(self, running):
        """A mail of the end says so."""
        mail = running.mails("single", "RESOLVED")[0]
        for kind in ("plain", "html"):
            assert "resolved after 2 h" in mail.get_body((kind,)).get_content()


@pytest.mark.parametrize("case", CASES)
class TestPaging:
    def test_pagerduty(self, running, case):
        """An event triggers with all that is known, and the same key resolves it."""
        events = [PagerDutyEvent.model_validate_json(post.body) for post in running.messages("pagerduty", case)]
        assert [event.event_action for event in events][:1] == ["trigger"]
        assert {event.event_action for event in events} == {"trigger", "resolve"}
        assert len({event.dedup_key for event in events}) == 1
        assert {event.routing_key for event in events} == {"secret pagerduty_key"}
        assert "10% to 62%" in events[0].payload.custom_details["firing"]
        assert len(running.messages("pagerduty", case)[0].body) < 512_000

    def test_opsgenie(self, running, case):
        """An alert is created within the limits, and closed by its alias."""
        created = [post for post in running.messages("opsgenie", case) if post.path.endswith("/v2/alerts")]
        alert = OpsgenieAlert.model_validate_json(created[0].body)
        assert (alert.priority, alert.tags) == ("P1", ["drift", "data-science"])
        assert "10% to 62%" in alert.description
        assert created[0].headers["Authorization"] == "GenieKey secret opsgenie_key"
        ends = [post for post in closed(running) if f"/{alert.alias}/" in post.path]
        assert ends
        OpsgenieClose.model_validate_json(ends[0].body)

    @pytest.mark.parametrize("place", ["webhook", "page"])
    def test_webhook(self, running, case, place):
        """A webhook gets every alert, and Alertmanager's own fields."""
        has(running, place)
        message = WebhookMessage.model_validate_json(running.firing(place, case).body)
        assert len(message.alerts) == CASES[case]
        assert message.receiver == ("page" if place == "page" else "data-science")


class TestOld:
    def test_what_is_too_new_is_named(self, tmp_path):
        """For Alertmanager 0.25 every receiver that it lacks is left out, and named with the version that has it."""
        secrets_in(tmp_path / "secrets", "http://127.0.0.1")
        text, said = configured(tmp_path / "secrets", "0.25.0")
        assert set(re.findall(r"(\w+_(?:url|token)) needs Alertmanager (0\.\d+), this is 0\.25\.0", said)) == {
            ("teams_url", "0.28"),
            ("discord_url", "0.28"),
            ("telegram_token", "0.31"),
            ("webhook_url", "0.26"),
            ("page_url", "0.26"),
            ("dead_man_url", "0.26"),
        }
        assert not re.search("discord|teams|telegram", text)


def test_nothing_failed(running):
    """Alertmanager counts no failed notification."""
    metrics = requests.get(f"{running.address}/metrics", timeout=10).text
    failed = re.findall(r"^(alertmanager_notifications_failed_total\{[^}]*\}) ([^0]\S*)", metrics, re.MULTILINE)
    assert failed == []


class TestConfigure:
    """configure.sh, without starting anything."""

    def test_without_secrets_nothing_changes(self, tmp_path):
        """Without a secret the configuration is alertmanager.yml, with its templates found from anywhere."""
        text, _ = configured(tmp_path, "0.35.0")
        printed, written = yaml.safe_load(text), yaml.safe_load((FOLDER / "alertmanager.yml").read_text())
        assert printed.pop("templates") == [str(FOLDER / "templates" / "*.tmpl")]
        written.pop("templates")
        assert printed == yaml.safe_load(yaml.safe_dump(written).replace("/run/secrets", str(tmp_path)))

    def test_slack_is_as_in_the_file(self, tmp_path):
        """Slack's section is that of alertmanager.yml, so that its two copies cannot differ."""
        (tmp_path / "slack_url").write_text("https://hooks.slack.example/x")
        text, _ = configured(tmp_path, "0.25.0")
        before = yaml.safe_load((FOLDER / "alertmanager.yml").read_text().replace("/run/secrets", str(tmp_path)))
        assert yaml.safe_load(text)["receivers"] == before["receivers"]

    def test_an_empty_secret_is_none(self, tmp_path):
        """An empty file switches nothing on."""
        (tmp_path / "teams_url").touch()
        assert "msteams" not in configured(tmp_path, "0.35.0")[0]

    @pytest.mark.parametrize("version", ["0.25.0", "0.26.0", "0.28.1", "0.30.0", "0.31.0", "0.35.0", "1.0.0"])
    def test_what_a_version_has(self, tmp_path, version):
        """Each receiver appears from the version on that its first line names."""
        secrets_in(tmp_path / "secrets", "http://127.0.0.1")
        text, _ = configured(tmp_path / "secrets", version)
        for file in FOLDER.glob("receivers/*/*.yml"):
            needed = re.match(r"# needs Alertmanager (\d+)\.(\d+)\n", file.read_text())
            enough = tuple(map(int, version.split(".")[:2])) >= (int(needed[1]), int(needed[2]))
            assert (f"/{file.stem}\n" in text) == enough, file

    @pytest.mark.parametrize("origin", ["installed", "built"])
    def test_is_valid(self, tmp_path, origin):
        """Debian's and today's Alertmanager accept what is printed for them, with every secret there."""
        path = built("amtool") if origin == "built" else installed("amtool")
        if path is None:
            pytest.skip("amtool is not installed (package prometheus-alertmanager) or not built (build_stack.sh)")
        secrets_in(tmp_path / "secrets", "http://127.0.0.1")
        (tmp_path / "a.yml").write_text(configured(tmp_path / "secrets", "0.35" if origin == "built" else "0.25")[0])
        result = subprocess.run([path, "check-config", tmp_path / "a.yml"], capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result.stdout + result.stderr
