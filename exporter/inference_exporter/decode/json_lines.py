"""NDJSON: one JSON object per line."""

from ._base import WireFormat
from ._lines import read_lines

FORMAT = WireFormat(
    key="ndjson",
    content_types=(
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/jsonlines",
    ),
    read=read_lines,
    reasons=("not_json",),
)
