"""Traffic of language models over HTTP: what loggers send shows as metrics, and no text anywhere."""

from pathlib import Path

import pytest
from inference_exporter.config.llm import LlmConfig, Prices
from inference_exporter.config.schema import Config, LearningConfig, ModelConfig

GOLDEN = Path(__file__).parents[1] / "payloads" / "golden"


@pytest.fixture
def running(sidecar):
    """Return a sidecar that knows the price of one model."""
    prices = LlmConfig(Prices(input=2.0, output=8.0))
    return sidecar(Config(models=(ModelConfig("chat-large-2026-10", llm=prices, learning=LearningConfig(50)),)))


def test_a_stream_counts_tokens_time_and_cost(running):
    """A stream that is posted as it came tells what its response took."""
    body = (GOLDEN / "openai_chat" / "stream-with-usage.txt").read_bytes()
    assert running.post("/", body, "text/event-stream").json == {"accepted": 1, "rejected": 0, "errors": []}
    assert running.value("model_llm_tokens_total", type="output") == 5
    assert running.value("model_llm_finish_reasons_total", reason="length") == 1
    assert running.value("model_llm_time_to_first_token_seconds_sum") == 0.0845
    assert running.value("model_llm_cost_total", currency="USD") == pytest.approx((11 * 2 + 5 * 8) / 1e6)


def test_what_is_not_told_has_no_series(running):
    """A stream without usage has no series of tokens or cost."""
    body = (GOLDEN / "openai_chat" / "stream-without-usage.txt").read_bytes()
    assert running.post("/", body).status == 200
    scrape = running.scrape()
    assert "model_llm_responses_total{" in scrape
    assert "model_llm_tokens_total{" not in scrape
    assert "model_llm_cost_total{" not in scrape


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("otlp_traces/two-spans.json", "application/json"), ("otlp_protobuf/all-of-json.pb", "application/x-protobuf")],
)
def test_traces_where_exporters_send_them(running, name, content_type):
    """OpenTelemetry's exporters append a path to their endpoint; both encodings are read there."""
    assert running.post("/v1/traces", (GOLDEN / name).read_bytes(), content_type).json["accepted"] == 1
    assert running.value("model_llm_tokens_total", model="m1", type="input") == 19


def test_models_that_are_no_language_models_have_none_of_it(running):
    """Other samples add no series."""
    running.samples([{"model": "fraud", "features": {"x": 1}}])
    assert not [line for line in running.scrape().splitlines() if "model_llm" in line and 'model="fraud"' in line]


@pytest.mark.slow
def test_no_text_is_shown(running):
    """Of many calls, learned from and compared with, no text is in the scrape, on the pages or behind them."""
    body = (GOLDEN / "openai_chat" / "exchange-with-tools.json").read_bytes()
    for number in range(120):
        assert running.post("/", body.replace(b"req-7", b"req-%d" % number)).json["accepted"] == 1
    pages = ("/", "/metrics", "/metrics/reference", "/api/v1/models", "/models/chat-large-2026-10/unversioned/champion")
    answers = [running.ask("GET", page) for page in pages]
    assert [answer.status for answer in answers[:4]] == [200] * 4
    assert not [page for page, answer in zip(pages, answers, strict=True) if b"kiwi" in answer.body]
