"""The wire formats, one per file; each line registers one. Imports `samples` and below."""

from ..registry import table_of
from ._base import WireFormat
from .arrow_stream import FORMAT as ARROW_STREAM
from .json_body import FORMAT as JSON_BODY
from .json_lines import FORMAT as JSON_LINES

FORMATS = table_of(WireFormat, vars())
