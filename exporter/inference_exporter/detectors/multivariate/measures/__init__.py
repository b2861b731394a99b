"""Measures of several features together, one a file; each line below registers one."""

from ....registry import table_of
from ._base import JointMeasure
from .correlation import MEASURE as CORRELATION
from .discrepancy import MEASURE as DISCREPANCY
from .reconstruction import MEASURE as RECONSTRUCTION

JOINT_MEASURES = table_of(JointMeasure, vars())
