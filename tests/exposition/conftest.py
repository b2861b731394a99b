"""Three models at one fixed moment: a classifier with its reference, a regressor, one that still learns."""

from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.config.decisions import GuardrailConfig
from inference_exporter.config.llm import LlmConfig, Prices
from inference_exporter.config.performance import PerformanceConfig
from inference_exporter.config.schema import Config, DriftConfig, FeatureConfig, LearningConfig, ModelConfig, Window
from inference_exporter.config.slices import FairnessConfig, SliceConfig, WorstSlicesConfig
from inference_exporter.config.slo import FreshnessSloConfig, QualitySloConfig, SloConfig
from inference_exporter.learning.learning import learn
from inference_exporter.model.fleet import Fleet
from inference_exporter.model.monitor import Monitor
from inference_exporter.model.process import ProcessView
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch

WALL = 1_800_000_000.0
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))
FRAUD = ModelKey("fraud", "7", "champion")
PRICE = ModelKey("price", "2026-11", "shadow")
MOVED = ModelKey("moved", "1", "champion")
GUARDED = ModelKey("guarded", "1", "champion")
ESTIMATED = ModelKey("estimated", "1", "champion")
RENT = ModelKey("rent", "1", "champion")
TOGETHER = ModelKey("together", "1", "champion")
CHAT = ModelKey("chat-large", "2026-10", "champion")
ENSEMBLE = ModelKey("ensemble", "1", "champion")
FRESH = ModelKey("fresh", "unversioned", "champion")
SICK = ModelKey("sick", "1", "champion")


def times(size, seconds_ago):
    return np.linspace(WALL - seconds_ago, WALL, size)


def classifier():
    """A classifier with a shifted window, errors, missing and unseen values, and most outcomes."""
    reference = build(
        {"age": [float(i % 80) for i in range(195)] + [None] * 5, "country": ["FR", "DE", "ES", "FR"] * 50},
        200,
        prediction=["ok"] * 180 + ["fraud"] * 20,
        scores={"fraud": np.linspace(0, 1, 200) ** 2},
        created=WALL - 86400,
        model="fraud",
        model_version="7",
        performance={"accuracy_ratio": {"": 0.95}, "f1_ratio": {"fraud": 0.8, "ok": 0.97}},
    )
    config = ModelConfig("fraud", "7", framework="xgboost", drift=DriftConfig(minimum_samples=20))
    watched = Monitor(FRAUD, config, WINDOWS, reference)
    watched.add(_fraud_batch(80), WALL)
    ids = [f"r{i}" for i in range(60)]
    found = [("ok", "ok", "fraud")[i % 3] for i in range(60)]
    watched.join(OutcomeBatch(FRAUD, ids, found, np.full(60, WALL)), WALL)
    watched.join(OutcomeBatch(FRAUD, ids[:2], ["ok", "fraud"], np.full(2, WALL)), WALL)
    view = watched.view(WALL)
    # The test machine's processes must not show.
    return replace(view, process=ProcessView(True, 3, 12.5, 104_857_600.0, 2_147_483_648.0, 40.0, 1024.0))


def _fraud_batch(size):
    return Batch(
        size,
        FRAUD,
        times(size, 1200),
        features={
            "age": [None if i % 20 == 0 else 40.0 + i for i in range(size)],
            "country": [("FR", "DE", "PT", None)[i % 4] for i in range(size)],
            "new": [1] * size,
        },
        prediction=[("ok", "fraud")[i % 4 == 0] for i in range(size)],
        scores={"fraud": [0.9 if i % 4 == 0 else 0.2 + i / 1000 for i in range(size)]},
        ids=[f"r{i}" for i in range(size)],
        latency_seconds=np.array([0.004, 0.03, 0.2, 20.0] * (size // 4)),
        codes=[500 if i % 16 == 0 else 200 for i in range(size)],
        stages={"predict": np.full(size, 0.003)},
        trace_ids=[f"trace-{i}" for i in range(size)],
    )


def regressor():
    """A regressor with only two samples in the shorter window: too few for a verdict."""
    reference = build({"rooms": [1 + i % 6 for i in range(120)]}, 120, prediction=[50.5 + i for i in range(120)],
                      created=WALL - 3600)  # fmt: skip
    slo = SloConfig(
        freshness=FreshnessSloConfig(3600.0),
        outcome_freshness=FreshnessSloConfig(86400.0),
        quality=QualitySloConfig("mean_absolute_error", 5.0),
    )
    config = ModelConfig("price", "2026-11", "shadow", drift=DriftConfig(minimum_samples=10), slo=slo)
    watched = Monitor(PRICE, config, WINDOWS, reference)
    watched.add(_price_batch(range(30), times(30, 3000) - 400), WALL - 400)
    watched.add(_price_batch(range(30, 32), np.full(2, WALL)), WALL)
    ids = [f"p{i}" for i in range(32)]
    watched.join(OutcomeBatch(PRICE, ids, [61.0 + 2 * i for i in range(32)], np.full(32, WALL)), WALL)
    return watched.view(WALL)


def _price_batch(numbers, when):
    return Batch(
        len(numbers),
        PRICE,
        when,
        features={"rooms": [1 + i % 8 for i in numbers]},
        prediction=[60.0 + 2 * i for i in numbers],
        ids=[f"p{i}" for i in numbers],
    )


def learner():
    """A model that has learned a tenth of its reference."""
    watched = Monitor(FRESH, ModelConfig("fresh", learning=LearningConfig(100)), WINDOWS)
    watched.add(Batch(10, FRESH, np.full(10, WALL), features={"x": list(range(10))}), WALL)
    return watched.view(WALL)


def broken():
    """A model whose input has every problem that a feature can have."""
    monitor = Monitor(SICK, ModelConfig("sick", "1", features=SICK_RULES), WINDOWS, _sick_reference())
    monitor.add(_sick_batch(60, np.full(60, WALL - 3600)), WALL)
    return monitor.view(WALL)


SICK_RULES = {"age": FeatureConfig(minimum=0, maximum=120, required=True)}


def _sick_reference():
    draw = np.random.default_rng(7)
    size = 2000
    features = {
        "age": draw.integers(18, 90, size).astype(float),
        "bag": draw.integers(1, 10, size).astype(float),
        "degrees": draw.normal(12, 6, size),
        "code": [f"{i:05d}" for i in range(size)],
        "level": draw.normal(0, 1, size),
        "city": [("Rome", "Oslo")[i % 2] for i in range(size)],
        "gone": draw.normal(0, 1, size),
        "item_size": draw.exponential(3, size),
        "amount": draw.normal(0, 1, size),
    }
    batch = Batch(size, SICK, np.full(size, np.nan), features=features, raw={"amount": features["amount"]})
    return learn(batch, in_order=False, created=WALL - 86400)


def _sick_batch(size, when):
    draw = np.random.default_rng(8)
    amounts = draw.normal(0, 1, size)
    features = {
        "age": [str(-5 + i) for i in range(size)],
        "bag": [None] * size,
        "degrees": draw.normal(12, 6, size) * 1.8 + 32,
        "code": [f"{i}-{i}" for i in range(size)],
        "level": np.full(size, 0.5),
        "city": ["Paris"] * size,
        "itemSize": draw.exponential(3, size),
        "amount": amounts,
    }
    raw = {"amount": amounts * 2}
    return Batch(size, SICK, when, features=features, raw=raw, ids=[f"s{i}" for i in range(size)])


@pytest.fixture(scope="session")
def views():
    """Return the views of the three models."""
    return [classifier(), learner(), regressor()]


@pytest.fixture(scope="session")
def broken_view():
    """Return the view of a model whose input is broken."""
    return broken()


def moved():
    """A model whose features, prediction and a score drifted, each differently."""
    numbers, countries = np.linspace(0, 100, 400), ["FR"] * 200 + ["DE"] * 200
    names = ("rose", "fell", "lost", "beyond")
    reference = build({**dict.fromkeys(names, numbers), "place": countries, "mix": countries}, 400,
                      prediction=["ok"] * 360 + ["fraud"] * 40, scores={"fraud": numbers / 100},
                      created=WALL - 3600)  # fmt: skip
    watched = Monitor(MOVED, ModelConfig("moved", "1", drift=DriftConfig(minimum_samples=20)), WINDOWS, reference)
    sent = np.linspace(0, 100, 240)
    lost, beyond = sent.copy(), sent.copy()
    lost[::4], beyond[::4] = np.nan, 1e6
    features = {"rose": 40 + 0.6 * sent, "fell": 0.6 * sent, "lost": lost, "beyond": beyond,
                "place": (["FR", "DE", 'P"T'] * 80), "mix": ["FR"] * 30 + ["DE"] * 210}  # fmt: skip
    parts = {"prediction": ["ok", "fraud"] * 120, "scores": {"fraud": 0.5 + sent / 200}}
    watched.add(Batch(240, MOVED, times(240, 200), features=features, **parts), WALL)
    return watched.view(WALL)


@pytest.fixture(scope="session")
def moved_view():
    """Return the view of a model in which everything drifted."""
    return moved()


def _guarded_batch(size, when, seed, **parts):
    """Return samples whose prediction follows from the amount."""
    random = np.random.default_rng(seed)
    amount = random.normal(50, 10, size).round(1)
    features = {"amount": amount, "hour": random.integers(0, 24, size).astype(float),
                "country": random.choice(["FR", "DE", "ES"], size).tolist()}  # fmt: skip
    classes = ["review" if value > 50 else "ok" for value in amount.tolist()]
    return Batch(size, GUARDED, when, **{"features": features, "prediction": classes, **parts})


def guarded():
    """A model under attack in the short window: outliers, copies and probes, all from one source."""
    reference = learn(_guarded_batch(600, np.full(600, np.nan), 1), in_order=False, created=WALL - 3600)
    watched = Monitor(GUARDED, ModelConfig("guarded", "1", drift=DriftConfig(minimum_samples=20)), WINDOWS, reference)
    clients = {"client": [f"client-{i % 40}" for i in range(900)], "region": ["eu"] * 900}
    watched.add(_guarded_batch(900, np.linspace(WALL - 3000, WALL - 600, 900), 2, tags=clients), WALL)
    probes = {"amount": np.linspace(20, 90, 150), "hour": np.full(150, 3.0), "country": ["FR"] * 150}
    probed = {"features": probes, "prediction": ["ok", "review"] * 75, "tags": {"client": ["mallory"] * 150}}
    watched.add(_guarded_batch(150, np.full(150, WALL), 3, **probed), WALL)
    strange = {"amount": np.full(20, 1e6), "hour": np.full(20, 3.0), "country": ["??"] * 20}
    watched.add(_guarded_batch(20, np.full(20, WALL), 4, features=strange, ids=["s"] * 20), WALL)
    return watched.view(WALL)


@pytest.fixture(scope="session")
def guarded_view():
    """Return the view of a model under attack."""
    return guarded()


def estimated():
    """A model whose reference shows how often its scores were right, and whose scores are low now."""
    random = np.random.default_rng(2)

    def batch(score, when):
        prediction, ids = np.where(score > 0.5, "fraud", "ok").tolist(), [f"{value}" for value in score]
        return Batch(len(score), ESTIMATED, when, features={"x": score}, prediction=prediction,
                     scores={"fraud": score}, ids=ids)  # fmt: skip

    score = random.random(1000)
    outcome = np.where(random.random(1000) < score**2, "fraud", "ok").tolist()
    reference = learn(batch(score, np.full(1000, np.nan)), in_order=False, created=WALL - 3600, outcome=outcome)
    config = ModelConfig("estimated", "1", performance=PerformanceConfig(costs={"fraud": {"ok": 100.0}}))
    watched = Monitor(ESTIMATED, config, WINDOWS, reference)
    watched.add(batch(random.random(200) ** 2, times(200, 3000) - 400), WALL - 400)
    late = batch(random.random(10), np.full(10, WALL))
    watched.add(late, WALL)
    watched.join(OutcomeBatch(ESTIMATED, late.ids, ["fraud"] * 5 + ["ok"] * 5, np.full(10, WALL)), WALL)
    return watched.view(WALL)


@pytest.fixture(scope="session")
def estimated_view():
    """Return the view of a model whose performance is estimated."""
    return estimated()


def estimated_errors():
    """A regressor whose errors grow with its predictions, which are large now; the last outcomes contradict it."""
    random = np.random.default_rng(3)

    def batch(prediction, when):
        return Batch(len(prediction), RENT, when, features={"x": prediction % 7}, prediction=prediction,
                     ids=[f"{value}" for value in prediction])  # fmt: skip

    prediction = random.uniform(0, 100, 1000)
    outcome = prediction + random.normal(0, 1 + prediction / 20)
    reference = learn(
        batch(prediction, np.full(1000, np.nan)),
        in_order=False,
        created=WALL - 3600,
        outcome=outcome,
        task="regression",
    )
    watched = Monitor(RENT, ModelConfig("rent", "1", drift=DriftConfig(minimum_samples=20)), WINDOWS, reference)
    watched.add(batch(random.uniform(60, 120, 200), times(200, 3000) - 400), WALL - 400)
    late = batch(random.uniform(0, 100, 30), np.full(30, WALL))
    watched.add(late, WALL)
    watched.join(OutcomeBatch(RENT, late.ids, late.prediction + 9.0, np.full(30, WALL)), WALL)
    return watched.view(WALL)


@pytest.fixture(scope="session")
def estimated_errors_view():
    """Return the view of a regressor whose errors are estimated."""
    return estimated_errors()


def together():
    """A model whose features relate differently, although each alone is unchanged."""
    random = np.random.default_rng(1)

    def batch(n, sign):
        x, noise = random.normal(size=n), random.normal(size=n)
        features = {"x": x, "y": sign * x + noise, "emb": np.stack([x, noise, sign * x], axis=1).tolist()}
        sizes = {"x": np.abs(x), "y": sign * np.abs(noise) / 2}
        return Batch(n, TOGETHER, times(n, 200), features=features, attributions=sizes)

    reference = learn(batch(600, 1.0), in_order=False, created=WALL - 3600)
    watched = Monitor(TOGETHER, ModelConfig("together", "1"), WINDOWS, reference)
    watched.add(replace(batch(60, 0.9), times=times(60, 3000) - 400), WALL - 400)
    watched.add(batch(10, 0.9), WALL)
    return watched.view(WALL)


@pytest.fixture(scope="session")
def together_view():
    """Return the view of a model with multivariate drift."""
    return together()


def _ensemble_batch(size, when, shift=0.0, first=0):
    """Return samples of an ensemble; with a shift, one of its parts is broken."""
    gbm = np.linspace(0, 1 - shift, size) + shift
    net = np.linspace(0, 1, size) ** 2
    score = (gbm + net) / 2
    classes = ["fraud" if value > 0.5 else "ok" for value in score.tolist()]
    actions = ["blocked" if value == "fraud" or i % 10 == 0 else "passed" for i, value in enumerate(classes)]
    return Batch(size, ENSEMBLE, when, features={"amount": np.arange(size) % 40.0}, prediction=classes,
                 scores={"fraud": score}, ids=[f"e{i + first}" for i in range(size)],
                 tags={"sex": ["f" if i % 3 == 0 else "m" for i in range(size)]},
                 intermediate={"gbm": gbm, "net": net, "rule": ["new" if shift else "old"] * size},
                 action=actions)  # fmt: skip


def ensemble():
    """An ensemble of which one part is broken; actions differ from what was predicted."""
    reference = learn(_ensemble_batch(400, np.full(400, np.nan)), in_order=False, created=WALL - 3600)
    loans = GuardrailConfig("fraud", 0.2, 0.9, action="blocked", allowed=0.05)
    actions = {"fraud": "blocked", "ok": "passed"}
    config = ModelConfig(
        "ensemble", "1", drift=DriftConfig(minimum_samples=20), actions=actions, guardrails={"loans": loans},
        slices={"amount": SliceConfig(bounds=(10.0, 30.0)), "sex": SliceConfig("tag", sensitive=True)},
        worst_slices=WorstSlicesConfig(1, 20), fairness=FairnessConfig("ok", 20),
    )  # fmt: skip
    watched = Monitor(ENSEMBLE, config, WINDOWS, reference)
    sent = _ensemble_batch(200, times(200, 200), 0.6)
    watched.add(sent, WALL)
    truth = ["fraud" if float(net) > 0.5 else "ok" for net in sent.intermediate["net"]]
    watched.join(OutcomeBatch(ENSEMBLE, sent.ids, truth, np.full(200, WALL)), WALL)
    return watched.view(WALL)


def rivals():
    """A champion and a challenger that answered the same requests, of which the challenger has more right."""
    facts = ({"dataset": "2026-09"}, {"dataset": "2026-10", "depth": "6"})
    keys = [ModelKey("rivals", "1", "champion"), ModelKey("rivals", "2", "challenger")]
    models = [
        ModelConfig(*key, metadata=metadata, learning=LearningConfig(samples=60))
        for key, metadata in zip(keys, facts, strict=True)
    ]
    fleet = Fleet(Config(windows=WINDOWS, models=tuple(models)), {})
    truth = [("no", "yes")[i % 2] for i in range(60)]
    answers = [truth[:30] + ["no"] * 30, truth[:-4] + ["no"] * 4]
    for key, answer in zip(keys, answers, strict=True):
        parts = {"prediction": answer, "scores": {"yes": [0.9 if each == "yes" else 0.2 for each in answer]}}
        fleet.add(Batch(60, key, np.full(60, WALL), ids=[f"q{i}" for i in range(60)], **parts), WALL)
    fleet.join(OutcomeBatch(ModelKey("rivals"), [f"q{i}" for i in range(50)], truth[:50], np.full(50, WALL)), WALL)
    return fleet.views(WALL)


@pytest.fixture(scope="session")
def rival_views():
    """Return the views of a champion and a challenger."""
    return rivals()


@pytest.fixture(scope="session")
def ensemble_view():
    """Return the view of an ensemble."""
    return ensemble()


def chat():
    """A language model of which some calls tell everything, and one that tells only how it ended."""
    nan = float("nan")
    llm = {
        "input_tokens": np.array([120.0, 19.0, nan]), "output_tokens": np.array([40.0, 9.0, nan]),
        "cached_tokens": np.array([100.0, nan, nan]), "reasoning_tokens": np.array([8.0, nan, nan]),
        "time_to_first_token_seconds": np.array([0.08, 3.0, nan]),
        "time_per_output_token_seconds": np.array([0.012, nan, nan]), "finish_reason": ["stop", "length", "refusal"],
        "refused": np.array([0.0, 0.0, 1.0]), "empty": np.array([0.0, 1.0, nan]),
        "valid_tool_calls": np.array([2.0, nan, nan]), "not_json_tool_calls": np.array([1.0, nan, nan]),
    }  # fmt: skip
    prices = Prices("EUR", input=2.0, output=8.0, cached_input=0.5)
    watched = Monitor(CHAT, ModelConfig("chat-large", "2026-10", llm=LlmConfig(prices)), WINDOWS)
    watched.add(Batch(3, CHAT, np.full(3, WALL), features={"prompt_length": [56.0, 9.0, 20.0]}, llm=llm), WALL)
    return watched.view(WALL)


@pytest.fixture(scope="session")
def chat_view():
    """Return the view of a language model."""
    return chat()
