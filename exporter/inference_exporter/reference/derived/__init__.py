"""Vectors and texts, watched through numbers; each line registers a kind. Imports `reference` and below."""

from ...registry import table_of
from ._base import DerivedKind
from .text import KIND as TEXT
from .vector import KIND as VECTOR

KINDS = table_of(DerivedKind, vars())
