"""What is learned from a reference's rows beside its buckets, one trait a file; each line below registers one."""

from ..registry import table_of
from ._base import Trait
from .outliers import TRAIT as OUTLIERS
from .repeats import TRAIT as REPEATS

TRAITS = table_of(Trait, vars())
