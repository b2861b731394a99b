"""The tests that the verdict rests on; each line registers one. Imports `measures/drift` and below."""

from ...registry import table_of
from ._base import EvidenceInputs, EvidenceTest, Share, Shift, Thresholds
from .invalid import TEST as INVALID
from .location import TEST as LOCATION
from .missing import TEST as MISSING
from .out_of_range import TEST as OUT_OF_RANGE
from .scale import TEST as SCALE
from .shape import TEST as SHAPE
from .unseen import TEST as UNSEEN

__all__ = ["EvidenceInputs", "Share", "Shift", "TESTS", "Thresholds"]

TESTS = table_of(EvidenceTest, vars())
