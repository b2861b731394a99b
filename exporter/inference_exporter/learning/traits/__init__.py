"""What is learned from a reference's rows beside its buckets, one trait a file; each line below registers one."""

from ...detectors.attributions.learn import TRAIT as ATTRIBUTIONS
from ...detectors.multivariate.learn import TRAIT as JOINT
from ...detectors.near_duplicates.learn import TRAIT as REPEATS
from ...detectors.outliers.learn import TRAIT as OUTLIERS
from ...detectors.values.learn import TRAIT as VALUES
from ...detectors.values.learn_duplicates import TRAIT as DUPLICATES
from ...registry import table_of
from ..natural_variation import TRAIT as NATURAL_VARIATION
from ..seasons import TRAIT as SEASONS
from ._base import Trait

TRAITS = table_of(Trait, vars())
