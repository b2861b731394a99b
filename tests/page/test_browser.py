"""The page of a real sidecar in a real browser."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from inference_exporter.demo.processes import free_port

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the path"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
LONG_ENOUGH_MS = 120_000
LONG_NAME = "a_feature_with_a_very_long_name_" * 8
WIDTH, HEIGHT = 360, 740
OVERFLOW = """() => [...document.querySelectorAll('body *')]
    .filter(e => !e.closest('.scroll') && !e.closest('svg') && e.getBoundingClientRect().right > innerWidth + 0.5)
    .map(e => e.outerHTML.slice(0, 120))"""


@dataclass
class Exporter:
    """A sidecar in a separate process."""

    address: str
    process: subprocess.Popen
    chance: random.Random = field(default_factory=lambda: random.Random(3))

    def post(self, path: str, records: list) -> None:
        """Send records, all of which must be accepted."""
        request = urllib.request.Request(self.address + path, json.dumps(records).encode(), method="POST")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as response:
            assert json.load(response)["rejected"] == 0

    def samples(self, model: str, size: int, shift: float = 0.0) -> None:
        """Send samples in which one feature may have drifted."""
        gauss = self.chance.gauss
        self.post(
            "/v1/samples",
            [
                {
                    "model": model,
                    "version": "1",
                    "features": {
                        "amount": gauss(shift, 1),
                        LONG_NAME: gauss(0, 1),
                        "country": self.chance.choice("ABC"),
                    },
                    "prediction": self.chance.choice(["yes", "no"]),
                    "latency_seconds": abs(gauss(0.02, 0.005)),
                }
                for _ in range(size)
            ],
        )


@contextmanager
def running(folder: Path) -> Iterator[Exporter]:
    """Run a sidecar on a free port."""
    address = f"127.0.0.1:{free_port()}"
    file, log_file = folder / "exporter.yml", folder / "log"
    content = {"models": [{"name": "drifted", "version": "1", "process": {"pid": os.getpid()}}]}
    file.write_text(json.dumps(content))  # JSON is YAML
    command = [sys.executable, "-m", "inference_exporter", "serve", f"--config.file={file}"]
    command.append(f"--web.listen-address={address}")
    with log_file.open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        started = Exporter(f"http://{address}", process)
        try:
            await_ready(started, log_file)
            yield started
        finally:
            process.terminate()


def await_ready(exporter: Exporter, log: Path) -> None:
    """Wait until the sidecar answers."""
    for _ in range(1800):
        try:
            urllib.request.urlopen(f"{exporter.address}/-/ready", timeout=60).close()
            return
        except (urllib.error.URLError, OSError):
            assert exporter.process.poll() is None, log.read_text()
            time.sleep(0.1)
    pytest.fail(f"not ready: {log.read_text()}")


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """Return a sidecar with a drifted model, a stable one, and a learning one."""
    with running(tmp_path_factory.mktemp("fed")) as exporter:
        feed(exporter)
        yield exporter


def feed(exporter: Exporter) -> None:
    """Send the samples, outcomes and events of the tests below."""
    for model in ("drifted", "steady"):
        exporter.samples(model, 1000)
    exporter.samples("drifted", 400, shift=1.0)
    exporter.samples("steady", 400)
    exporter.samples("young", 340)
    exporter.post("/v1/events", [{"kind": "deployment", "title": "version 1 rolled out", "model": "drifted"}])


@dataclass
class Watch:
    """A browser's console messages and requests."""

    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def browse() -> Iterator[Callable]:
    """Return a function that opens a page in a browser and records its messages."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        def open_page(address: str, **context):
            page = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context}).new_page()
            watch = Watch()
            page.on("console", lambda message: watch.complaints.append(message.text))
            page.on("pageerror", lambda error: watch.complaints.append(str(error)))
            page.on("request", lambda request: watch.hosts.add(request.url.partition("//")[2].partition("/")[0]))
            page.goto(address)
            return page, watch

        try:
            yield open_page
        finally:
            browser.close()


def test_a_person_sees_what_drifted(fed, browse):
    """From the list to the model to the feature: each page shows the drift, without browser errors."""
    page, watch = browse(fed.address)
    text = page.inner_text("main")
    assert "1 of 3 features drifted in the last 24h" in text
    assert "None of 3 features drifted in the last 24h" in text
    assert "Learning the reference: 340 of 1,000 samples" in text
    page.click("text=drifted >> nth=0")
    assert page.inner_text("#verdict") == "1 of 3 features drifted in the last 24h"
    change = page.locator(".changes .card").first
    assert "amount rose: the share of values from " in change.inner_text()
    assert change.locator("svg.moves rect.window").first.bounding_box()["height"] > 2
    first = page.locator(".cards .card").first
    assert "amount" in first.inner_text()
    assert "drifted" in first.inner_text()
    assert first.locator("svg.histogram path.window").first.bounding_box()["height"] > 20
    assert "version 1 rolled out" in page.inner_text("main")
    assert "descriptors" in page.inner_text(".tiles")
    page.click("text=5m")
    assert page.inner_text("#verdict").endswith("in the last 5m")
    page.click(".cards h3 a >> nth=0")
    assert "KS statistic" in page.inner_text("main")
    assert "Clear moves" in page.inner_text("main")
    assert watch.complaints == []
    assert watch.hosts == {fed.address.removeprefix("http://")}


@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_adds_an_event(fed, browse, scripts):
    """From the model's page to the form and back: the event is there, with or without scripts."""
    page, watch = browse(f"{fed.address}/?model=steady", java_script_enabled=scripts)
    page.click("text=Add an event")
    assert page.locator("#model").input_value() == "steady"
    title = f"sensor <b>{scripts}</b>"
    for name, value in (
        ("#kind", "incident"),
        ("#title", title),
        ("#text", "by hand"),
        ("#time", "2026-11-25T14:05:10"),
    ):
        page.fill(name, value)
    page.click("text=Add the event")
    assert page.url == f"{fed.address}/?model=steady#events-title"
    shown = page.inner_text(f".events li:has-text('>{scripts}<')")
    assert "2026-11-25 14:05:10 UTC" in shown
    assert title in shown
    assert "by hand" in shown
    assert watch.complaints == []


def test_another_site_cannot_add_an_event(fed, browse):
    """A form on a page of another origin is refused, and adds nothing."""
    page, _ = browse("data:text/html,<p>elsewhere")
    fields = "".join(f"<input name={name} value=planted>" for name in ("kind", "title"))
    page.set_content(f"<form method=post action={fed.address}/events>{fields}<button>go</button></form>")
    with page.expect_response("**/events") as answer:
        page.click("button")
    assert answer.value.status == 403
    with urllib.request.urlopen(f"{fed.address}/api/v1/events", timeout=60) as response:
        assert b"planted" not in response.read()


@pytest.mark.parametrize("query", ["", "?model=drifted", "?model=young", "?model=drifted&feature=amount", "events"])
def test_a_phone_needs_no_sideways_scrolling(fed, browse, query):
    """At 360 pixels nothing overflows, even with long names; only wide tables scroll."""
    page, _ = browse(f"{fed.address}/{query}", viewport={"width": WIDTH, "height": HEIGHT}, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH
    assert page.evaluate(OVERFLOW) == []


def test_dark_is_dark(fed, browse):
    """Dark mode changes the page, with other colours in the pictures."""
    colours = {}
    for scheme in ("light", "dark"):
        page, _ = browse(f"{fed.address}/?model=drifted", color_scheme=scheme)
        colours[scheme] = page.evaluate(
            """() => ['body', '.card', '.histogram .window'].map(selector => {
                const style = getComputedStyle(document.querySelector(selector));
                return [style.backgroundColor, style.color, style.stroke];
            })"""
        )
    for light, dark in zip(colours["light"], colours["dark"], strict=True):
        assert light != dark


def test_the_page_renews_itself_in_place(fed, browse):
    """New samples appear without a reload; scroll position and focus stay."""
    fed.samples("renewed", 1400)
    page, watch = browse(f"{fed.address}/?model=renewed")
    page.evaluate("window.untouched = true")
    page.focus(".cards h3 a >> nth=1")
    held = page.evaluate("document.activeElement.getAttribute('href')")
    page.evaluate("scrollTo(0, 600)")
    scrolled = page.evaluate("scrollY")
    fed.samples("renewed", 4000, shift=3.0)
    sync_api.expect(page.locator("#verdict")).to_contain_text("1 of 3 features drifted", timeout=LONG_ENOUGH_MS)
    assert page.evaluate("window.untouched")
    assert page.evaluate("scrollY") == scrolled > 0
    assert page.evaluate("document.activeElement.getAttribute('href')") == held
    assert page.title().startswith("1 of 3 features drifted")
    assert watch.complaints == []


def test_a_paused_page_stays(fed, browse):
    """A paused page runs no script, and can be resumed."""
    page, _ = browse(f"{fed.address}/?model=steady")
    page.click("#pause")
    assert "refresh=off" in page.url
    assert page.locator("script").count() == 0
    page.click("#pause")
    assert "refresh" not in page.url


def test_an_exporter_that_is_gone_is_told(tmp_path, browse):
    """If the exporter does not answer, the page says so, with the time of its numbers."""
    with running(tmp_path) as exporter:
        page, _ = browse(exporter.address)
        assert not page.is_visible("#stale")
    page.wait_for_selector("#stale", state="visible", timeout=LONG_ENOUGH_MS)
    assert "does not answer" in page.inner_text("#stale")


def test_it_works_without_scripts(fed, browse):
    """Without JavaScript the page is the same, and asks the browser to refresh."""
    page, _ = browse(f"{fed.address}/?model=drifted", java_script_enabled=False)
    assert page.inner_text("#verdict") == "1 of 3 features drifted in the last 24h"
    assert page.locator("meta[http-equiv=refresh]").count() == 1


def test_a_keyboard_is_enough(fed, browse):
    """The first Tab reaches the link to the content."""
    page, _ = browse(f"{fed.address}/?model=drifted")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
