"""State as a tree of JSON with arrays beside it: `Writer` takes it from live objects, `Reader` puts it back.

Every attribute of an object of ours is state, except what is built from the
configuration and the reference: the classes named `built`, an attribute in its
class's `BUILT`, locks and functions. Reading fills objects that were built anew;
what a tree lacks keeps its first value, so that a part may gain attributes
between releases. A part whose attributes change their meaning raises its
`STATE_VERSION`: a tree of another version is not read.
"""

import math
import threading
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from importlib import import_module
from types import BuiltinFunctionType, BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import StoreFault

PACKAGE = __name__.partition(".")[0]
FUNCTIONS = (FunctionType, MethodType, BuiltinFunctionType, BuiltinMethodType, ModuleType, np.ufunc)
LOCKS = (type(threading.Lock()), type(threading.RLock()), threading.Event, threading.Condition)
PLAIN = frozenset({str, bool, type(None)})
CONTAINERS: dict[str, Callable[[], Any]] = {
    "dict": dict, "Counter": Counter, "OrderedDict": OrderedDict, "list": list, "tuple": list, "set": list,
    "frozenset": list, "deque": deque, "defaultdict": lambda: defaultdict(list),
}  # fmt: skip
# JSON readers may take larger ones for floats; orjson itself stops at 64 bits.
MAX_INTEGER = 2**53
IsBuilt = Callable[[type], bool]


class _Unknown(Exception):
    """A value that is not state, deep inside an attribute."""


def attributes_of(value: object) -> dict[str, Any]:
    """Return the attributes of an object, whether they are in a dictionary or in slots."""
    found = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name):
                found[name] = getattr(value, name)
    return found


def is_ours(kind: type) -> bool:
    """Return whether a class is of this package."""
    return kind.__module__.partition(".")[0] == PACKAGE


class Writer:
    """Turns objects into trees that share `arrays`."""

    def __init__(self, is_built: IsBuilt) -> None:
        self._is_built = is_built
        self._seen: dict[int, int] = {}
        self.arrays: list[NDArray[Any]] = []

    def tree(self, value: Any) -> Any:
        """Return a value as a tree."""
        kind = type(value)
        if kind in PLAIN:
            return value
        if kind is int:
            return value if abs(value) < MAX_INTEGER else {"int": str(value)}
        if kind is float:
            return value if math.isfinite(value) else {"float": str(value)}
        if isinstance(value, np.ndarray | np.generic):
            return self._array(value)
        if kind is bytes:
            return {"bytes": value.decode("latin-1")}
        if isinstance(value, np.random.Generator):
            return {"random": self.tree(value.bit_generator.state)}
        if kind.__name__ in CONTAINERS and not is_ours(kind):
            return self._container(value, kind.__name__)
        if isinstance(value, Mapping) and not is_ours(kind):
            return self._container(dict(value), "dict")
        if isinstance(value, list):  # a list of ours, such as checked ids: what hangs on it is made anew
            return self._container(list(value), "list")
        if is_ours(kind) and not self._is_built(kind):
            return self._object(value)
        raise _Unknown(kind.__name__)

    def _array(self, value: Any) -> Any:
        array = np.asarray(value)
        if array.dtype.hasobject:
            return {"objects": [self.tree(each) for each in array.tolist()]}
        # Copied: state goes on changing while the snapshot is written.
        self.arrays.append(array.copy())
        return {"array": len(self.arrays) - 1} | ({"scalar": True} if isinstance(value, np.generic) else {})

    def _container(self, value: Any, name: str) -> Any:
        if isinstance(value, Mapping):
            return {name: [self._column(list(value)), self._column(list(value.values()))]}
        return {name: self._column(list(value))}

    def _column(self, values: list[Any]) -> Any:
        """Return many values: at once if they are alike, as the 100,000 outcomes that wait for their prediction."""
        kinds = set(map(type, values))
        if kinds <= PLAIN or (kinds == {int} and max(map(abs, values)) < MAX_INTEGER):
            return {"plain": values}
        if kinds == {float}:
            self.arrays.append(np.array(values))
            return {"floats": len(self.arrays) - 1}
        (kind, *others) = kinds
        is_rows = not others and issubclass(kind, tuple) and not self._is_built(kind)
        if is_rows and len(values[0]) and len(set(map(len, values))) == 1:
            name = "" if kind is tuple else _name_of(kind)
            return {"rows": name, "columns": [self._column(list(column)) for column in zip(*values, strict=True)]}
        return {"each": [self.tree(each) for each in values]}

    def _object(self, value: object) -> Any:
        kind = type(value)
        if isinstance(value, tuple):
            return {"named": _name_of(kind), "state": [self.tree(each) for each in value]}
        # Shared objects stay shared after the restore.
        if id(value) in self._seen:
            return {"same": self._seen[id(value)]}
        self._seen[id(value)] = number = len(self._seen)
        state = {}
        built = getattr(kind, "BUILT", ())
        for name, each in attributes_of(value).items():
            if name in built or isinstance(each, FUNCTIONS + LOCKS):
                continue
            if is_ours(type(each)) and self._is_built(type(each)) and not isinstance(each, tuple):
                state[name] = {"built": _name_of(type(each))}
                continue
            try:
                state[name] = self.tree(each)
            except _Unknown:  # made of things that are not state, such as functions
                continue
        return {
            "object": _name_of(kind),
            "version": getattr(kind, "STATE_VERSION", 1),
            "number": number,
            "state": state,
        }


class Reader:
    """Puts trees back into objects.

    Parameters
    ----------
    arrays : list of ndarray
        The arrays beside the tree.
    built : callable
        Returns the object of a class that a new object refers to, or None.
    """

    def __init__(self, arrays: list[NDArray[Any]], built: Callable[[type], object | None]) -> None:
        self._arrays, self._built = arrays, built
        self._objects: dict[int, object] = {}

    def fill(self, target: object, tree: Any) -> None:
        """Put a tree into an object of the same class.

        Raises
        ------
        StoreFault
            If the tree is of another class or version.
        """
        if tree.get("object") != _name_of(type(target)):
            raise StoreFault(f"expected the state of {_name_of(type(target))}, got {tree.get('object')}")
        self.value(tree, target)

    def value(self, tree: Any, present: Any = None) -> Any:
        """Return the value of a tree; a `present` object or container is filled and returned."""
        if not isinstance(tree, dict):
            return tree
        if "object" in tree:
            return self._object(tree, present)
        if "array" in tree:
            return self._array(tree)
        if "named" in tree:
            return _class_of(tree["named"])(*map(self.value, tree["state"]))
        if "built" in tree:
            return present if present is not None else self._built_one(_class_of(tree["built"]))
        return self._simple(tree, present)

    def _simple(self, tree: Any, present: Any) -> Any:
        (name, content), *_ = tree.items()
        if name == "same":
            return self._objects[content]
        if name in ("int", "float"):
            return int(content) if name == "int" else float(content)
        if name == "bytes":
            return content.encode("latin-1")
        if name == "objects":
            return np.array([*map(self.value, content), None], dtype=object)[:-1]
        if name == "random":
            present.bit_generator.state = self.value(content)
            return present
        return self._container(name, content, present)

    def _array(self, tree: Any) -> Any:
        array = self._arrays[tree["array"]]
        return array[()] if tree.get("scalar") else array.copy()  # not into a present one: objects may share it

    def _container(self, name: str, content: Any, present: Any) -> Any:
        if name in ("tuple", "set", "frozenset"):
            return {"tuple": tuple, "set": set, "frozenset": frozenset}[name](self._column(content))
        into = present if type(present).__name__ == name else CONTAINERS[name]()
        if isinstance(into, dict):
            keys = self._column(content[0])
            for key, each in zip(keys, self._column(content[1], [into.get(key) for key in keys]), strict=True):
                into[key] = each  # not `update`, with which a Counter adds
            return into
        # Objects that are already at their place are filled: they may have attributes that are not state.
        values = self._column(content, list(into) if len(into) == len(content.get("each", ())) else None)
        into.clear()
        into.extend(values)
        return into

    def _column(self, tree: Any, present: list[Any] | None = None) -> list[Any]:
        """Return many values; objects that are `present` at their places are filled."""
        if "plain" in tree:
            return list(tree["plain"])
        if "floats" in tree:
            return list(self._arrays[tree["floats"]].tolist())
        if "each" in tree:
            return list(map(self.value, tree["each"], present or [None] * len(tree["each"])))
        columns = map(self._column, tree["columns"])
        rows = zip(*columns, strict=True)
        return list(map(_class_of(tree["rows"])._make, rows)) if tree["rows"] else list(rows)

    def _object(self, tree: Any, present: Any) -> Any:
        kind = _class_of(tree["object"])
        expected = getattr(kind, "STATE_VERSION", 1)
        if tree["version"] != expected:
            raise StoreFault(f"{tree['object']}: expected state of version {expected}, got version {tree['version']}")
        frozen = getattr(getattr(kind, "__dataclass_params__", None), "frozen", False)
        target = present if type(present) is kind and not frozen else kind.__new__(kind)
        self._objects[tree["number"]] = target
        before = attributes_of(present) if type(present) is kind else {}
        known = before if target is present else None
        for name, each in before.items() if frozen else ():
            object.__setattr__(target, name, each)
        built = getattr(kind, "BUILT", ())  # perhaps not yet in the release that wrote the tree
        for name, each in tree["state"].items():
            if name not in built and (known is None or name in known):
                object.__setattr__(target, name, self.value(each, before.get(name)))
        if missing := [name for name in built if not hasattr(target, name)]:
            raise StoreFault(f"{tree['object']}: expected an object with {', '.join(missing)} for its state")
        return target

    def _built_one(self, kind: type) -> object:
        found = self._built(kind)
        if found is None:
            raise StoreFault(f"expected an object of {_name_of(kind)} for a restored part")
        return found


def _name_of(kind: type) -> str:
    return f"{kind.__module__.partition('.')[2]}:{kind.__qualname__}"


def _class_of(name: str) -> Any:
    """Return a class of this package by name; nothing else can be made from a file."""
    module, _, path = name.partition(":")
    try:
        found: Any = import_module(f"{PACKAGE}.{module}")
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise StoreFault(f"{name}: expected a class of this release") from error
    if not isinstance(found, type) or not is_ours(found):
        raise StoreFault(f"{name}: expected a class of this release")
    return found
