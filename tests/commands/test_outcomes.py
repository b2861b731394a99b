"""``inference-exporter outcomes``: ground truth from files, joined once."""

import json
import threading
from io import BytesIO
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pyarrow
import pyarrow.parquet
import pytest
from inference_exporter.cli import main
from inference_exporter.commands import outcomes as command

ROWS = [{"id": f"s{row}", "outcome": "yes" if row % 2 else "no"} for row in range(7)]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        """Print nothing."""


@pytest.fixture
def running(sidecar, monkeypatch):
    """Return a sidecar that has seven predictions, with its address."""
    monkeypatch.setattr(command, "ROWS_A_REQUEST", 3)
    running = sidecar()
    running.samples([{"id": row["id"], "features": {"x": 1}, "prediction": "yes", "model": "m"} for row in ROWS])

    def application(environ, start_response):
        # As our own server: a body ends where its length says, and not with the connection.
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0)))
        return running.application.wsgi(environ, start_response)

    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.url = f"http://127.0.0.1:{server.server_port}"
        yield running
        server.shutdown()
        thread.join()


def csv_of(folder):
    text = "key,truth,other\n" + "".join(f"{row['id']},{row['outcome']},1\n" for row in ROWS)
    (folder / "truth.csv").write_text(text, encoding="utf-8")
    return [str(folder / "truth.csv"), "--id-column=key", "--outcome-column=truth"]


def ndjson_of(folder):
    (folder / "truth.ndjson").write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    return [str(folder / "truth.ndjson")]


def parquet_of(folder):
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), folder / "truth.parquet")
    return [str(folder / "truth.parquet")]


@pytest.mark.parametrize("made", [csv_of, ndjson_of, parquet_of])
def test_a_file_is_sent_once(running, tmp_path, capsys, made):
    """All outcomes of a file are accepted; the same file again counts nothing twice."""
    arguments = ["outcomes", *made(tmp_path), "--url", running.url, "--model", "m"]
    assert [main(arguments), main(arguments)] == [0, 0]
    assert capsys.readouterr().out == "7 outcomes accepted, 0 rejected\n" * 2
    assert running.value("inference_exporter_outcomes_total") == 7
    assert running.value("inference_exporter_repeated_requests_total") == 3


def test_what_is_rejected_is_shown(running, tmp_path, capsys):
    """A row without an id is rejected with its reason, and the exit code is 1; the others are accepted."""
    file = tmp_path / "truth.ndjson"
    file.write_text('{"outcome": "yes"}\n{"id": "s1", "outcome": "no"}\n', encoding="utf-8")
    assert main(["outcomes", str(file), "--url", running.url]) == 1
    printed = capsys.readouterr().out
    assert "1 outcomes accepted, 1 rejected" in printed
    assert "id" in printed.splitlines()[1]


@pytest.mark.parametrize(("name", "content", "message"), [
    ("truth.txt", "", "expected a name that ends in"),
    ("truth.ndjson", "[1]", "line 1: expected an object"),
    ("truth.ndjson", "{", "truth.ndjson: "),
    ("missing.csv", None, "No such file"),
], ids=["name", "list", "json", "missing"])  # fmt: skip
def test_a_mistake_in_words(tmp_path, capsys, name, content, message):
    """A file that cannot be read exits 2 with its name."""
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert main(["outcomes", str(tmp_path / name)]) == 2
    assert message in capsys.readouterr().err


def test_no_exporter(tmp_path, capsys, monkeypatch):
    """An exporter that does not answer is tried several times, then reported."""
    monkeypatch.setattr(command, "TRIES", 2)
    monkeypatch.setattr(command, "FIRST_PAUSE_SECONDS", 0.0)
    assert main(["outcomes", *ndjson_of(tmp_path), "--url", "http://127.0.0.1:9"]) == 2
    assert "127.0.0.1:9/v1/outcomes" in capsys.readouterr().err


def test_a_label_studio_export_is_recognised(running, tmp_path):
    """A JSON array of tasks is read as it was exported."""
    tasks = [
        {"id": row, "data": {"id": f"s{row}"}, "annotations": [{"result": [{"value": {"choices": ["yes"]}}]}]}
        for row in range(4)
    ]
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    assert main(["outcomes", str(tmp_path / "export.json"), "--url", running.url, "--model", "m"]) == 0
    assert running.application.wsgi._accounting.totals().outcomes == 4
