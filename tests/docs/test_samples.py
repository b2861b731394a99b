"""The examples, fields, statuses and reasons of docs/samples.md, checked against the intake."""

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import pytest
from inference_exporter.decode import FORMATS
from inference_exporter.demo.processes import free_port
from inference_exporter.intake.accounting import DROP_REASONS, REJECTION_REASONS
from inference_exporter.intake.reading import UNDECLARED
from inference_exporter.samples import fields

PAGE = "docs/samples.md"
ADDRESS = "127.0.0.1:10800"
HEREDOC = re.compile(r"@- <<'(\w+)'\n(.*?)\n\1$", re.DOTALL | re.MULTILINE)


def requests_of(block):
    """Yield path, headers and body of each curl command in a block."""
    if not block.startswith("curl"):
        return
    words = shlex.split(HEREDOC.sub(lambda match: shlex.quote(match[2]), block))
    starts = [place for place, word in enumerate(words) if word == "curl"]
    for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
        command, headers, path, body = iter(words[start + 1 : end]), {}, "", b""
        for word in command:
            if word == "-H":
                name, _, value = next(command).partition(":")
                headers[name.lower().replace("-", "_")] = value.strip()
            elif word in ("-d", "--data-binary"):
                body = next(command).encode()
            else:
                assert urlsplit(word).netloc == ADDRESS, word
                path = urlsplit(word).path
        yield path, headers, body


def examples(document):
    """Return each bash block of the page with the answer that follows it, if any."""
    fences = document(PAGE).fences
    for fence, following in zip(fences, [*fences[1:], None], strict=True):
        if fence.language == "bash":
            answered = following is not None and (following.heading, following.language) == (fence.heading, "json")
            yield fence.text, json.loads(following.text) if answered else None


def test_every_curl_example_is_answered_as_shown(sidecar, document):
    """Each curl command of the page gets the answer beneath it."""
    running, compared = sidecar(), 0
    for block, answer in examples(document):
        for path, headers, body in requests_of(block):
            got = running.post(path, body, **headers)
            assert (block, got.status, got.json) == (block, 200, answer)
            compared += 1
    assert compared >= 6


def test_the_curl_examples_of_the_readme_are_accepted(sidecar, document):
    """Each curl command of the README is accepted."""
    running = sidecar()
    fences = [fence for fence in document("README.md").fences if fence.text.startswith("curl")]
    assert fences
    for path, headers, body in (request for fence in fences for request in requests_of(fence.text)):
        got = running.post(path, body, **headers)
        assert (got.status, got.json) == (200, {"accepted": 1, "rejected": 0, "errors": []})


def test_the_arrow_example_is_accepted(sidecar, document, monkeypatch, capsys):
    """The Python example makes a valid Arrow stream."""
    pytest.importorskip("pyarrow", reason="the arrow extra is not installed")
    running = sidecar()

    def urlopen(request):
        path = urlsplit(request.full_url).path
        return io.BytesIO(running.post(path, request.data, content_type=request.get_header("Content-type")).body)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    (example,) = (fence.text for fence in document(PAGE).fences if fence.language == "python")
    exec(compile(example, PAGE, "exec"), {})
    assert json.loads(capsys.readouterr().out) == {"accepted": 2, "rejected": 0, "errors": []}


@pytest.fixture
def address():
    """The address of a sidecar in a separate process."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "inference_exporter", "serve", f"--web.listen-address={address}"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 180
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://{address}/-/ready", timeout=60).close()
                break
            assert time.monotonic() < deadline, "the sidecar did not get ready"
            time.sleep(0.05)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


@pytest.mark.end_to_end
def test_every_example_runs_in_a_shell(address, document, tmp_path):
    """Each block of the page, run by a shell with the real curl, prints the answer beneath it."""
    if not all(map(shutil.which, ("bash", "curl", "gzip"))):
        pytest.skip("bash, curl and gzip are not all installed")
    for block, answer in examples(document):
        script = "set -eo pipefail\n" + block.replace(ADDRESS, address)
        environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        result = subprocess.run(
            ["bash", "-c", script],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            timeout=60,
            check=True,
        )
        decoder = json.JSONDecoder()
        first, end = decoder.raw_decode(result.stdout)
        assert (block, first) == (block, answer or {"accepted": 1, "rejected": 0, "errors": []})
        # If a block sends twice, both answers are the same.
        assert result.stdout[end:] in ("", result.stdout[:end])


def fields_of(document, column):
    """Return the names in the first column of a table."""
    cells = [row[column] for _, row in document(PAGE).rows(column)]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_field_is_documented(document):
    """The tables name each field that the code reads."""
    assert sorted(fields_of(document, "Field")) == sorted([*fields.SAMPLE_FIELDS, *fields.KEY_FIELDS])
    assert sorted(fields_of(document, "Outcome field")) == sorted([*fields.OUTCOME_FIELDS, *fields.KEY_FIELDS])


def test_every_event_field_is_documented(document, sidecar):
    """An event with all documented fields is accepted, and one without a required field is not."""
    fields = {
        name: {} if name == "tags" else 7 if name == "time" else "x" for name in fields_of(document, "Event field")
    }
    assert sidecar().post("/v1/events", fields).status == 200
    for name, row in zip(fields, (row for _, row in document(PAGE).rows("Event field")), strict=False):
        without = {key: value for key, value in fields.items() if key != name}
        status = sidecar().post("/v1/events", without).status
        assert (name, status == 400) == (name, row["Meaning and rules"].startswith("Required"))


def test_every_content_type_is_documented(document):
    """The table names each content type of a wire format, and the generic ones."""
    declared = {name for wire_format in FORMATS.values() for name in wire_format.content_types}
    assert set(fields_of(document, "Content type")) == declared | set(UNDECLARED) - {""}


def test_every_reason_is_documented(document, repository):
    """The table names exactly the reasons in the code."""
    reasons = set(fields_of(document, "Reason"))
    assert {*REJECTION_REASONS, *DROP_REASONS} <= reasons
    source = "".join(path.read_text() for path in (repository / "exporter/inference_exporter").rglob("*.py"))
    counted = set(re.findall(r'(?:DecodeError|Rejected)\([^\n]*"(\w+)"(?:, \d+)?\)', source))
    assert counted <= reasons
    assert {reason for reason in reasons if f'"{reason}"' not in source} == set()


SAMPLE = {"features": {"a": 1}}


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        (200, lambda running: running.samples([SAMPLE, 7])),
        (200, lambda running: running.samples([])),
        (400, lambda running: running.samples([7])),
        (404, lambda running: running.post("/v1/nothing", SAMPLE)),
        (405, lambda running: running.ask("GET", "/v1/samples")),
        (413, lambda running: running.samples(b" " * (64 * 1024**2 + 1))),
        (415, lambda running: running.samples(SAMPLE, content_type="image/png")),
        (415, lambda running: running.samples(SAMPLE, content_encoding="br")),
    ],
)
def test_statuses_are_as_documented(status, ask, document, sidecar):
    """Each documented status occurs as described."""
    assert str(status) in {row["Status"] for _, row in document(PAGE).rows("Status")}
    assert ask(sidecar()).status == status
