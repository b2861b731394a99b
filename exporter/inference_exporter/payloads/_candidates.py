"""Candidates: the few formats that a document can be of, found by its names instead of by asking each format."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar

from ._base import Attributes, Document

REMEMBERED = 1024  # sets of known names
Kind = TypeVar("Kind")


class ByNames(Generic[Kind]):
    """Members by the names of their documents, of which a document has at least one; those without names are always in.

    Parameters
    ----------
    members : iterable
        In the order in which they are asked.
    names_of : callable
        Returns the names of a member.
    """

    def __init__(self, members: Iterable[Kind], names_of: Callable[[Kind], Iterable[str]]) -> None:
        self._names_of = {member: frozenset(names_of(member)) for member in members}
        self._known = frozenset(name for names in self._names_of.values() for name in names)
        # Senders have few shapes of documents, so the subset is nearly always
        # known. Bounded, because they choose the names.
        self._with = lru_cache(REMEMBERED)(self._having)

    def asked(self, document: Mapping[str, Any]) -> tuple[Kind, ...]:
        """Return the members that a document can be of."""
        return self._with(frozenset(self._known & document.keys()))

    def _having(self, known: frozenset[str]) -> tuple[Kind, ...]:
        return tuple(member for member, names in self._names_of.items() if not names or not known.isdisjoint(names))


class Recogniser(Protocol):
    """What can say whether a document is its own: a payload's format, or an envelope."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of which its documents have at least one; empty if that cannot be said."""

    @property
    def is_of_events(self) -> bool:
        """Whether attributes alone may prove it."""

    @property
    def recognises(self) -> Callable[[Document, Attributes], bool]:
        """Whether a document is of this format."""


Member = TypeVar("Member", bound=Recogniser)


class Candidates(Generic[Member]):
    """Formats and envelopes; the first registered that recognises a document has it."""

    def __init__(self, members: Iterable[Member]) -> None:
        every = list(members)
        # Most bodies come without attributes; formats of events need not be asked about them.
        self._plain = ByNames((each for each in every if each.names or not each.is_of_events), lambda each: each.names)
        self._events = ByNames(every, lambda each: () if each.is_of_events else each.names)

    def of(self, document: Document, attributes: Attributes) -> Member | None:
        """Return the format of a document; None if no member recognises it."""
        asked = (self._events if attributes else self._plain).asked(document)
        return next((each for each in asked if each.recognises(document, attributes)), None)
