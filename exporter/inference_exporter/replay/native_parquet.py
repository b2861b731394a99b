"""Native samples in Parquet: a struct column ``features`` means that rows are samples as the sidecar accepts them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..decode._arrow_columns import record_columns
from ..errors import TableError
from ..samples.columns import aligned, as_records
from ..values.faults import Fault

ROWS_AT_ONCE = 4096


def holds_samples(schema: Any) -> bool:
    """Return whether rows of an Arrow schema are native samples."""
    from pyarrow import types  # an optional extra that the caller has

    return "features" in schema.names and types.is_struct(schema.field("features").type)


def native_rows(file: Any, path: Path) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file as samples, as in NDJSON.

    Raises
    ------
    TableError
        If two columns are indistinguishable.
    """
    try:
        return [row for batch in file.iter_batches(ROWS_AT_ONCE) for row in _rows(batch)]
    except Fault as fault:
        raise TableError(f"{path}: {fault}") from fault


def _rows(batch: Any) -> Iterator[dict[str, Any]]:
    import pyarrow  # an optional extra that the caller has

    fields, size = aligned(record_columns(pyarrow, batch))
    for row in as_records(fields, size):
        yield {name: value for name, value in row.items() if value is not None}
