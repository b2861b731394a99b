"""NDJSON: one JSON object per line."""

from functools import partial

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
    read_payloads=partial(read_lines, of_payloads=True),
    reasons=("not_json",),
)
