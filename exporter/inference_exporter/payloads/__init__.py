"""Payloads that model servers and their loggers emit, one format per file. Imports `values` and below."""

from ..registry import table_of
from ._base import PayloadFormat
from .bare import FORMAT as BARE
from .exchange import FORMAT as EXCHANGE
from .kserve import FORMAT as KSERVE
from .modelmesh import FORMAT as MODELMESH
from .sagemaker import FORMAT as SAGEMAKER
from .seldon import FORMAT as SELDON

PAYLOADS = table_of(PayloadFormat, vars())
