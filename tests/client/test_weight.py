"""Weight: the approximate memory of any message."""

import sys
import tracemalloc

import numpy as np
import pytest
from inference_exporter.client.weight import weight_of


class Evil:
    @property
    def nbytes(self):
        raise RuntimeError


class Holder:
    def __init__(self):
        self.text = "x" * 10_000


@pytest.mark.parametrize(
    "build",
    [
        lambda: "x" * 10_000,
        lambda: "\N{GRINNING FACE}" * 10_000,
        lambda: b"x" * 10_000,
        lambda: {f"feature {number}": number / 7 for number in range(1000)},
        lambda: [number / 7 for number in range(10_000)],
        lambda: {"a": {"b": [str(number) * 100 for number in range(300)]}},
        lambda: np.ones((100, 100)),
        lambda: 10**20_000,
        lambda: Holder(),
        lambda: (None, {"x": "y" * 5000}, "ok", None),
    ],
)
def test_about_the_memory(build):
    """The weight is within a factor of three of the interpreter's memory for the value."""
    tracemalloc.start()
    value = build()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held / 3 < weight_of(value) < held * 3


@pytest.mark.parametrize("value", [Evil(), Evil, object(), sys], ids=["evil", "class", "object", "module"])
def test_foreign_objects(value):
    """An object that raises, or refers to half the program, has some weight and does no harm."""
    assert weight_of(value) > 0


def test_cycles():
    """A value that contains itself has a weight."""
    loop = []
    loop.append(loop)
    assert weight_of(loop) > 0
