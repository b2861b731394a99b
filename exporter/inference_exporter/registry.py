"""Tables of what can be extended: measures, wire formats, metric families."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar


class Keyed(Protocol):
    """Anything with a key."""

    @property
    def key(self) -> str:
        """The name of this member, unique in its table."""
        ...


Member = TypeVar("Member", bound=Keyed)


def table_of(kind: type[Member], names: Mapping[str, Any]) -> dict[str, Member]:
    """Return the members of `kind` among a module's names, by key and in the order of their registration lines.

    Raises
    ------
    ValueError
        If two members have the same key: the program must not start.
    """
    table: dict[str, Member] = {}
    for name, member in names.items():
        if not isinstance(member, kind):
            continue
        if table.setdefault(member.key, member) is not member:
            raise ValueError(f"{name}: another {kind.__name__} has the key {member.key!r}")
    return table
