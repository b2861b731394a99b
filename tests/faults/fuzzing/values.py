"""Values that have hurt monitors: numbers at the edges, text that breaks formats, times of other centuries, shapes."""

import random
from collections.abc import Sequence
from typing import Any, TypeVar

Picked = TypeVar("Picked")

NUMBERS = (
    0, -0.0, 1, -1, 0.1, 1e-320, 5e-324, 1e160, -1e160, 1.7976931348623157e308, 1e22, 2**31, 2**53 + 1, 2**63,
    2**64, -(2**63) - 1,
    10**40, 10**400, 0.30000000000000004, float("nan"), float("inf"), float("-inf"), 99999999999999999.0,
)  # fmt: skip
TEXTS = (
    "", " ", "a", "NaN", "null", "None", "NA", "?", "1", "1.0", "1e5", "01234", "true", "-", "\0", "a\0b",
    "\n", "\r\n", "\t",
    '"', "\\", '\\"', "a\"b\\c\nd", "{}", "[", "é", "ü" * 30, "日本", "🙂", "👩‍👩‍👧", "\u202e", "\u2028", "\ufeff",
    "\ufffd", "\x7f", "\x1b[31m",
    "\ud83d", "\udc00x", "a" * 300, "x" * 5_000, "é" * 3_000, "<b>&amp;</b>", "%s%n", "../..", "a/b", "a?b#c",
    "100%", "__proto__",
    "=1+1", "'; drop table", "#EOF", "# HELP x", 'x{y="z"} 1',
)  # fmt: skip
TIMES = (
    0, -1, 1e-9, 1_700_000_000, 1_800_000_000.123, 1_700_000_000_000, 1e18, 1e300, -1e300, "2026-11-22T01:02:03Z",
    "2026-11-22T01:02:03.004+05:30", "2026-11-22", "20261122", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "2026-11-22T25:00:00Z", "now", "", None, True, [], {}, float("nan"),
)  # fmt: skip
FEATURES = ("age", "income", "country", "text", "vector", "flag")
MODELS = ("fraud", "price", "spam", "new")
VERSIONS = ("1", "2")


class Chance(random.Random):
    """Randomness of one request: from the run's seed and the request's number, so that each can be made again alone."""

    def __init__(self, seed: int, number: int) -> None:
        super().__init__(f"{seed}:{number}")

    def one_of(self, *choices: Picked) -> Picked:
        """Return one of some values."""
        return choices[self.randrange(len(choices))]

    def pick(self, choices: Sequence[Picked]) -> Picked:
        """Return a member of a sequence."""
        return choices[self.randrange(len(choices))]

    def happens(self, probability: float) -> bool:
        """Return whether something happens that does so with a probability."""
        return self.random() < probability


def number(chance: Chance) -> float:
    """Return a number, odd or not."""
    return chance.pick(NUMBERS) if chance.happens(0.5) else chance.gauss(0, 100)


def text(chance: Chance) -> str:
    """Return text, odd or not."""
    if chance.happens(0.6):
        return chance.pick(TEXTS)
    return "".join(chr(chance.randrange(1, 0x250)) for _ in range(chance.randrange(12)))


def anything(chance: Chance, depth: int = 0) -> Any:
    """Return any JSON value."""
    kind = chance.randrange(9 if depth < 3 else 5)
    if kind <= 1:
        return number(chance)
    if kind <= 3:
        return text(chance)
    if kind == 4:
        return chance.one_of(None, True, False)
    if kind <= 6:
        return [anything(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {text(chance): anything(chance, depth + 1) for _ in range(chance.randrange(4))}
