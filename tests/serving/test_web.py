"""HTTP routes of the sidecar other than intake and pages."""

import gzip
import subprocess
import sys
from contextlib import nullcontext

import pytest
from inference_exporter.config.file import load
from inference_exporter.exposition import GROUPS
from inference_exporter.exposition._base import gauge
from inference_exporter.exposition.scrape import Scrape
from inference_exporter.reference.reference import build, save
from inference_exporter.serving.web import Web
from werkzeug.test import Client
from werkzeug.wrappers import Response


def extra():
    family = gauge("extra", "A collector of the test.")
    family.add("", 1)
    return [family]


def client(reload=lambda: None):
    """Return a client of the web application, with an additional collector."""
    return Client(Web(Scrape(list, {"extra": extra}), reload, lambda: Response("page"), nullcontext()))


def collectors(text):
    """Return the names of the collectors that ran."""
    start = "inference_exporter_scrape_collector_success"
    return {line.split('"')[1] for line in text.splitlines() if line.startswith(start)}


class TestMetrics:
    @pytest.mark.parametrize("path", ["/metrics", "/metrics/reference"])
    def test_are_in_the_format_that_is_asked_for(self, path):
        """OpenMetrics if the scraper accepts it, else Prometheus text; the Content-Type tells which."""
        plain = client().get(path)
        assert plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert b"# EOF" not in plain.data
        modern = client().get(path, headers={"Accept": "application/openmetrics-text;version=1.0.0;q=0.5"})
        assert modern.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        assert modern.data.endswith(b"# EOF\n")

    def test_of_the_reference_are_on_a_path_of_their_own(self, sidecar, tmp_path):
        """The reference can be scraped alone, and is the same as on the main path."""
        save(build({"age": list(range(100))}, 100), tmp_path / "ref.json")
        (tmp_path / "config.yml").write_text("models:\n  - {name: fraud, reference: ref.json}\n")
        server = sidecar(load(tmp_path / "config.yml"))
        slow, whole = set(server.scrape("/metrics/reference").splitlines()), set(server.scrape().splitlines())
        assert any(line.startswith("model_feature_reference_ratio{") for line in slow)
        assert slow < whole

    @pytest.mark.parametrize(
        ("accepted", "encoding"),
        [
            ("gzip", "gzip"),
            ("gzip;q=0.5, deflate", "gzip"),
            ("GZIP ; q=1", "gzip"),
            ("*", "gzip"),
            ("gzip;q=0", None),
            ("*, gzip;q=0.0", None),
            ("", None),
            ("br", None),
        ],
    )
    def test_are_compressed_where_asked(self, accepted, encoding):
        """Gzip only if the scraper accepts it."""
        answer = client().get("/metrics", headers={"Accept-Encoding": accepted})
        assert answer.headers.get("Content-Encoding") == encoding
        assert b"inference_exporter_scrape_collector_success" in (
            gzip.decompress(answer.data) if encoding else answer.data
        )
        assert "Accept-Encoding" in answer.headers["Vary"]


class TestCollectors:
    def test_all_run_where_nothing_is_said(self):
        """A scrape without a query shows everything."""
        assert collectors(client().get("/metrics").text) == {*GROUPS, "extra"}

    def test_can_be_chosen(self):
        """``collect[]`` selects collectors, as in node_exporter."""
        text = client().get("/metrics?collect[]=extra&collect[]=slo").text
        assert collectors(text) == {"extra", "slo"}
        assert "\nextra 1\n" in text

    def test_can_be_left_out(self):
        """``exclude[]`` drops collectors."""
        text = client().get("/metrics?exclude[]=extra&exclude[]=slo").text
        assert collectors(text) == set(GROUPS) - {"slo"}
        assert "extra" not in text

    def test_chosen_and_left_out_are_left_out(self):
        """``exclude[]`` applies to the collectors of ``collect[]``."""
        assert collectors(client().get("/metrics?collect[]=extra&collect[]=slo&exclude[]=slo").text) == {"extra"}

    @pytest.mark.parametrize(
        "query", ["collect[]=nope", "exclude[]=nope", "collect[]=slo&collect[]=nope", "collect[]="]
    )
    def test_that_do_not_exist_are_named(self, query):
        """An unknown collector is an error, not an empty selection."""
        answer = client().get(f"/metrics?{query}")
        assert answer.status_code == 400
        unknown = "nope" if "nope" in query else ""
        assert answer.text == f"unknown collector {unknown}, expected one of {', '.join([*GROUPS, 'extra'])}\n"


class TestOtherPaths:
    def test_are_built_when_first_asked_for(self):
        """Pages cost memory that a sidecar nobody looks at need not pay; they are built once."""
        built = []
        web = Client(Web(Scrape(list, {}), lambda: None, lambda: built.append(1) or Response("page"), nullcontext()))
        assert web.get("/metrics").status_code == 200
        assert not built
        assert [web.get(path).text for path in ("/", "/metrics/other")] == ["page", "page"]
        assert built == [1]

    @pytest.mark.slow
    def test_flask_waits_for_them(self):
        """What builds the sidecar imports neither Flask nor Jinja."""
        modules = "sorted({'flask', 'jinja2', 'werkzeug'} & set(sys.modules))"
        command = [sys.executable, "-c", f"import inference_exporter.commands.worker, sys; print({modules})"]
        assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == "[]\n"


class TestMethods:
    @pytest.mark.parametrize(("method", "path", "allowed"), [
        ("GET", "/-/reload", "POST"), ("POST", "/metrics", "GET, HEAD"), ("DELETE", "/metrics/reference", "GET, HEAD"),
    ])  # fmt: skip
    def test_that_do_not_fit_are_answered_405(self, method, path, allowed):
        """The answer names those that do."""
        answer = client().open(path, method=method)
        assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)

    def test_head_is_a_scrape_without_its_body(self):
        """HEAD tells the length of what GET returns."""
        answer = client().head("/metrics?collect[]=extra")
        assert answer.status_code == 200
        assert answer.data == b""
        assert int(answer.headers["Content-Length"]) > 0


class TestReload:
    def test_that_succeeds(self):
        """A successful reload is confirmed; it needs POST, so that no crawler triggers it."""
        assert (client().post("/-/reload").status_code, client().get("/-/reload").status_code) == (200, 405)

    def test_that_fails(self):
        """A failed reload gives the reason."""
        answer = client(lambda: "a.yml:3: web.threads: expected …").post("/-/reload")
        assert answer.status_code == 500
        assert answer.text == "failed to reload configuration: a.yml:3: web.threads: expected …\n"

    def test_takes_on_the_file(self, sidecar, tmp_path):
        """End to end: a valid file takes effect; an invalid one changes nothing, names its line and sets the metric."""
        path = tmp_path / "config.yml"
        path.write_text("models:\n  - {name: fraud, framework: first}\n")
        server = sidecar(load(path), path)
        path.write_text("models:\n  - {name: fraud, framework: second}\n")
        assert server.post("/-/reload", b"").status == 200
        assert server.value("model_info", model="fraud", framework="second") == 1
        path.write_text("models:\n  - {name: fraud, framework: third}\nwindws: [5m]\n")
        answer = server.post("/-/reload", b"")
        assert answer.status == 500
        assert answer.body.decode().startswith("failed to reload configuration: config.yml:3: windws: unknown key")
        assert server.value("inference_exporter_config_last_reload_successful") == 0
        assert server.value("model_info", model="fraud", framework="second") == 1
        path.write_text("models:\n  - {name: fraud, framework: third, reference: gone.json}\n")
        answer = server.post("/-/reload", b"")
        assert answer.body.decode() == (
            "failed to reload configuration: gone.json: cannot be read: No such file or directory\n"
        )
        path.write_text("models:\n  - {name: fraud, framework: third}\n")
        assert server.post("/-/reload", b"").status == 200
        assert server.value("inference_exporter_config_last_reload_successful") == 1
        assert server.value("model_info", model="fraud", framework="third") == 1
