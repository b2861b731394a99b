"""A model whose predictions are reported: scikit-learn, XGBoost, PyTorch, MLflow, or anything that predicts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .arrays import columns_of_array, dense, positional, probabilities
from .frames import columns_of
from .rows import rows_of, rows_of_columns
from .samples import Observer, Sample
from .watch import watched

METHODS = ("predict", "predict_proba")
OWN = ("_monitor", "_model", "_names", "_methods", "_reported")


class Wrapped:
    """A model whose calls of `methods` are reported; everything else is the model itself.

    It counts as an instance of the model's class, and copies and pickles with
    the model and a new monitor. A method that returns the model, such as `fit`
    or `eval`, returns the wrapped one.
    """

    __slots__ = OWN

    def __init__(self, monitor: Observer, model: Any, names: Sequence[str], methods: Sequence[str]) -> None:
        for name, value in zip(OWN, (monitor, model, tuple(names), tuple(methods), {}), strict=True):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._model, name)
        if name in self._methods:
            return self._report(name)
        return self._returning_self(value) if getattr(value, "__self__", None) is self._model else value

    def _report(self, name: str) -> Any:
        """Return a method of the model, its calls reported; made once."""
        if name not in self._reported:
            method = getattr(self._model, name)
            features = functools.partial(features_of, self._model, self._names)
            self._reported[name] = watched(self._monitor, method, features, functools.partial(answers_of, self._model))
        return self._reported[name]

    def _returning_self(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            returned = method(*args, **kwargs)
            return self if returned is self._model else returned

        return call

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._model, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._model, name)

    # isinstance() and vars() read these, as a mock with a specification has them.
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._model)

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        return self._model.__dict__

    def __reduce_ex__(self, protocol: Any) -> Any:
        return wrapped, (self._monitor, self._model, self._names, self._methods)

    def __dir__(self) -> list[str]:
        return dir(self._model)

    def __repr__(self) -> str:
        return repr(self._model)


class WrappedCallable(Wrapped):
    """A wrapped model that is called itself, such as a PyTorch module or a function."""

    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the model."""
        return self._report("__call__")(*args, **kwargs)


def wrapped(monitor: Observer, model: Any, names: Sequence[str] = (), methods: Sequence[str] = METHODS) -> Any:
    """Return a model whose predictions are reported."""
    return (WrappedCallable if callable(model) else Wrapped)(monitor, model, names, methods)


def features_of(model: Any, names: Sequence[str], *args: Any, **kwargs: Any) -> list[dict[Any, Any]] | None:
    """Return feature rows from the first argument of a prediction that has any: a frame, an array, rows."""
    known = names or names_of(model)
    for value in (*args, *kwargs.values()):
        rows = _rows_of_lists(value, known) or rows_of(value)
        if rows is not None:
            return rows
        columns = columns_of_array(value, known)
        if columns is not None:
            return rows_of_columns(columns)
    return None


def _rows_of_lists(value: Any, names: Sequence[str]) -> list[dict[Any, Any]] | None:
    if not isinstance(value, list | tuple) or not value or not all(isinstance(row, list | tuple) for row in value):
        return None
    named = positional(names, max(map(len, value)))
    return [dict(zip(named, row, strict=False)) for row in value]


def names_of(model: Any) -> Sequence[str]:
    """Return the names of the features that a model was fitted with; empty if it does not know them."""
    names = getattr(model, "feature_names_in_", None)
    return () if names is None else [str(name) for name in names]


def answers_of(model: Any, value: Any) -> Any:
    """Return what a prediction says of each row.

    Rows of probabilities become scores by the model's classes, the most
    probable of which is the prediction. Other rows of several values, such as
    logits, are no prediction.
    """
    array = dense(value)
    if len(getattr(array, "shape", ())) != 2 or columns_of(array) is not None:
        return array
    if array.shape[1] == 1:
        return array.reshape(-1)
    rows = probabilities(array)
    if rows is None:
        return [{} for _ in range(array.shape[0])]
    classes = getattr(model, "classes_", None)
    names = range(len(rows[0])) if classes is None else [_plain(each) for each in classes]
    return [_scored(row, names) for row in rows]


def _scored(row: Sequence[float], names: Sequence[Any]) -> Sample:
    best = max(range(len(row)), key=row.__getitem__)
    return {"prediction": names[best], "scores": {str(name): share for name, share in zip(names, row, strict=True)}}


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
