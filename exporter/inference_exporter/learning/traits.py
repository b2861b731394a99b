"""Everything a reference learns besides its buckets, by key."""

from typing import Any

from ..detectors import DETECTORS
from ..reference.traits import Trait
from .advice import TRAIT as ADVICE
from .holidays import TRAIT as HOLIDAYS
from .natural_variation import TRAIT as NATURAL_VARIATION
from .seasons import TRAIT as SEASONS
from .trend import TRAIT as TREND

TRAITS: dict[str, Trait[Any]] = {
    trait.key: trait
    for trait in (
        *(trait for kind in DETECTORS.values() for trait in kind.learns),
        NATURAL_VARIATION,
        SEASONS,
        HOLIDAYS,
        TREND,
        ADVICE,
    )
}
