"""The decorator that reports the calls of a predict function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, TypeVar, cast

from .rows import mapping_of, row_of, rows_of
from .samples import Observer, Sample, joined, matched, observe_each
from .throttled_warnings import describe
from .values import Unreadable

Function = TypeVar("Function", bound=Callable[..., Any])
ReadFeatures = Callable[..., Mapping[str, object] | Sequence[Mapping[str, object]] | None]
"""Returns the features of one or several samples from the function's arguments."""
ReadResult = Callable[[Any], object]
"""Returns a prediction, predictions, or mappings with "prediction", "scores", "id" from the return value."""


def watched(
    observer: Observer, function: Function, features: ReadFeatures | None = None, result: ReadResult | None = None
) -> Function:
    """Return the function, or coroutine function, with its calls reported."""
    read_features = features or (_features_after_self if _is_method(function) else features_of)

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            call = _Call(observer, read_features, result, args, kwargs)
            try:
                returned = await function(*args, **kwargs)
            except Exception:  # count it, and re-raise for the caller
                call.failed()
                raise
            call.returned(returned)
            return returned

        return cast(Function, asynchronous)

    @functools.wraps(function)
    def synchronous(*args: Any, **kwargs: Any) -> Any:
        call = _Call(observer, read_features, result, args, kwargs)
        try:
            returned = function(*args, **kwargs)
        except Exception:  # count it, and re-raise for the caller
            call.failed()
            raise
        call.returned(returned)
        return returned

    return cast(Function, synchronous)


def features_of(*args: object, **kwargs: object) -> Sequence[Mapping[str, object]] | None:
    """Return feature rows from arguments.

    These are the first argument that is a mapping, a sequence of mappings or a
    data frame, else the first object with named fields, else the keyword
    arguments.
    """
    for read in (mapping_of, row_of):
        for value in (*args, *kwargs.values()):
            rows = rows_of(value, read)
            if rows is not None:
                return rows
    return [kwargs] if kwargs else None


def _features_after_self(_self: object, *args: object, **kwargs: object) -> Sequence[Mapping[str, object]] | None:
    return features_of(*args, **kwargs)


def _is_method(function: Callable[..., Any]) -> bool:
    try:
        parameters = list(inspect.signature(function).parameters)
    except (ValueError, TypeError):  # some functions written in C have no signature
        return False
    return bool(parameters) and parameters[0] in ("self", "cls")


class _Call:
    """One call in progress. Features are read first, because the function may change its arguments."""

    def __init__(
        self,
        observer: Observer,
        features: ReadFeatures,
        result: ReadResult | None,
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> None:
        self._observer, self._result = observer, result
        self._rows: list[dict[str, object]] | None = None
        self._unreadable: dict[str, Unreadable] = {}
        try:
            self._rows = rows_of(features(*args, **kwargs))
        except Exception as error:  # an error in the user's function or values must not keep a model from answering
            self._unreadable["features"] = Unreadable(describe(error))
        self._started = perf_counter()

    def failed(self) -> None:
        self._hand_over(joined(self._rows, []), 500, perf_counter() - self._started)

    def returned(self, value: object) -> None:
        latency = perf_counter() - self._started
        try:
            samples = matched(self._rows, self._result(value) if self._result else value)
        except Exception as error:  # as above
            self._unreadable["prediction"] = Unreadable(describe(error))
            samples = joined(self._rows, [])
        self._hand_over(samples, 200, latency)

    def _hand_over(self, samples: Sequence[Sample], code: int, latency_seconds: float) -> None:
        samples = [{**sample, **self._unreadable} for sample in samples or [{}]]
        observe_each(self._observer, samples, latency_seconds=latency_seconds, code=code)
