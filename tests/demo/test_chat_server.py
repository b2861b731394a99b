"""The chat room as a server: shows Slack messages, accepts everything else."""

import json
import threading
import urllib.error
import urllib.request

import pytest
from inference_exporter.demo.chat import ChatRoom, chat_server


@pytest.fixture
def service():
    """Yield the address of a running service and its shown messages."""
    shown: list[str] = []
    server = chat_server(ChatRoom(show=shown.append))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", shown
    server.shutdown()
    server.server_close()
    thread.join()


def post(url, body):
    """Post a body and return status and answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_slack_message_is_shown(service):
    """A Slack message is shown with its channel, title and text, and answered as Slack does."""
    url, shown = service
    message = {"channel": "#models", "attachments": [{"color": "danger", "title": "Drift", "text": "of *age*"}]}
    assert post(f"{url}/slack", json.dumps(message).encode()) == (200, b"ok")
    assert shown == ["#models 🔴 Drift\n    of age"]


def test_other_posts_are_taken_silently(service):
    """Pages are accepted and not shown."""
    url, shown = service
    assert post(f"{url}/alerts", b'{"alerts": []}') == (200, b"ok")
    assert shown == []


def test_garbage_is_refused(service):
    """An invalid body gets 400, and the service continues."""
    url, shown = service
    status, answer = post(f"{url}/slack", b"[]]")
    assert (status, answer[:13]) == (400, b"not a message")
    assert shown == []
    with urllib.request.urlopen(url, timeout=60) as response:
        assert response.status == 200
