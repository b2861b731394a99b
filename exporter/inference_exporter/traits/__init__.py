"""What is learned from a reference's rows beside its buckets, one trait a file; each line below registers one."""

from ..registry import table_of
from ._base import Trait
from .attributions import TRAIT as ATTRIBUTIONS
from .duplicates import TRAIT as DUPLICATES
from .joint import TRAIT as JOINT
from .natural_variation import TRAIT as NATURAL_VARIATION
from .outliers import TRAIT as OUTLIERS
from .repeats import TRAIT as REPEATS
from .seasons import TRAIT as SEASONS
from .values import TRAIT as VALUES

TRAITS = table_of(Trait, vars())
