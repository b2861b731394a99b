"""The page at /."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from inference_exporter.config.schema import Config, LearningConfig, ModelConfig, ProcessConfig
from inference_exporter.model.monitor import Monitor
from inference_exporter.page import api, boards
from inference_exporter.page.html import REFRESH_SECONDS

EVIL = [
    "<script>alert(1)</script>",
    "",
    "名前 \"x\" & 'y'",
    "x" * 256,
    "a/b?c=d#e",
    "\u202eevil",
    "line\nbreak",
    "{{ 7*7 }}",
]
LIMIT_CPU_SECONDS = 0.3


def test_it_waits_for_the_first_model(site):
    """Before the first sample the page shows how to send one."""
    page = site().page()
    assert "No model yet" in page.text
    assert "curl http://localhost/v1/samples" in page.text
    assert "exporter healthy" in page.text


def test_one_model_at_a_glance(site):
    """A model's page shows drift, the state of the model server, and received samples."""
    started = site(Config(models=(ModelConfig(name="m", version="1", process=ProcessConfig(pid=1)),)))
    started.drifting("m", latency_seconds=0.02, code=200, prediction="a", scores={"a": 0.5})
    page = started.page()
    assert "1 of 2 features drifted in the last 24h" in page.text
    assert "400 samples compared with the reference of 1,000, learned from the first samples" in page.text
    assert "Samples, last 24h 1,400" in page.text
    assert "Errors, last 24h 0%" in page.text
    assert "Latency within 100 ms 100%" in page.text
    assert "Samples received 1,400 accepted 1,400 rejected 0 dropped 0" in page.text
    assert {"feature-moved", "feature-same", "prediction-prediction", "score-a"} <= set(page.ids())
    assert page.ids().index("feature-moved") < page.ids().index("feature-same")


def test_what_is_unknown_says_why(site):
    """A learning model shows its progress, and no 0 for unknown values."""
    started = site()
    started.samples([{"model": "m", "version": "1", "features": {"a": 1}, "prediction": "x"}] * 34)
    text = started.page().text
    assert "Learning the reference: 34 of 1,000 samples" in text
    for reason in ("no latency in the window", "no latency sent yet", "no process configured",
                   "no outcomes in the last 24h", "learning the reference"):  # fmt: skip
        assert f"unknown: {reason}" in text
    assert "nan" not in text.lower()


def test_too_few_samples_say_so(site):
    """A window with too few samples shows its histogram, and no verdict."""
    started = site(Config(models=(ModelConfig(name="m", learning=LearningConfig(samples=100)),)))
    started.samples([{"features": {"a": place}} for place in range(100)])
    started.samples([{"features": {"a": 1}}] * 7)
    page = started.page()
    assert "Too few samples in the last 24h: 7 of the 50 that a verdict needs" in page.text
    assert "unknown: too few samples" in page.text
    assert any("histogram" in element.attributes.get("class", "") for element in page.all("svg"))
    assert not any("meter" in element.attributes.get("class", "") for element in page.all("svg"))


def test_realised_performance_is_shown(site):
    """Outcomes are shown as measures, by class, and as confusion matrix."""
    started = site(Config(models=(ModelConfig(name="m", learning=LearningConfig(samples=50)),)))
    started.samples(
        [
            {"id": place, "features": {"a": place % 7}, "prediction": "yes" if place % 2 else "no",
             "scores": {"yes": place % 2 * 0.8 + 0.1}}
            for place in range(200)
        ]
    )  # fmt: skip
    assert started.sidecar.outcomes([{"id": place, "outcome": "yes"} for place in range(100)]).json["accepted"] == 100
    text = started.page().text
    assert "100 outcomes in the last 24h; 100 predictions still without an outcome" in text
    assert "Accuracy 0.5 95 % interval 0.404 to 0.596 reference unknown" in text
    assert "Outcomes (down) by prediction (across)" in text
    assert "yes 50 50%" in text


def test_windows_and_features_can_be_chosen(site):
    """Links lead to other windows and each column, and every link works."""
    started = site()
    started.drifting("m", prediction="a")
    page = started.page()
    assert "?window=5m" in page.links()
    assert "in the last 5m" in started.page(window="5m").text
    for link in page.links():
        if not link.startswith("#"):
            assert started.client.get(f"/{link}").status_code == 200, link


def test_a_column_in_depth(site):
    """A column's page has every measure, the moments, and the compared buckets."""
    started = site()
    started.drifting("m")
    text = started.page(feature="moved").text
    for part in ("KS statistic", "Hellinger distance", "Standard deviation", "Buckets", "points"):
        assert part in text


def test_what_changed_is_told(site):
    """A sentence tells what moved, from which share to which; the column's page has the counts."""
    started = site()
    started.drifting("m")
    page = started.page()
    assert "What changed" in page.text
    assert "moved rose: the share of values " in page.text
    assert "same has not drifted" not in page.text
    column = started.page(feature="moved")
    assert "moved rose: the share of values " in column.text
    assert "Clear moves, by contribution to PSI" in column.text
    assert "same has not drifted" in started.page(feature="same").text


def test_a_verdict_says_what_it_rests_on(site):
    """A drifted feature shows the deciding test, the p-value and the start; the model its false-alarm budget."""
    started = site()
    started.drifting("m")
    page = started.page()
    assert "p-value <0.001; since " in page.text
    assert "Decided by " in page.text
    assert "False-alarm budget: 1 in 30 days over all features and windows; " in page.text
    assert "P-value of the verdict" in started.page(feature="same").text


def test_nothing_changed_where_nothing_drifted(site):
    """Without drift there are no explanations."""
    started = site()
    started.drifting("m", size=30)
    assert "What changed" not in started.page().text


def test_many_features(site):
    """The page shows at most twenty features, and a link to all."""
    started = site(Config(models=(ModelConfig(name="m", learning=LearningConfig(samples=50)),)))
    started.samples([{"features": {f"f{n}": place + n for n in range(30)}} for place in range(50)])
    page = started.page()
    assert len(page.all("h3")) == 20
    assert "Show all 30 features" in page.text
    assert "?features=all" in page.links()
    assert len(started.page(features="all").all("h3")) == 30


def test_several_models(site):
    """Several models are listed with state and link; an unknown one gets 404."""
    started = site()
    started.drifting("moved")
    started.samples([{"model": "young", "version": "1", "features": {"a": 1}}])
    page = started.page()
    assert "1 of 2 features drifted in the last 24h" in page.text
    assert "Learning the reference: 1 of 1,000 samples" in page.text
    assert "All models" in started.page(model="young").text
    missing = started.get("/", model="nobody")
    assert missing.status_code == 404
    assert "There is no such model." in missing.text


@pytest.fixture
def evil(site):
    """Return a site with hostile names."""
    started = site(Config(models=(ModelConfig(name="m", learning=LearningConfig(samples=50)),)))
    rng = np.random.default_rng(0)
    for _ in range(2):
        started.samples(
            [
                {
                    "id": str(place),
                    "features": {**{name: float(rng.normal()) for name in EVIL}, "category": EVIL[place % len(EVIL)]},
                    "prediction": EVIL[place % 2],
                    "scores": {EVIL[0]: 0.5},
                }
                for place in range(100)
            ]
        )
    started.sidecar.outcomes([{"id": str(place), "outcome": EVIL[0]} for place in range(100)])
    started.sidecar.post("/v1/events", {"kind": "<i>", "title": "<b>bold</b>", "text": "</p><script>x</script>"})
    started.samples([{"features": {"<unknown>": 1}}])
    return started


def test_names_are_only_text(evil, read_page):
    """Untrusted names never become tags, attributes or templates."""
    pages = [evil.page(), *(evil.page(feature=name) for name in (*EVIL, "category")), evil.page(score=EVIL[0])]
    for page in pages:
        assert len(page.all("script")) == 1
        assert not page.all("b")
        assert not page.all("i")
        assert not any(name.startswith("on") or name == "style" for e in page.elements for name in e.attributes)
    assert "<script>alert(1)</script>" in pages[0].text
    assert "{{ 7*7 }}" in pages[0].text
    assert "<b>bold</b>" in pages[0].text
    hostile = evil.get("/", model="<script>alert(2)</script>", window="<img>")
    assert len(read_page(hostile.text).all("script")) == 1


def test_every_name_has_its_page(evil):
    """Each feature of any name has a working link."""
    links = [link for link in evil.page().links() if "feature=" in link]
    assert len(links) == len(EVIL) + 1
    for link in links:
        assert evil.client.get(f"/{link}").status_code == 200


def test_the_page_is_sound(evil):
    """Ids are unique, references resolve, pictures have labels, and nothing is loaded from elsewhere."""
    for page in (evil.page(), evil.page(feature="category"), evil.page(features="all")):
        ids = page.ids()
        assert len(ids) == len(set(ids))
        for element in page.elements:
            attributes = element.attributes
            assert attributes.get("aria-labelledby", ids[0]) in ids
            assert not attributes.get("href", "").startswith(("http", "//"))
            assert "src" not in attributes
        for picture in page.all("svg"):
            assert picture.attributes.get("role") == "img" or picture.attributes.get("aria-hidden") == "true"
            assert picture.attributes.get("role") != "img" or picture.attributes["aria-label"]
        assert page.all("html")[0].attributes["lang"] == "en"
        assert len(page.all("h1")) == 1


def test_it_renews_itself_unless_paused(site):
    """The page refreshes itself, also without scripts, unless paused."""
    started = site()
    page = started.page()
    assert any(element.attributes.get("data-refresh") == str(REFRESH_SECONDS) for element in page.elements)
    assert any(element.attributes.get("http-equiv") == "refresh" for element in page.all("meta"))
    paused = started.page(refresh="off")
    assert not paused.all("script")
    assert not any("http-equiv" in element.attributes for element in paused.all("meta"))
    assert "Refresh automatically" in paused.text


def test_headers(site):
    """The page is not cached or framed, and has a policy."""
    headers = site().get("/").headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Content-Type"] == "text/html; charset=utf-8"


def test_rejected_samples_and_a_failed_reload_are_told(site, tmp_path: Path):
    """Problems of the exporter are shown at the top, with reasons at the end."""
    file = tmp_path / "c.yml"
    file.write_text("models: []\n")
    started = site(Config(), config_file=file)
    started.sidecar.samples([{"features": 3}])
    assert "1 sample rejected" in started.page().text
    assert "invalid field 1" in started.page().text
    file.write_text("windos: [5m]\n")
    assert started.sidecar.post("/-/reload", b"").status == 500
    text = started.page().text
    assert "configuration not reloaded" in text
    assert "c.yml:1: windos" in text


@pytest.mark.slow
def test_a_page_of_100_features_is_quick(site):
    """A page of 100 features costs less than 300 ms of CPU."""
    started = site(Config(models=(ModelConfig(name="m", learning=LearningConfig(samples=500)),)))
    rng = np.random.default_rng(0)
    for _ in range(2):
        started.samples(
            [{"features": {f"f{n}": x for n, x in enumerate(row)}} for row in rng.normal(size=(500, 100)).tolist()]
        )
    started.page()  # the first compiles the templates
    for query in ({}, {"features": "all"}):
        begun = time.process_time()
        started.get("/", **query)
        assert time.process_time() - begun < LIMIT_CPU_SECONDS


def broken_summary(monkeypatch, module, name):
    """Make a function of the page fail for the model `bad`."""
    whole = getattr(module, name)

    def failing(view, *rest, **named):
        if view.key.model == "bad":
            raise OverflowError("a bug")
        return whole(view, *rest, **named)

    monkeypatch.setattr(module, name, failing)


@pytest.fixture
def two_models(site):
    """Return a site with the models bad and good."""
    started = site()
    for model in ("bad", "good"):
        started.samples([{"model": model, "version": "1", "features": {"a": 1}}])
    return started


def test_a_broken_model_has_its_error_in_its_own_place(two_models, monkeypatch):
    """The overview and the list show the other model, and an error for the broken one."""
    broken_summary(monkeypatch, boards, "model_summary")
    broken_summary(monkeypatch, api, "model_summary")
    page = two_models.page()
    assert page.text.count("cannot be shown") == 1
    assert "Learning the reference: 1 of 1,000 samples" in page.text
    assert two_models.get("/", model="good").status_code == 200
    assert two_models.get("/", model="bad").status_code == 500
    assert "This model cannot be shown" in two_models.get("/", model="bad").text
    listed = {model["model"]: model for model in two_models.get("/api/v1/models").json["models"]}
    assert "internal error" in listed["bad"]["error"]
    assert "error" not in listed["good"]


@pytest.mark.parametrize("part", ["outliers_summary", "schema_summary", "what_changed"])
def test_a_broken_part_leaves_the_rest_of_its_page(site, monkeypatch, part):
    """If a part of a model's page fails, a message replaces it."""
    started = site()
    started.drifting("m")
    whole, asked = getattr(boards, part), []

    def fails_once(*given):
        asked.append(given)
        if len(asked) == 1:
            raise ZeroDivisionError("a bug")
        return whole(*given)

    monkeypatch.setattr(boards, part, fails_once)
    page = started.page()
    assert " of this page cannot be shown" in page.text
    assert "feature-moved" in page.ids()


def test_what_cannot_be_written_is_left_out(two_models, monkeypatch):
    """A value that cannot be rendered only affects the line of its model."""
    lines = boards._line

    def line_of(query, view):
        made = lines(query, view)
        return replace(made, model=replace(made.model, slos=None)) if view.key.model == "bad" else made

    monkeypatch.setattr(boards, "_line", line_of)
    page = two_models.page()
    assert page.text.count("cannot be shown") == 1
    assert "Learning the reference: 1 of 1,000 samples" in page.text


def test_a_model_without_a_view_is_named(two_models, monkeypatch):
    """A model without a view is listed with its error, and the rest is complete."""
    whole = Monitor.view

    def view(self, wall):
        if self.key.model == "bad":
            raise RuntimeError("a bug")
        return whole(self, wall)

    monkeypatch.setattr(Monitor, "view", view)
    assert two_models.page().text.count("cannot be shown") == 1
    assert {model["model"] for model in two_models.get("/api/v1/models").json["models"]} == {"bad", "good"}
    assert two_models.get("/metrics").status_code == 200
    assert 'part="view",name="model",model="bad"' in two_models.get("/metrics").text
    assert two_models.get("/", model="bad").status_code == 500


def test_a_fault_of_the_api_is_json(two_models, monkeypatch):
    """API errors are JSON, and unknown paths get 404."""
    broken_summary(monkeypatch, api, "model_detail")
    answer = two_models.get("/api/v1/models/bad/1/champion")
    assert (answer.status_code, answer.json) == (500, {"error": "internal error of the exporter, see its log"})
    assert two_models.get("/api/v1/models/good/1/champion").status_code == 200
    assert two_models.get("/api/v1/nothing").status_code == 404
