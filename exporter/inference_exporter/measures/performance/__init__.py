"""The measures of realised performance; each line registers one. Imports `measures` and below."""

from ...registry import table_of
from ._base import (
    ClassificationMeasure,
    ClassificationTotals,
    ClassScores,
    ErrorDetail,
    Estimate,
    LabelledMeasure,
    Levels,
    RegressionMeasure,
    RegressionTotals,
)
from ._intervals import UNKNOWN, Interval, Z, of_positive_mean, wilson
from .absolute_error_quantile import MEASURE as ABSOLUTE_ERROR_QUANTILE
from .accuracy import MEASURE as ACCURACY
from .adjusted_r2 import MEASURE as ADJUSTED_R2
from .average_precision import MEASURE as AVERAGE_PRECISION
from .balanced_accuracy import MEASURE as BALANCED_ACCURACY
from .bias import MEASURE as BIAS
from .brier_score import MEASURE as BRIER_SCORE
from .calibration_curve_ratio import MEASURE as CALIBRATION_CURVE_RATIO
from .calibration_curve_score import MEASURE as CALIBRATION_CURVE_SCORE
from .calibration_error import MEASURE as CALIBRATION_ERROR
from .error_quantile import MEASURE as ERROR_QUANTILE
from .f1 import MEASURE as F1
from .log_loss import MEASURE as LOG_LOSS
from .matthews_correlation import MEASURE as MATTHEWS_CORRELATION
from .mean_absolute_error import MEASURE as MEAN_ABSOLUTE_ERROR
from .mean_absolute_percentage_error import MEASURE as MEAN_ABSOLUTE_PERCENTAGE_ERROR
from .non_probability_score import MEASURE as NON_PROBABILITY_SCORE
from .pinball_loss import MEASURE as PINBALL_LOSS
from .precision import MEASURE as PRECISION
from .r2 import MEASURE as R2
from .recall import MEASURE as RECALL
from .roc_auc import MEASURE as ROC_AUC
from .root_mean_squared_error import MEASURE as ROOT_MEAN_SQUARED_ERROR
from .specificity import MEASURE as SPECIFICITY
from .top_k_accuracy import MEASURE as TOP_K_ACCURACY

__all__ = [
    "CLASSIFICATION_MEASURES",
    "ClassScores",
    "ClassificationTotals",
    "ErrorDetail",
    "Estimate",
    "Interval",
    "LABELLED_MEASURES",
    "LabelledMeasure",
    "Levels",
    "REGRESSION_MEASURES",
    "RegressionTotals",
    "UNKNOWN",
    "Z",
    "of_positive_mean",
    "wilson",
]

CLASSIFICATION_MEASURES = table_of(ClassificationMeasure, vars())
REGRESSION_MEASURES = table_of(RegressionMeasure, vars())
LABELLED_MEASURES = table_of(LabelledMeasure, vars())
