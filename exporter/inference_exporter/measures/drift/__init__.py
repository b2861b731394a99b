"""The drift measures; each line registers one. Imports `measures` and below."""

from ...registry import table_of
from ._base import PRIOR_COUNT, Columns, Comparison, Cumulative, Cuts, DriftMeasure, log_ratio, smoothed_shares
from .chi_squared import MEASURE as CHI_SQUARED
from .cramers_v import MEASURE as CRAMERS_V
from .hellinger import MEASURE as HELLINGER
from .jensen_shannon import MEASURE as JENSEN_SHANNON
from .kolmogorov_smirnov import KS_PVALUE, KS_STATISTIC
from .kullback_leibler import MEASURE as KULLBACK_LEIBLER
from .l_infinity import MEASURE as L_INFINITY
from .mean_shift import MEASURE as MEAN_SHIFT
from .missing_share import MEASURE as MISSING_SHARE
from .population_stability import PSI, PSI_DEBIASED, PSI_PVALUE
from .total_variation import MEASURE as TOTAL_VARIATION
from .unseen_share import MEASURE as UNSEEN_SHARE
from .variance_ratio import MEASURE as VARIANCE_RATIO
from .wasserstein import MEASURE as WASSERSTEIN

__all__ = ["Columns", "Comparison", "Cumulative", "Cuts", "MEASURES", "PRIOR_COUNT", "log_ratio", "smoothed_shares"]

MEASURES = table_of(DriftMeasure, vars())
