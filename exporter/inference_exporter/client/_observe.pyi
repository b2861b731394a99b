from collections.abc import Set

class Gate:
    attention: int
    ceiling: int
    largest: int
    def __new__(cls, entries: object, small_types: Set[type], /) -> Gate: ...
    def tick(self) -> int: ...
    def relax(self, headroom: float, /) -> int: ...

class Caller:
    _gate: Gate
    _variant: str | None
