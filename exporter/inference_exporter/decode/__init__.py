"""The wire formats, one per file; each line registers one. Imports `samples` and below."""

from ..registry import table_of
from ._base import WireFormat
from .arrow_stream import FORMAT as ARROW_STREAM
from .binary_tensors import FORMAT as BINARY_TENSORS
from .csv_body import FORMAT as CSV_BODY
from .infer_protobuf import FORMAT as INFER_PROTOBUF
from .json_body import FORMAT as JSON_BODY
from .json_lines import FORMAT as JSON_LINES
from .otlp_protobuf import FORMAT as OTLP_PROTOBUF
from .parquet import FORMAT as PARQUET
from .registry_framing import FORMAT as REGISTRY_FRAMING
from .torchserve_log import FORMAT as TORCHSERVE_LOG

FORMATS = table_of(WireFormat, vars())
