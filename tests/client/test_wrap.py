"""A wrapped model predicts, copies and pickles as the model does, and its predictions are reported."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

ROWS, SPECIES = load_iris(return_X_y=True, as_frame=True)
NAMES = list(ROWS.columns)
FIRST = dict(zip(NAMES, ROWS.iloc[0].tolist(), strict=True))


@pytest.fixture(scope="module")
def classifier():
    return LogisticRegression(max_iter=1000).fit(ROWS, SPECIES)


@pytest.fixture
def monitor(exporter, watch):
    return watch(exporter)


@pytest.fixture
def seen(exporter, monitor, settled):
    """Return the arrived samples, without their common fields."""

    def samples():
        settled(monitor)
        hidden = ("time", "model", "version", "latency_seconds")
        return [{name: value for name, value in each.items() if name not in hidden} for each in exporter.samples()]

    return samples


class Tensor:
    """As much of a PyTorch tensor as a wrapper may use."""

    def __init__(self, values):
        self._values = np.asarray(values)
        self.shape = self._values.shape

    def detach(self):
        return self

    def cpu(self):
        return self

    def numpy(self):
        return self._values


class Net:
    """A module as in PyTorch: called itself, and its methods return it."""

    def __init__(self):
        self.training = True

    def eval(self):
        self.training = False
        return self

    def __call__(self, tensor):
        return Tensor(tensor.numpy().sum(axis=1, keepdims=True))


class TestScikitLearn:
    def test_a_frame(self, classifier, monitor, seen):
        """Features are the columns, predictions those that the caller gets."""
        wrapped = monitor.wrap(classifier)
        predictions = wrapped.predict(ROWS[:2])
        assert predictions.tolist() == classifier.predict(ROWS[:2]).tolist()
        first, second = seen()
        assert (first["features"], first["prediction"], first["code"]) == (FIRST, 0, 200)
        assert second["features"]["sepal length (cm)"] == ROWS.iloc[1, 0]

    def test_probabilities_are_scores(self, classifier, monitor, seen):
        """Scores have the names of the model's classes; the most probable one is the prediction."""
        shares = monitor.wrap(classifier).predict_proba(ROWS[:1])
        (sample,) = seen()
        assert sample["prediction"] == 0
        assert sample["scores"] == {str(place): share for place, share in enumerate(shares[0].tolist())}

    @pytest.mark.filterwarnings("ignore:X does not have valid feature names")
    @pytest.mark.parametrize(
        "kind", [np.asarray, csr_matrix, lambda rows: rows.values.tolist()], ids=["array", "sparse", "lists"]
    )
    def test_arrays_have_the_names_of_the_fit(self, kind, classifier, monitor, seen):
        """Columns without names are those that the model was fitted with."""
        monitor.wrap(classifier).predict(kind(ROWS[:1]))
        assert [sample["features"] for sample in seen()] == [FIRST]

    def test_names_that_are_given(self, monitor, seen):
        """Names may be given; without any, they are made of the position."""
        regression = LinearRegression().fit([[1, 2], [3, 5], [4, 9]], [1.0, 2.0, 3.0])
        monitor.wrap(regression, features=["a", "b"]).predict(np.array([[1, 2]]))
        monitor.wrap(regression).predict(np.array([[1, 2]]))
        assert [sample["features"] for sample in seen()] == [{"a": 1, "b": 2}, {"feature_0": 1, "feature_1": 2}]

    def test_an_error_is_the_callers_and_counts(self, classifier, monitor, seen):
        """What the model raises reaches the caller, and is a sample with code 500."""
        with pytest.raises(ValueError, match=r"could not convert|feature names"):
            monitor.wrap(classifier).predict(pd.DataFrame({"age": ["old"]}))
        assert [(sample["code"], sample["features"]) for sample in seen()] == [(500, {"age": "old"})]

    def test_interface(self, classifier, monitor):
        """It is an instance of its class with its attributes, is fitted, clones and goes into a pipeline."""
        wrapped = monitor.wrap(classifier)
        assert isinstance(wrapped, LogisticRegression)
        assert isinstance(wrapped, BaseEstimator)
        check_is_fitted(wrapped)
        assert wrapped.get_params() == classifier.get_params()
        assert wrapped.classes_ is classifier.classes_
        assert repr(wrapped) == repr(classifier)
        assert not hasattr(wrapped, "transform")
        assert clone(wrapped).get_params() == classifier.get_params()
        fresh = monitor.wrap(LogisticRegression(max_iter=1000))
        pipeline = make_pipeline(StandardScaler(), fresh).fit(ROWS, SPECIES)
        assert pipeline.score(ROWS, SPECIES) > 0.9
        assert cross_val_score(fresh, ROWS, SPECIES).mean() > 0.9

    def test_what_returns_the_model_returns_the_wrapped_one(self, monitor, seen):
        """`fit` and `set_params` can be chained."""
        wrapped = monitor.wrap(LogisticRegression())
        wrapped.set_params(max_iter=1000).fit(ROWS, SPECIES).predict(ROWS[:1])
        assert len(seen()) == 1

    @pytest.mark.parametrize("copied", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy, copy.copy])
    def test_copies(self, copied, classifier, monitor, exporter):
        """A copy predicts the same, and reports with a monitor of its own."""
        twin = copied(monitor.wrap(classifier))
        assert isinstance(twin, LogisticRegression)
        assert twin.predict(ROWS[:1]).tolist() == [0]
        assert twin._monitor is not monitor or copied is copy.copy
        assert twin._monitor.flush(60)
        assert len(exporter.samples()) == 1
        twin._monitor.close()

    def test_attributes_are_the_models(self, classifier, monitor):
        """What is set on it is set on the model."""
        model = LogisticRegression()
        monitor.wrap(model).C = 3
        assert model.C == 3

    def test_methods_that_are_given(self, classifier, monitor, seen):
        """Only methods that are named are reported."""
        wrapped = monitor.wrap(classifier, methods=["predict_proba"])
        wrapped.predict(ROWS[:1])
        wrapped.predict_proba(ROWS[:1])
        assert len(seen()) == 1


class TestCallables:
    def test_a_module(self, monitor, seen):
        """A module is called itself; tensors are read, and what returns it returns the wrapped one."""
        net = monitor.wrap(Net(), features=["a", "b"]).eval()
        assert net(Tensor([[1.0, 2.0], [3.0, 4.0]])).numpy().tolist() == [[3.0], [7.0]]
        assert net.training is False
        assert [(each["features"], each["prediction"]) for each in seen()] == [
            ({"a": 1.0, "b": 2.0}, 3.0), ({"a": 3.0, "b": 4.0}, 7.0),
        ]  # fmt: skip

    def test_a_function(self, monitor, seen):
        """A function keeps its name; rows of logits are no prediction, rows of probabilities are scores."""

        def logits(rows):
            return np.array([[5.0, -3.0]])

        wrapped = monitor.wrap(logits)
        assert wrapped.__name__ == "logits"
        wrapped(np.array([[1.0]]))
        monitor.wrap(lambda rows: np.array([[0.25, 0.75]]))(np.array([[1.0]]))
        first, second = seen()
        assert "prediction" not in first
        assert (second["prediction"], second["scores"]) == (1, {"0": 0.25, "1": 0.75})

    def test_images_have_no_features(self, monitor, seen):
        """An array of more than two dimensions has no features; the prediction is reported."""
        monitor.wrap(lambda images: [7])(np.zeros((1, 8, 8)))
        assert [(each.get("features"), each["prediction"]) for each in seen()] == [(None, 7)]

    def test_values_that_raise_do_not_fail_the_caller(self, monitor, seen):
        """An argument that raises when it is read is the wrapper's trouble alone."""

        class Hostile:
            @property
            def shape(self):
                raise RuntimeError("no")

        assert monitor.wrap(lambda value: 1)(Hostile()) == 1
        assert seen()[0]["prediction"] == 1


class TestXGBoost:
    def test_classifier(self, monitor, seen):
        """An XGBoost classifier is read as one of scikit-learn."""
        xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed")
        model = monitor.wrap(xgboost.XGBClassifier(n_estimators=2).fit(ROWS, SPECIES))
        model.predict_proba(ROWS[:1])
        (sample,) = seen()
        assert (sample["features"], sample["prediction"]) == (pytest.approx(FIRST), 0)
