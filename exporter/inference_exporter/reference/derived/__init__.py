"""Features that are no numbers or categories, watched through numbers derived from them; each line registers a kind."""

from ...registry import table_of
from ._base import DerivedKind
from .text import KIND as TEXT
from .vector import KIND as VECTOR

KINDS = table_of(DerivedKind, vars())
