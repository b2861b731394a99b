import json
import threading
import urllib.error
import urllib.request

import pytest
from inference_exporter.demo.chat import ChatRoom, alerts_of, chat_server, render

MESSAGE = {
    "channel": "#ml",
    "attachments": [
        {
            "color": "warning",
            "title": "[WARNING] temp &lt;F&gt; has drifted",
            "text": "\n• *temp has drifted*\nPSI 2 * 3, 4 * 5 <http://x/d?a=1|Dashboard>, <http://y|Runbook>\n\n<http://z|Silence>",
            "fields": [{"title": "model", "value": "m"}],
        }
    ],
}


def alert(status="firing", name="ModelFeatureDrift", start="1", category="drift"):
    return {
        "status": status,
        "labels": {"alertname": name, "category": category},
        "annotations": {"summary": "temp has drifted"},
        "fingerprint": name,
        "startsAt": start,
    }


@pytest.fixture
def room():
    shown = []
    room = ChatRoom(show=shown.append)
    room.shown = shown
    return room


@pytest.fixture
def address(room):
    server = chat_server(room)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def post(url, body):
    request = urllib.request.Request(url, data=body if isinstance(body, bytes) else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_message_reads_as_in_chat():
    """Channel, dot, title and lines; no links, bold without stars, a product still a product."""
    assert render(MESSAGE).splitlines() == [
        "#ml 🟡 [WARNING] temp <F> has drifted",
        "    • temp has drifted",
        "    PSI 2 * 3, 4 * 5",
        "    model: m",
    ]


@pytest.mark.parametrize(("color", "dot"), [("good", "🟢"), ("danger", "🔴"), ("#123456", "⚪")])
def test_the_dot_has_the_colour_of_the_message(color, dot):
    """Slack's colour names become coloured dots; any other colour a plain one."""
    assert render({"attachments": [{"color": color, "title": "t"}]}) == f"{dot} t"


def test_alerts_count_once(room):
    """An alert sent again counts once; a rule that fires again counts again."""
    room.take_alerts({"alerts": [alert(), alert(start="2")]})
    room.take_alerts({"alerts": [alert(), alert("resolved")]})
    fired, resolved = room.alerts()
    assert (len(fired), len(resolved)) == (2, 1)


def test_only_what_fired_resolves(room):
    """The resolution of an alert that was inhibited is not shown."""
    room.take_alerts({"alerts": [alert("resolved")]})
    assert room.alerts() == ([], [])


def test_the_watchdog_is_no_alert():
    """The watchdog is not counted as an alert."""
    assert alerts_of({"alerts": [alert(name="Watchdog")]}) == []


def test_drift_counts_when_somebody_could_read_of_it(room):
    """Drift counts as shown only if a chat message about it was shown."""
    room.take_alerts({"alerts": [alert()]})
    room.take_message({"attachments": [{"title": "CPU is hot"}]})
    assert not room.drift_spoken_of()
    room.take_message(MESSAGE)
    assert room.drift_spoken_of()


def test_an_alert_of_another_category_is_no_drift(room):
    """Alerts of other categories are not drift."""
    room.take_alerts({"alerts": [alert(category="quality")]})
    room.take_message(MESSAGE)
    assert not room.drift_spoken_of()


def test_the_server_takes_both_forms(room, address):
    """Slack messages are shown, webhooks counted, and both are answered as Slack does."""
    assert post(f"{address}/slack", MESSAGE) == (200, b"ok")
    assert post(f"{address}/webhook", {"alerts": [alert()]}) == (200, b"ok")
    assert [text.splitlines()[0] for text in room.shown] == ["#ml 🟡 [WARNING] temp <F> has drifted"]
    assert [found.name for found in room.alerts()[0]] == ["ModelFeatureDrift"]


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"alerts": [{}]}', b'{"alerts": 1}', b'{"alerts": [1]}'])
def test_the_server_refuses_what_is_no_message(address, body):
    """Anything else gets 400; posts to other paths are ignored."""
    assert post(f"{address}/webhook", body)[0] == 400
    assert post(f"{address}/elsewhere", body) == (200, b"ok")


def test_no_dot_is_left_of_links():
    """Links between dots leave neither themselves nor their dots."""
    text = "Since 12:00 UTC · <http://x|Dashboard> · <http://y|Runbook>\nOwner: operations · <http://z|Silence>"
    assert render({"title": "t", "text": text}).splitlines()[1:] == ["    Since 12:00 UTC", "    Owner: operations"]
