"""A real LiteLLM proxy behind the exporter's own proxy: every call, token, error and stream must arrive.

    .venv/bin/python tests/interop/language_models.py

LiteLLM answers with a fixed text, so no model and no network is needed. A
client asks through the exporter's proxy, in the APIs of OpenAI and Anthropic,
streamed and not, and for a model that does not exist. Then a scrape must show
what the client was answered. Exits with 1 if it does not.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import yaml
from calls import post
from environments import NotInstalled, installed
from inference_exporter.demo.processes import Processes, ProcessFailed, free_port
from inference_exporter.demo.stopping import Stop
from inference_exporter.values.event_stream import documents_of
from prometheus_client.parser import text_string_to_metric_families

PACKAGES = ("litellm[proxy]==1.80.0",)
MODEL, ANSWER = "gpt-mock", "Paris is the capital."
CONFIGURATION = {
    "model_list": [
        {
            "model_name": MODEL,
            "litellm_params": {"model": "openai/mock", "api_key": "none", "mock_response": ANSWER},
        }
    ]
}
READY_SECONDS = 300
MESSAGES = [{"role": "user", "content": "What is the capital of France?"}]
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/chat/completions", {"model": MODEL, "messages": MESSAGES}),
    ("/v1/chat/completions", {"model": MODEL, "messages": MESSAGES, "temperature": 0.2}),
    (
        "/v1/chat/completions",
        {"model": MODEL, "messages": MESSAGES, "stream": True, "stream_options": {"include_usage": True}},
    ),
    ("/v1/messages", {"model": MODEL, "max_tokens": 20, "messages": MESSAGES}),
    ("/v1/responses", {"model": MODEL, "input": "What is the capital of France?"}),
    ("/v1/chat/completions", {"model": "nope", "messages": MESSAGES}),
]


def main() -> int:
    """Start, ask, compare."""
    try:
        python = installed("litellm-1.80.0", PACKAGES)
        with tempfile.TemporaryDirectory() as folder, Processes(Path(folder), Stop().on_signals()) as processes:
            expected, got = _tried(python, Path(folder), processes)
    except NotInstalled as why:
        print(f"litellm-1.80.0  skipped: cannot be installed: {why}")
        return 0
    except (ProcessFailed, OSError) as why:
        print(f"litellm-1.80.0  failed: {why}")
        return 1
    for name, value in expected.items():
        print(f"{name:<16}{value:>8g} {'ok' if got[name] == value else f'WRONG: {got[name]:g}'}")
    return int(expected != got)


def _tried(python: Path, folder: Path, processes: Processes) -> tuple[dict[str, float], dict[str, float]]:
    upstream, proxy, web = free_port(), free_port(), free_port()
    (folder / "litellm.yml").write_text(yaml.safe_dump(CONFIGURATION))
    settings = {
        "web": {"listen_address": f"127.0.0.1:{web}"},
        "proxy": {"upstream": f"http://127.0.0.1:{upstream}", "listen_address": f"127.0.0.1:{proxy}"},
    }
    (folder / "exporter.yml").write_text(yaml.safe_dump(settings))
    command = [python.parent / "litellm", "--config", "litellm.yml", "--host", "127.0.0.1", "--port", str(upstream)]
    environment = {**os.environ, "NO_PROXY": "*", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    processes.start("litellm", ["nice", "-n", "10", *command], folder=folder, environment=environment)
    exporter = [sys.executable, "-m", "inference_exporter", "serve", f"--config.file={folder / 'exporter.yml'}"]
    processes.start("exporter", exporter)
    processes.await_ready("exporter", f"http://127.0.0.1:{web}/-/ready", READY_SECONDS)
    processes.await_ready("litellm", f"http://127.0.0.1:{upstream}/health/liveliness", READY_SECONDS)
    answers = [_asked(f"http://127.0.0.1:{proxy}{path}", body) for path, body in REQUESTS]
    expected = _summed(answers)
    seen = f"http://127.0.0.1:{web}/metrics"
    processes.await_that("exporter", lambda: _scraped(seen)["requests"] >= len(REQUESTS), "count", READY_SECONDS)
    return expected, _scraped(seen)


def _asked(url: str, body: dict[str, Any]) -> tuple[int, Any]:
    status, answer = post(url, json.dumps(body).encode(), {"content-type": "application/json"})
    documents = documents_of(answer.decode())
    return status, documents[-1] if documents else {}


def _summed(answers: list[tuple[int, Any]]) -> dict[str, float]:
    """Return what the client received: the last document of each answer has its tokens."""
    usages = [answer["usage"] for status, answer in answers if status == 200]
    names = {"input tokens": ("prompt_tokens", "input_tokens"), "output tokens": ("completion_tokens", "output_tokens")}
    tokens = {
        kind: float(sum(usage.get(one, usage.get(other)) for usage in usages)) for kind, (one, other) in names.items()
    }
    failed = sum(status >= 400 for status, _ in answers)
    return {"requests": len(answers), "errors": failed, "responses": len(answers) - failed, **tokens}


def _scraped(url: str) -> dict[str, float]:
    """Return the same of a scrape."""
    found = dict.fromkeys(("requests", "errors", "responses", "input tokens", "output tokens"), 0.0)
    with urlopen(url, timeout=READY_SECONDS) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    for sample in (sample for family in families for sample in family.samples):
        if sample.name == "model_requests_total":
            found["requests"] += sample.value
            found["errors"] += sample.value * (sample.labels["code"] >= "400")
        elif sample.name == "model_llm_responses_total":
            found["responses"] += sample.value
        elif sample.name == "model_llm_tokens_total" and sample.labels["type"] in ("input", "output"):
            found[f"{sample.labels['type']} tokens"] += sample.value
    return found


if __name__ == "__main__":
    sys.exit(main())
