"""Labels of a reference, made once and kept as long as the reference."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

Owner = TypeVar("Owner")
Rest = ParamSpec("Rest")
Result = TypeVar("Result")


def cached_with_owner(
    function: Callable[Concatenate[Owner, Rest], Result],
) -> Callable[Concatenate[Owner, Rest], Result]:
    """Cache the results of a function until its first argument is garbage; results must not refer to it."""
    # Weak keys: a model that learns anew gets another grid, and the labels of the old one must go with it.
    cache: WeakKeyDictionary[Owner, dict[Any, Result]] = WeakKeyDictionary()

    @wraps(function)
    def cached(owner: Owner, /, *rest: Rest.args, **named: Rest.kwargs) -> Result:
        results = cache.setdefault(owner, {})
        # The owner is not part of the key: held there, it would keep itself alive.
        key = (*rest, *named.items())
        if key not in results:
            results[key] = function(owner, *rest, **named)
        return results[key]

    return cached
