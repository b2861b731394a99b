"""Slices and components: counted in their windows, undone by corrections, restored, and free unless configured."""

import numpy as np
import pytest
from inference_exporter.config.schema import DriftConfig, ModelConfig, Window
from inference_exporter.config.slices import FairnessConfig, SliceConfig, WorstSlicesConfig
from inference_exporter.durability.state import is_built
from inference_exporter.explain.slices import fairness_of, worst_slices
from inference_exporter.learning.learning import learn
from inference_exporter.model.monitor import Monitor
from inference_exporter.model.slicing import Slicer
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch
from inference_exporter.store.trees import Reader, Writer

NOW = 1_800_000_000.0
KEY = ModelKey("m", "1", "champion")
WINDOWS = (Window("1h", 3600.0),)
SLICED = ModelConfig(
    "m", "1", drift=DriftConfig(minimum_samples=20),
    slices={"age": SliceConfig(bounds=(30.0, 60.0)), "city": SliceConfig(), "sex": SliceConfig("tag", sensitive=True)},
    worst_slices=WorstSlicesConfig(3, 20), fairness=FairnessConfig("yes", 20),
)  # fmt: skip
OPPOSITE = {"yes": "no", "no": "yes"}


def batch(size=600, seed=1, numbers=False, **changed):
    random = np.random.default_rng(seed)
    age, good = random.integers(18, 90, size).astype(float), random.random(size)
    prediction = good if numbers else ["yes" if value > 0.5 else "no" for value in good.tolist()]
    parts = {
        "features": {"age": age, "city": random.choice(["Rome", "Oslo"], size).tolist()},
        "prediction": prediction,
        "ids": [f"{seed}-{i}" for i in range(size)],
        "tags": {"sex": random.choice(["f", "m"], size).tolist()},
        "intermediate": {"a": good, "b": 1 - good, "vote": prediction},
    }
    return Batch(size, KEY, np.full(size, NOW), **(parts | changed))


def monitor(config=SLICED, numbers=False):
    return Monitor(KEY, config, WINDOWS, learn(batch(seed=9, numbers=numbers), in_order=False, created=NOW))


def judge(watched, ids, outcomes):
    watched.join(OutcomeBatch(KEY, ids, outcomes, np.full(len(ids), NOW)), NOW)


def window(watched):
    return watched.view(NOW).windows[0]


def values(totals, what):
    return dict(zip(totals.labels, getattr(totals, what).tolist(), strict=True))


def test_slices_equal_an_independent_count():
    """Numbers and errors of each slice are those of the rows that belong to it."""
    watched, sent = monitor(), batch()
    watched.add(sent, NOW)
    old = sent.features["age"] >= 60
    judge(watched, sent.ids, [OPPOSITE[of] if bad else of for of, bad in zip(sent.prediction, old, strict=True)])
    age = next(each for each in window(watched).slices.totals if each.name == "age")
    assert values(age, "n")["60 or more"] == np.count_nonzero(old)
    assert values(age, "loss") == {"below 30": 0, "30 to 60": 0, "60 or more": np.count_nonzero(old)}
    traffic = next(each for each in window(watched).slices.traffic if each.name == "city")
    cities = list(sent.features["city"])
    assert values(traffic, "samples") == {name: cities.count(name) for name in traffic.labels if name}


def test_the_worst_slice_is_found():
    """The slice in which the model is wrong comes first, with its interval; without errors there is none."""
    watched, sent = monitor(), batch()
    watched.add(sent, NOW)
    judge(watched, sent.ids, list(sent.prediction))
    assert worst_slices(watched.view(NOW), window(watched)) == []
    bad = [i for i, age in enumerate(sent.features["age"]) if age < 30]
    judge(watched, [sent.ids[i] for i in bad], [OPPOSITE[sent.prediction[i]] for i in bad])
    first, *_ = worst_slices(watched.view(NOW), window(watched))
    assert (first.column, first.value, first.outcomes, first.loss) == ("age", "below 30", len(bad), 1.0)
    assert first.lower <= first.excess == pytest.approx(1.0)


def test_groups_are_compared():
    """The impact ratio of a group is its share of favourable predictions over the privileged group's."""
    watched, groups = monitor(), ["m", "f"] * 300
    favoured = ["yes" if i % (2 if sex == "m" else 5) == 0 else "no" for i, sex in enumerate(groups)]
    watched.add(batch(prediction=favoured, tags={"sex": groups}), NOW)
    (found,) = fairness_of(watched.view(NOW), window(watched))
    rate = dict(zip(found.groups, found.rates.selection.tolist(), strict=True))
    ratio = dict(zip(found.groups, found.fairness.impact_ratio.tolist(), strict=True))
    assert (rate["m"], rate["f"]) == (1.0, pytest.approx(0.2))
    assert ratio["f"] / ratio["m"] == pytest.approx(0.2)
    assert np.isnan(found.fairness.opportunity_difference).all()


def test_components_are_measured():
    """A component that follows a class is scored as that class; texts that are classes are votes."""
    watched, sent = monitor(), batch()
    watched.add(batch(seed=2), NOW)
    watched.add(sent, NOW)
    judge(watched, sent.ids, list(sent.prediction))
    found = window(watched).components
    assert {name: totals.classes[0] for name, totals in found.items() if name != "vote"} == {"a": "yes", "b": "no"}
    assert [np.trace(totals.confusion) for totals in found.values()] == [600, 600, 600]


def test_components_of_a_regressor():
    """Components of a regressor are measured as predictions."""
    watched, sent = monitor(ModelConfig("m", "1"), numbers=True), batch(numbers=True)
    sent = batch(numbers=True, intermediate={name: sent.intermediate[name] for name in "ab"})
    watched.add(sent, NOW)
    judge(watched, sent.ids, sent.prediction.tolist())
    found = window(watched).components
    assert float(found["a"].absolute_error) == pytest.approx(0.0)
    assert float(found["b"].absolute_error) == pytest.approx(np.abs(1 - 2 * sent.prediction).sum())


def test_a_correction_undoes_the_first_outcome():
    """After a correction, slices are as if only the last outcome had come."""
    sent, ones, others = batch(), monitor(), monitor()
    for watched in (ones, others):
        watched.add(sent, NOW)
    judge(ones, sent.ids, ["yes"] * 600)
    judge(ones, sent.ids, list(sent.prediction))
    judge(others, sent.ids, list(sent.prediction))
    for one, other in zip(window(ones).slices.totals, window(others).slices.totals, strict=True):
        assert (one.confusion == other.confusion).all()
        assert (one.n == other.n).all()
        assert one.loss == pytest.approx(other.loss)


def test_a_restart_changes_nothing():
    """Restored slices and components go on where they stopped."""
    watched, sent, again = monitor(), batch(), monitor()
    watched.add(sent, NOW)
    judge(watched, sent.ids[:300], list(sent.prediction)[:300])
    writer = Writer(is_built)
    tree = writer.tree(watched)
    parts = (again.config, again.config.llm.prices, again._memory.predictions, again._failures)
    Reader(writer.arrays, {type(each): each for each in parts}.get).fill(again, tree)
    for each in (watched, again):
        judge(each, sent.ids[300:], list(sent.prediction)[300:])
    one, other = window(watched), window(again)
    for totals, restored in zip(one.slices.totals, other.slices.totals, strict=True):
        assert (totals.confusion == restored.confusion).all()
    for name, totals in one.components.items():
        assert (totals.confusion == other.components[name].confusion).all()
    assert [values(each, "samples") for each in other.slices.traffic] == [
        values(each, "samples") for each in one.slices.traffic
    ]


def test_nothing_configured_costs_nothing():
    """Without slices and components, nothing is remembered beside predictions, and windows show none."""
    plain = batch(intermediate={})
    watched = Monitor(KEY, ModelConfig("m", "1"), WINDOWS, learn(plain, in_order=False, created=NOW))
    watched.add(plain, NOW)
    assert watched._performance.breakdowns is None
    assert (window(watched).slices, window(watched).components) == (None, {})


def test_other_values_share_a_slice():
    """Values that are not listed, and those beyond the first ones of a tag, share one slice; missing ones have none."""
    listed = Slicer("c", "feature", values=("FR", "1"))
    found = listed.encode(Batch(5, KEY, np.zeros(5), features={"c": ["FR", 1.0, "XX", None, " FR"]}))
    assert found.tolist() == pytest.approx([0, 1, 2, np.nan, 0], nan_ok=True)
    learned = Slicer("t", "tag", room=2)
    found = learned.encode(Batch(4, KEY, np.zeros(4), tags={"t": ["a", "b", "c", "a"]}))
    assert (found.tolist(), learned.labels) == ([0, 1, 2, 0], ("a", "b", "__other__"))
