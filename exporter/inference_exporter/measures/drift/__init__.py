"""The drift measures, one family a file; each line below registers one."""

from ...registry import table_of
from ._base import DriftMeasure
from .chi_squared import MEASURE as CHI_SQUARED
from .hellinger import MEASURE as HELLINGER
from .jensen_shannon import MEASURE as JENSEN_SHANNON
from .kolmogorov_smirnov import KS_PVALUE, KS_STATISTIC
from .population_stability import PSI, PSI_DEBIASED
from .total_variation import MEASURE as TOTAL_VARIATION
from .wasserstein import MEASURE as WASSERSTEIN

MEASURES = table_of(DriftMeasure, vars())
