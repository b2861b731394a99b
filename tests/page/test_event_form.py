"""The form on which a person adds an event."""

import re
import time

import pytest
from inference_exporter.config.schema import Config, WebConfig
from inference_exporter.page.event_form import LARGEST_FORM

HOSTILE = "</textarea><script>alert(1)</script>\"'><b>&{{7*7}}"
WRITTEN = {"kind": "incident", "title": "sensor 4 replaced", "text": "by hand", "model": "fraud", "version": "7"}


def arrivals(site):
    """Return the labels of the arrivals that a scrape shows, with their values."""
    points = site.sidecar.points()
    return {
        dict(labels)["title"]: (dict(labels), value)
        for (name, labels), value in points.items()
        if name == "model_event_arrival_timestamp_seconds"
    }


class TestForm:
    def test_has_a_label_for_each_field(self, site):
        """Every field has its label, so that screen readers name it."""
        html = site().get("/events").text
        fields = set(re.findall(r'<(?:input|textarea|select) id="(\w+)"', html))
        assert fields == {"kind", "title", "text", "model", "version", "time"}
        assert set(re.findall(r'<label for="(\w+)"', html)) == fields

    def test_does_not_refresh(self, site):
        """No refresh takes away what is being written, and no script is needed."""
        html = site().get("/events").text
        assert "data-refresh" not in html
        assert "http-equiv" not in html
        assert "<script" not in html

    def test_knows_the_models(self, site):
        """The models are offered; the one whose page led here is chosen."""
        started = site()
        started.samples([{"model": name, "features": {"x": 1}} for name in ("b", "a")])
        html = started.get("/events", model="b").text.partition("<select")[2]
        assert re.findall(r"<option value=\"(\w*)\"( selected)?>", html) == [("", ""), ("a", ""), ("b", " selected")]

    def test_the_page_leads_to_it(self, site):
        """The overview leads to the form, the page of a model to the form about this model."""
        started = site()
        started.samples([{"model": "a & b", "version": "1", "features": {"x": 1}}])
        started.samples([{"model": "c", "version": "1", "features": {"x": 1}}])
        assert "events" in started.page().links()
        assert "events?model=a+%26+b" in started.page(model="a & b").links()

    def test_its_links_lead_back(self, site):
        """Links of the form lead to the page, not to the form."""
        links = re.findall(r'<a[^>]* href="([^"]*)"', site().get("/events").text)
        assert "metrics" in links
        assert [link for link in links if link.startswith("?")] == []


class TestAdding:
    def test_is_everywhere(self, site):
        """What a person adds is on the page, in the API and on the dashboards, and leads back to the model."""
        started = site()
        started.samples([{"model": "fraud", "version": "7", "features": {"x": 1}}])
        before = time.time()
        answer = started.client.post("/events", data={**WRITTEN, "time": "2026-11-25T14:05"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "./?model=fraud#events-title")
        assert "sensor 4 replaced" in started.page(model="fraud").text
        [event] = started.get("/api/v1/events").json["events"]
        assert {name: event[name] for name in WRITTEN} == WRITTEN
        labels, arrived = arrivals(started)["sensor 4 replaced"]
        assert labels == {**WRITTEN, "event_time": "2026-11-25 14:05Z"}
        assert before - 1 <= arrived <= time.time() + 1
        assert started.sidecar.value("inference_exporter_events_total") == 1

    def test_without_a_time_it_is_now(self, site):
        """An event without a time happens when it is added."""
        started = site()
        started.client.post("/events", data={**WRITTEN, "time": ""})
        [event] = started.get("/api/v1/events").json["events"]
        assert event["time"] == event["arrived"]

    @pytest.mark.parametrize("wrong", [{"kind": ""}, {"title": " "}, {"time": "tomorrow"}, {"title": "x" * 129}])
    def test_a_mistake_keeps_what_was_written(self, site, wrong):
        """A mistake is named, nothing is added, what was written is still there, and it is counted."""
        started = site()
        answer = started.client.post("/events", data={**WRITTEN, **wrong})
        assert answer.status_code == 400
        assert "Not added." in answer.text
        assert "by hand" in answer.text
        assert started.get("/api/v1/events").json["events"] == []
        assert started.sidecar.value("inference_exporter_events_rejected_total") == 1

    def test_names_are_escaped(self, site):
        """Whatever is written, the form and the page show it as text."""
        started = site()
        written = dict.fromkeys(("title", "text", "model", "version", "kind"), HOSTILE)
        for html in (
            started.client.post("/events", data={**written, "time": HOSTILE}).text,
            started.client.get("/events", query_string=written).text,
        ):
            assert "<script" not in html
            assert "<b>" not in html
        assert started.client.post("/events", data=written).status_code == 303
        assert "<script>alert" not in started.get("/").text
        assert arrivals(started)[HOSTILE][0]["text"] == HOSTILE

    def test_text_is_bounded(self, site):
        """A long text is cut, on dashboards more than in the API; a form that is too large is refused."""
        started = site()
        assert started.client.post("/events", data={**WRITTEN, "text": "é" * 2500}).status_code == 303
        assert len(started.get("/api/v1/events").json["events"][0]["text"]) == 2000
        assert len(arrivals(started)["sensor 4 replaced"][0]["text"]) == 200
        assert started.client.post("/events", data={"text": "x" * (LARGEST_FORM + 1)}).status_code == 413

    def test_only_this_origin_may_frame_and_receive_it(self, site):
        """Forms go to the exporter alone, no page may frame it, and the browser names the origin of a post."""
        headers = site().get("/events").headers
        assert "form-action 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        # "no-referrer" would make browsers post "Origin: null", which is refused as foreign.
        assert headers["Referrer-Policy"] == "same-origin"


class TestToken:
    @pytest.fixture
    def guarded(self, site, tmp_path):
        (tmp_path / "token").write_text("sesame")
        return site(Config(web=WebConfig(events_token_file=tmp_path / "token")))

    def test_is_asked_for(self, guarded):
        """The form asks for the token, as a password."""
        assert re.search(r'<input id="token" name="token" type="password" required', guarded.get("/events").text)

    def test_the_right_one_is_let_in(self, guarded):
        """With the token the event is added; the token is nowhere."""
        assert guarded.client.post("/events", data={**WRITTEN, "token": "sesame"}).status_code == 303
        assert "sesame" not in guarded.sidecar.scrape() + guarded.get("/api/v1/events").text + guarded.page().text

    @pytest.mark.parametrize("token", [{}, {"token": ""}, {"token": "Sesame"}])
    def test_a_wrong_one_is_refused_and_counted(self, guarded, token):
        """Without it nothing is added; what was written stays, the token does not."""
        answer = guarded.client.post("/events", data={**WRITTEN, **token})
        assert answer.status_code == 401
        assert "The token is wrong." in answer.text
        assert "by hand" in answer.text
        assert "Sesame" not in answer.text
        assert guarded.get("/api/v1/events").json["events"] == []
        assert guarded.sidecar.value("inference_exporter_requests_refused_total", reason="unauthorized") == 1
