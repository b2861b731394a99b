"""docs/metrics.md agrees with a scrape of a busy exporter."""

import json
import math
import os
import random
import re
import shutil
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest
import yaml
from inference_exporter.cli import main
from inference_exporter.config.decisions import GuardrailConfig
from inference_exporter.config.inputs import FileConfig, InputsConfig, KafkaConfig
from inference_exporter.config.performance import PerformanceConfig
from inference_exporter.config.schema import (
    Config,
    FeatureConfig,
    LearningConfig,
    ModelConfig,
    ProcessConfig,
    StorageConfig,
)
from inference_exporter.config.slices import FairnessConfig, SliceConfig, WorstSlicesConfig
from inference_exporter.config.slo import FreshnessSloConfig, QualitySloConfig, SloConfig
from inference_exporter.failures import Place
from inference_exporter.intake.proxy_totals import ProxyTotals
from inference_exporter.intake.refusals import FrontTotals
from prometheus_client.openmetrics.parser import text_string_to_metric_families

MODEL_LABELS = {"model", "version", "variant"}
SLOW = "/metrics/reference"
SUFFIX = re.compile(r"_(bucket|sum|count)$")
NAME = re.compile(r"\b(?:model|inference_exporter|process)_[a-z0-9_]+")


@dataclass
class Described:
    """A metric as documented or as exposed: `always` and `sometimes` are its labels beyond those of its model."""

    kind: str
    always: set = field(default_factory=set)
    sometimes: set = field(default_factory=set)
    nan: bool = False


def documented(document, path="/metrics"):
    """Return the documented metrics of one path, by name as in a query; /metrics has them all."""
    metrics = {}
    for heading, row in document("docs/metrics.md").rows("Metric"):
        if path == SLOW and SLOW not in heading:
            continue
        labels = row["Extra labels"]
        sometimes = set(re.findall(r"\(`(\w+)`\)", labels))
        always = set(re.findall(r"`(\w+)`", labels)) - sometimes
        for name in re.findall(r"`(\w+)`", row["Metric"]):
            assert name not in metrics, f"{name} has two rows"
            metrics[name] = Described(row["Type"], always, sometimes, "NaN" in row["NaN or absent"])
    return metrics


def exposed(text):
    """Return the metrics of a scrape, by name as in a query."""
    metrics = {}
    for family in text_string_to_metric_families(text):
        sets = [set(sample.labels) - {"le"} for sample in family.samples if not sample.name.endswith("_created")]
        extra = MODEL_LABELS if family.name.startswith("model_") and all(s >= MODEL_LABELS for s in sets) else set()
        always = set.intersection(*sets) - extra
        name = family.name + ("_total" if family.type == "counter" else "")
        nan = any(math.isnan(sample.value) for sample in family.samples)
        metrics[name] = Described(family.type, always, set.union(*sets) - extra - always, nan)
    return metrics


LLM = {
    "input_tokens": 19, "output_tokens": 4, "finish_reason": "stop", "refused": False, "empty": False, "cost": 0.1,
    "time_to_first_token_seconds": 0.1, "time_per_output_token_seconds": 0.01, "valid_tool_calls": 1,
}  # fmt: skip


def classified(number, size=400):
    """Return samples of a classifier with all fields."""
    draw = random.Random(number)
    samples = []
    for row in range(size):
        score = draw.random()
        samples.append(
            {
                "id": f"{number}-{row}",
                "features": {"age": draw.gauss(40, 10), "country": draw.choice(["FR", "DE"])},
                "prediction": "spam" if score > 0.5 else "ham",
                "scores": {"spam": score, "ham": 1 - score},
                "latency_seconds": draw.random() / 10,
                "code": draw.choice([200, 200, 503]),
                "stages": {"predict": draw.random() / 20},
                "trace_id": f"{row:032x}",
                "tags": {"client": draw.choice("abc")},
            }
        )
    return samples


def moved(sample):
    """Return a sample with drifted feature, prediction and score."""
    age = sample["features"]["age"] + 50
    return {**sample, "features": {**sample["features"], "age": age}, "prediction": "spam", "scores": {"spam": 0.9}}


def voted(number, size=300, shift=0.0):
    """Return samples of an ensemble with the outputs of its parts and the actions taken."""
    draw = random.Random(number)
    rows = [(draw.random(), draw.random()) for _ in range(size)]
    return [
        {
            "id": f"e{number}-{row}",
            "features": {"age": draw.gauss(40, 10)},
            "prediction": "fraud" if gbm + net > 1 else "ok",
            "scores": {"fraud": (gbm + net) / 2},
            "intermediate": {"gbm": min(gbm + shift, 1.0), "net": net, "rule": "new" if shift else "old"},
            "action": "blocked" if gbm + net > 1 or shift else "passed",
            "tags": {"client": "ab"[row % 2]},
        }
        for row, (gbm, net) in enumerate(rows)
    ]


def mixed(number, size=120):
    """Return samples of an ensemble of regressors."""
    draw = random.Random(number)
    rows = [draw.gauss(0, 1) for _ in range(size)]
    return [
        {"id": f"m{row}", "features": {"x": x}, "prediction": x + 0.5, "intermediate": {"trees": x, "line": x + 1.0}}
        for row, x in enumerate(rows)
    ]


def sick(number, size, factor=1, age="age"):
    """Return samples of temperatures, ages and codes, optionally in another unit and under another name."""
    draw = random.Random(number)
    rows = [(draw.gauss(10, 5), draw.gauss(40, 10)) for _ in range(size)]
    return [
        {
            "features": {
                "degrees": degrees * factor + (32 if factor != 1 else 0),
                age: years,
                "code": f"{row:05d}" if factor == 1 else f"#{row}",
            },
            "raw": {"degrees": degrees},
            "prediction": "ham",
        }
        for row, (degrees, years) in enumerate(rows)
    ]


def estimated(number, size=400):
    """Return samples of a regressor with two numbers and a vector."""
    draw = random.Random(number)
    rows = [draw.gauss(0, 1) for _ in range(size)]
    features = [{"x": x, "y": x + draw.gauss(0, 1), "emb": [x, draw.gauss(0, 1)]} for x in rows]
    return [
        {"id": f"r{row}", "features": values, "prediction": values["x"] + 100.5, "attributions": {"x": values["x"]}}
        for row, values in enumerate(features)
    ]


def reference_file(folder, name, samples, outcomes, *flags):
    """Build a reference from a file of samples, as a user would; returns its path."""
    rows = [
        {**sample["features"], **{f"shap_{name}": value for name, value in sample.get("attributions", {}).items()},
         "prediction": sample["prediction"], "score": sample.get("scores", {}).get("spam"),
         "outcome": outcome}
        for sample, outcome in zip(samples, outcomes, strict=True)
    ]  # fmt: skip
    data, out = folder / f"{name}.ndjson", folder / f"{name}.reference.json"
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    columns = ["--prediction-column", "prediction", "--outcome-column", "outcome", *flags]
    assert main(["reference", "build", str(data), "--out", str(out), *columns]) == 0
    return out


def control_group(folder):
    """Create the files of a control group, so that there is a memory limit on any machine."""
    folder.mkdir()
    contents = {"cgroup.procs": "1\n", "cpu.stat": "usage_usec 5\n", "memory.current": "7\n", "memory.max": "9\n"}
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="ascii")
    return folder


@pytest.fixture(scope="module")
def busy(tmp_path_factory, sidecar):
    """A busy exporter: a classifier, a regressor, a model that learns, and one with too few samples."""
    folder = tmp_path_factory.mktemp("references")
    spam, price = classified(1), estimated(2)
    spam_outcomes = ["spam" if sample["scores"]["spam"] > 0.4 else "ham" for sample in spam]
    price_outcomes = [sample["prediction"] + index % 3 for index, sample in enumerate(price)]
    scored, attributed = ("--score-column", "spam=score"), ("--attribution-prefix", "shap_")
    spam_reference = reference_file(folder, "spam", spam, spam_outcomes, *scored)
    sick_reference = reference_file(folder, "sick", sick(9, 2000), ["ham"] * 2000, "--ignore-columns", "score")
    price_reference = reference_file(folder, "price", price, price_outcomes, "--ignore-columns", "score", *attributed)
    every_slo = SloConfig(freshness=FreshnessSloConfig(3600.0), quality=QualitySloConfig("accuracy", 0.9))
    models = (
        ModelConfig(
            "spam",
            "1",
            framework="sklearn",
            reference=spam_reference,
            process=ProcessConfig(pid=os.getpid()),
            performance=PerformanceConfig(costs={"spam": {"ham": 5.0}}),
        ),
        ModelConfig("price", "1", reference=price_reference, process=ProcessConfig(cgroup=control_group(folder / "g"))),
        ModelConfig("learned", "1", learning=LearningConfig(samples=100), slo=every_slo),
        ModelConfig("mixture", "1", learning=LearningConfig(samples=100), slices={"x": SliceConfig()}),
        ModelConfig("spam", "2", "challenger", learning=LearningConfig(samples=100), metadata={"dataset": "2026-10"}),
        ModelConfig(
            "ensemble",
            "1",
            learning=LearningConfig(samples=300),
            actions={"fraud": "blocked"},
            guardrails={"loans": GuardrailConfig("fraud", 0.2, 0.9)},
            slices={"age": SliceConfig(bounds=(30.0, 40.0)), "client": SliceConfig("tag", sensitive=True)},
            worst_slices=WorstSlicesConfig(1, 20),
            fairness=FairnessConfig("ok", 20),
            performance=PerformanceConfig(costs={"fraud": {"ok": 5.0}}),
        ),
        ModelConfig("idle", "1", reference=spam_reference),
        ModelConfig("moved", "1", reference=spam_reference),
        ModelConfig("broken", "1", reference=sick_reference, features={"age": FeatureConfig(minimum=60)}),
    )
    storage = StorageConfig(path=folder / "state")
    busy = sidecar(Config(models=models, storage=storage, inputs=InputsConfig((FileConfig(),), kafka=(KafkaConfig(),))))
    proxied = ProxyTotals(requests=Counter({"200": 1}))
    busy.application._front = lambda: FrontTotals(proxy=proxied.report(), has_proxy=True)
    busy.application._failures.record(Place("detector", "outliers", ("spam", "1", "champion")), ValueError("a bug"))

    def post(path, records):
        answer = busy.post(path, records)
        assert answer.status == 200, answer.body

    post("/v1/samples", [{"model": "spam", **sample} for sample in classified(3)])
    tested = [{**sample, "model": "mixture"} for sample in mixed(7)]
    post("/v1/samples", tested)
    post("/v1/outcomes", [{"model": "mixture", "id": f"m{row}", "outcome": row / 2} for row in range(len(tested))])
    rival = {"model": "spam", "version": "2", "variant": "challenger"}
    post("/v1/samples", [{**sample, **rival} for sample in classified(3)])
    post("/v1/samples", [{"model": "spam", "features": {"never_heard_of": 1}, "prediction": "ham"}])
    post("/v1/samples", [{"model": "price", **sample} for sample in price])
    post(
        "/v1/samples",
        [{"model": "broken", "time": time.time() - 3600, **sample} for sample in sick(6, 60, 1.8, "ageYears")],
    )
    post("/v1/samples", [{"model": "moved", **moved(sample)} for sample in classified(6)])
    post("/v1/samples", [{"model": "learned", **sample} for sample in classified(4)])
    post("/v1/samples", [{"model": "learning", **sample} for sample in classified(5, 3)])
    post("/v1/samples", [{"model": "chat", "features": {"prompt_length": 5}, "llm": LLM}])
    post("/v1/samples", [{"model": "ensemble", **sample} for sample in voted(1)])
    post("/v1/samples", [{"model": "ensemble", **sample} for sample in voted(2, shift=0.8)])
    # Its young samples are all wrong: a worst slice.
    truth = [["ok", "fraud"][(each["prediction"] == "fraud") != (each["features"]["age"] < 30)] for each in voted(1)]
    post("/v1/outcomes", [{"model": "ensemble", "id": f"e1-{row}", "outcome": of} for row, of in enumerate(truth)])
    post("/v1/outcomes", [{"model": "spam", "id": f"3-{row}", "outcome": "ham"} for row in range(300)])
    post("/v1/outcomes", [{"model": "spam", "id": "3-0", "outcome": outcome} for outcome in ("spam", "spam")])
    post("/v1/outcomes", [{"model": "price", "id": f"r{row}", "outcome": row / 7} for row in range(300)])
    post("/v1/events", [{"kind": "deployment", "title": "spam 1", "model": "spam", "version": "1"}])
    post("/v1/events", [{"kind": "incident", "title": "all down", "text": "a cable"}])
    return busy


def scrape(busy, path):
    """Return the metrics at a path."""
    return exposed(busy.scrape(path, "application/openmetrics-text"))


@pytest.mark.parametrize("path", ["/metrics", SLOW])
class TestEveryMetric:
    def test_is_documented_and_real(self, path, busy, document):
        """The tables name exactly the metrics that this path shows."""
        assert set(documented(document, path)) == set(scrape(busy, path))

    def test_has_the_documented_type_and_labels(self, path, busy, document):
        """Type and labels of each metric are those of its row."""
        rows = documented(document, path)
        for name, real in scrape(busy, path).items():
            assert (name, real.kind) == (name, rows[name].kind)
            assert (name, real.always, real.sometimes) == (name, rows[name].always, rows[name].sometimes)

    def test_says_when_it_is_nan(self, path, busy, document):
        """A metric that can be NaN says so in its row."""
        rows = documented(document, path)
        assert [name for name, real in scrape(busy, path).items() if real.nan and not rows[name].nan] == []


def test_collectors_are_documented(busy, document):
    """Every collector is named."""
    scraped = text_string_to_metric_families(busy.scrape("/metrics", "application/openmetrics-text"))
    series = (sample for family in scraped for sample in family.samples if "collector" in sample.labels)
    named = set(re.findall(r"`(\w+)`", document("docs/metrics.md").section("Conventions")))
    assert {sample.labels["collector"] for sample in series} - named == set()


def queries(document):
    """Return the queries of the fenced PromQL blocks: one after an empty line."""
    blocks = [fence.text for fence in document("docs/metrics.md").fences if fence.language == "promql"]
    return [query for block in blocks for query in re.split(r"\n\s*\n", block.strip())]


def test_queries_are_promql(document, tmp_path):
    """Prometheus can read every query."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    rules = [{"record": f"doc:query:{number}", "expr": query} for number, query in enumerate(queries(document))]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "doc", "rules": rules}]}), encoding="utf-8")
    result = subprocess.run([promtool, "check", "rules", str(path)], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_queries_ask_for_documented_metrics(document):
    """Every metric that a query names has a row."""
    known = set(documented(document))
    asked = {SUFFIX.sub("", name) if name not in known else name for q in queries(document) for name in NAME.findall(q)}
    assert asked - known == set()


def test_every_group_has_queries(document):
    """Each group of metrics has at least two useful queries."""
    page = document("docs/metrics.md")
    groups = {heading for heading, _ in page.rows("Metric")}
    counts = dict.fromkeys(groups, 0)
    for fence in page.fences:
        if fence.language == "promql":
            counts[fence.heading] = counts.get(fence.heading, 0) + len(re.split(r"\n\s*\n", fence.text.strip()))
    assert {group: count for group, count in counts.items() if count < 2} == {}
