"""Derived features from sample to scrape."""

import json
import typing

import numpy as np
import pyarrow as pa
import pytest
from inference_exporter.config.schema import Config, FeatureConfig, Kind, LearningConfig, ModelConfig, Window
from inference_exporter.learning.learning import learn
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.derived import KINDS
from inference_exporter.reference.derived.derivation import Derivation, learn_derived
from inference_exporter.reference.reference import load, save
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")
NOW = 1_800_000_000.0
WORDS = ["good", "bad", "room", "view", "price", "staff", "quiet", "noisy", "clean", "late"]


def batch_of(random, n, shift=0.0):
    return Batch(
        n,
        KEY,
        np.full(n, NOW),
        features={
            "age": random.normal(40, 9, n),
            "emb": (random.normal(0, 1, (n, 16)) + shift).tolist(),
            "review": [" ".join(random.choice(WORDS, 8)) + f" {number}" for number in random.integers(0, 10**6, n)],
        },
    )


def test_kinds_are_those_of_the_configuration():
    """`kind` may be numbers, categories, or any derived kind."""
    assert set(typing.get_args(Kind)) == {"auto", "numeric", "categorical", *KINDS}


def test_derived_features_take_the_place_of_their_source(tmp_path):
    """A reference holds numbers derived from vectors and texts instead of their sources, and survives its file."""
    reference = learn(batch_of(np.random.default_rng(1), 600), in_order=False, created=NOW)
    names = [column.name for column in reference.columns]
    assert names[:3] == ["age", "emb:norm", "emb:centroid_distance"]
    assert {name.partition(":")[0] for name in names[3:]} == {"review"}
    assert all(column.numeric for column in reference.columns)
    save(reference, tmp_path / "r.json")
    assert load(tmp_path / "r.json").traits == reference.traits
    assert reference.source_of("emb:norm") == "emb"
    assert reference.source_of("age") == "age"


@pytest.mark.parametrize("learned", [False, True])
def test_the_engine_judges_them_like_any_number(learned):
    """Clean vectors and texts raise nothing; moved vectors drift; wrong ones count as invalid."""
    random = np.random.default_rng(2)
    config = ModelConfig("m", "1", learning=LearningConfig(600))
    first = batch_of(random, 600)
    monitor = Monitor(KEY, config, (Window("1h", 3600.0),), None if learned else learn(first, in_order=False))
    if learned:
        monitor.add(first, NOW)
    monitor.add(batch_of(random, 500), NOW)
    clean = monitor.view(NOW).windows[0].histograms
    assert clean.drifted.tolist() == [0.0] * len(clean.grid.columns)
    monitor.add(batch_of(random, 1500, shift=1.0), NOW)
    monitor.add(Batch(1, KEY, np.full(1, NOW), features={"age": [1.0], "emb": [[1.0]], "review": [None]}), NOW)
    view = monitor.view(NOW)
    moved = view.windows[0].histograms
    drifted = {c.name for c, verdict in zip(moved.grid.columns, moved.drifted, strict=True) if verdict == 1}
    assert drifted == {"emb:norm", "emb:centroid_distance"}
    names = [column.name for column in moved.grid.columns]
    assert moved.quality.invalid[names.index("emb:norm")] == 1
    assert moved.quality.missing[names.index("review:length")] == 1
    assert view.unknown_features == ()


def test_configuration_overrules():
    """A configured kind applies; an ignored feature stays as it is; an array of numbers is not a source."""
    column = ["a b", "c d", "e f"]
    batch = Batch(3, KEY, np.full(3, NOW), features={"x": column, "y": column, "z": np.arange(3.0)})
    settings = {"x": FeatureConfig(kind="text"), "y": FeatureConfig(kind="text", ignore=True)}
    contents, derived = learn_derived(batch, settings)
    assert set(contents) == {"x"}
    assert "x" not in derived.features and {"y", "z"} < set(derived.features)
    assert derived.sources == {"x": column}
    assert learn_derived(batch, {})[1] is batch


def test_a_batch_without_the_source_is_left_alone():
    """A batch without the feature lacks the derived ones too: they count as missing."""
    contents, _ = learn_derived(batch_of(np.random.default_rng(1), 100), {})
    bare = Batch(1, KEY, np.full(1, NOW), features={"age": [3.0]})
    assert Derivation(contents).apply(bare) is bare


def rows_as_arrow(rows):
    """Return rows as an Arrow stream; vectors are lists of numbers."""
    sink = pa.BufferOutputStream()
    table = pa.table({name: pa.array([row["features"][name] for row in rows]) for name in rows[0]["features"]})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("form", ["array", "ndjson", "columns", "arrow"])
def test_every_body_form_carries_vectors_and_texts(sidecar, form):
    """Vectors and texts pass through each body form, and are scraped as derived numbers."""
    batch = batch_of(np.random.default_rng(3), 120)
    names = list(batch.features)
    rows = [
        {"features": dict(zip(names, values, strict=True))}
        for values in zip(batch.features["age"].tolist(), batch.features["emb"], batch.features["review"], strict=True)
    ]
    bodies = {
        "array": (rows, "application/json"),
        "ndjson": ("\n".join(map(json.dumps, rows)).encode(), "application/x-ndjson"),
        "columns": ({"columns": {"features": {name: [row["features"][name] for row in rows] for name in names}}}, None),
        "arrow": (rows_as_arrow(rows), "application/vnd.apache.arrow.stream"),
    }
    body, content_type = bodies[form]
    running = sidecar(Config(models=(ModelConfig("m", "1", learning=LearningConfig(120)),)))
    for _ in range(2):
        answer = running.samples(body, content_type=content_type or "application/json")
        assert answer.json["accepted"] == 120, answer.body
    norms = np.linalg.norm(batch.features["emb"], axis=1)
    assert running.value("model_feature_mean", feature="emb:norm", window="1h") == pytest.approx(norms.mean())
    lengths = [len(text) for text in batch.features["review"]]
    assert running.value("model_feature_mean", feature="review:length", window="1h") == pytest.approx(np.mean(lengths))
    assert running.value("model_feature_invalid_ratio", feature="emb:norm", window="1h") == 0
