"""The decorator: calls are reported, and otherwise unchanged."""

import asyncio
import inspect
import threading
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd
import pytest

FEATURES = {"age": 31, "country": "FR"}


@pytest.fixture
def monitor(exporter, watch):
    return watch(exporter)


@pytest.fixture
def seen(exporter, monitor, settled):
    """Return the arrived samples, without their common fields."""

    def samples():
        settled(monitor)
        arrived = exporter.samples()
        for sample in arrived:
            assert sample.get("latency_seconds", 0) >= 0
        hidden = ("time", "model", "version", "latency_seconds")
        return [{name: value for name, value in sample.items() if name not in hidden} for sample in arrived]

    return samples


def test_a_call_is_a_sample(monitor, seen):
    """Features come from the argument, the prediction from the return value, which the caller still gets."""

    @monitor.watch
    def predict(features):
        return "fraud"

    assert predict(FEATURES) == "fraud"
    assert seen() == [{"features": FEATURES, "prediction": "fraud", "code": 200}]


def test_keyword_arguments_are_features(monitor, seen):
    """Without a mapping among the arguments, the keyword arguments are the features."""

    @monitor.watch
    def predict(*, age, country):
        return age > 30

    assert predict(**FEATURES) is True
    assert seen() == [{"features": FEATURES, "prediction": True, "code": 200}]


def test_methods(monitor, seen):
    """`self` is not a feature."""

    class Model:
        @monitor.watch
        def predict(self, features, threshold=0.5):
            return "ok"

    Model().predict(features=FEATURES, threshold=0.1)
    assert seen() == [{"features": FEATURES, "prediction": "ok", "code": 200}]


@pytest.mark.parametrize("rows", [[FEATURES, FEATURES], pd.DataFrame([FEATURES, FEATURES])], ids=["list", "frame"])
def test_several_samples(exporter, monitor, seen, rows):
    """Rows and data frames are several samples; latency goes with the first."""

    @monitor.watch
    def predict(rows):
        return np.array(["ok", "fraud"])

    predict(rows)
    assert seen() == [
        {"features": FEATURES, "prediction": "ok", "code": 200},
        {"features": FEATURES, "prediction": "fraud", "code": 200},
    ]
    assert ["latency_seconds" in sample for sample in exporter.samples()] == [True, False]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (np.array([[0.25], [0.5]]), [{"prediction": 0.25}, {"prediction": 0.5}]),
        (np.array([[[0.25]], [[0.5]]]), [{"prediction": 0.25}, {"prediction": 0.5}]),
        ([np.array([0.25]), np.array([0.5])], [{"prediction": 0.25}, {"prediction": 0.5}]),
        ([["a"], ["b"]], [{"prediction": "a"}, {"prediction": "b"}]),
        (np.array([[0.75, 0.25], [0.5, 0.5]]), [{"scores": 0.25}, {"scores": 0.5}]),
    ],
    ids=["(n, 1)", "(n, 1, 1)", "list of arrays", "list of lists", "predict_proba"],
)
def test_answers_of_model_libraries(monitor, seen, answer, expected):
    """A column of predictions is read as predictions; two probabilities as the score of the second, positive class."""
    rows = [FEATURES, FEATURES]
    monitor.watch(lambda rows: answer)(rows)
    assert seen() == [{"features": FEATURES, "code": 200, **each} for each in expected]


def test_answers_of_several_values(monitor, seen):
    """More than two values per sample are ambiguous: only the features and the request count."""
    monitor.watch(lambda rows: np.array([[0.1, 0.2, 0.7]]))([FEATURES])
    assert seen() == [{"features": FEATURES, "code": 200}]
    assert monitor.statistics().invalid_values == {"prediction": 1}


def test_objects_are_features(monitor, seen):
    """An argument with named fields is a row, but `self` is not, and mappings take precedence."""

    @dataclass
    class Person:
        age: int
        country: str

    @dataclass
    class Model:
        threshold: float

        @monitor.watch
        def predict(self, person, options=None):
            return "ok"

    Model(0.5).predict(Person(**FEATURES))
    Model(0.5).predict(Person(0, ""), FEATURES)
    assert seen() == [{"features": FEATURES, "prediction": "ok", "code": 200}] * 2


def test_features_are_those_before_the_call(monitor, seen):
    """A function that changes its argument does not change the sample."""

    @monitor.watch
    def predict(features):
        features.clear()
        return {"prediction": "ok", "scores": {"ok": 0.9}, "id": "r-1"}

    predict(dict(FEATURES))
    assert seen() == [
        {"features": FEATURES, "prediction": "ok", "scores": {"ok": 0.9}, "id": "r-1", "code": 200},
    ]


def test_own_readers(monitor, seen):
    """`features` and `result` override how arguments and return value are read."""

    @monitor.watch(features=lambda age, country: {"age": age, "country": country}, result=lambda answer: answer[0])
    def predict(age, country):
        return "ok", "explanation"

    assert predict(31, "FR") == ("ok", "explanation")
    assert seen() == [{"features": FEATURES, "prediction": "ok", "code": 200}]


def test_an_exception_is_code_500(monitor, seen):
    """An exception reaches the caller, and the call is a sample with code 500."""

    @monitor.watch
    def predict(features):
        raise LookupError("no such country")

    with pytest.raises(LookupError, match="no such country"):
        predict(FEATURES)
    assert seen() == [{"features": FEATURES, "code": 500}]


def test_coroutines(exporter, monitor, seen):
    """Coroutine functions stay coroutine functions, and are timed until they finish."""
    took = []

    @monitor.watch
    async def predict(features, fails=False):
        started = perf_counter()
        await asyncio.to_thread(sum, range(100_000))
        took.append(perf_counter() - started)
        if fails:
            raise LookupError("no such country")
        return "ok"

    async def both():
        with pytest.raises(LookupError):
            await predict(FEATURES, fails=True)
        return await predict(FEATURES)

    assert inspect.iscoroutinefunction(predict)
    assert asyncio.run(both()) == "ok"
    assert seen() == [{"features": FEATURES, "code": 500}, {"features": FEATURES, "prediction": "ok", "code": 200}]
    assert all(sample["latency_seconds"] >= own for sample, own in zip(exporter.samples(), took, strict=True))


def test_readers_that_fail_do_no_harm(monitor, seen):
    """If a reader raises, the sample lacks features or prediction, and the caller still gets the result."""

    def broken(*args):
        raise KeyError("reader")

    @monitor.watch(features=broken, result=broken)
    def predict(features):
        return "ok"

    assert predict(FEATURES) == "ok"
    assert seen() == [{"features": {}, "code": 200}]
    assert "KeyError: 'reader'" in monitor.statistics().last_error


@pytest.mark.parametrize(
    "answer", [None, object(), [1, 2, 3], threading.Lock()], ids=lambda value: type(value).__name__
)
def test_any_answer_is_passed_on(monitor, settled, answer):
    """Any return value is passed on unchanged, and the call is accounted for."""

    @monitor.watch
    def predict(features):
        return answer

    assert predict(FEATURES) is answer
    assert settled(monitor)["observed"] == 1


def test_the_function_keeps_its_name(monitor):
    """Name, docstring and signature are those of the function."""

    @monitor.watch()
    def predict(features: dict) -> str:
        """Predict."""
        return "ok"

    assert (predict.__name__, predict.__doc__) == ("predict", "Predict.")
    assert list(inspect.signature(predict).parameters) == ["features"]
