"""Metrics of the store: is what arrives written, how large is it, and how long would a restart take."""

from collections.abc import Iterator

from ..store.state import StoreState
from ._base import Family, counter, gauge, labels


def store_families(state: StoreState | None) -> Iterator[Family]:
    """Yield the families of a store; none if nothing is stored."""
    if state is None:
        return
    gauges = (
        ("writable", "1 if the last write to the store succeeded.", int(state.is_writable)),
        ("bytes", "Size of the journal on disk.", state.size),
        ("snapshot_timestamp_seconds", "Time of the last snapshot of this process.", state.snapshot_timestamp),
        ("snapshot_duration_seconds", "Duration of the last snapshot.", state.snapshot_seconds),
        ("restored_entries", "Entries of the journal that the last start replayed.", state.replayed),
        ("restore_duration_seconds", "Duration of the last start's restore.", state.restore_seconds),
        ("torn_bytes", "Bytes of unfinished transactions that a crash left and a start cut off.", state.torn_bytes),
    )
    counters = (
        ("entries_total", "Entries written: requests, looks at windows, learned references.", state.entries),
        ("entries_refused_total", "Entries not written, so that their requests were refused.", state.refused),
        ("entries_unwritten_total", "Entries counted without being written; a crash loses them.", state.unwritten),
        ("write_seconds_total", "Time spent on writing entries.", state.write_seconds),
        ("snapshots_failed_total", "Snapshots that could not be written.", state.snapshot_faults),
    )
    for kind, values in ((gauge, gauges), (counter, counters)):
        for name, help_text, value in values:
            family = kind(f"inference_exporter_store_{name}", help_text)
            family.add("", value)
            yield family
    # A gauge: the oldest entries set aside are deleted when they take too much room.
    family = gauge("inference_exporter_store_entries_set_aside", "Entries kept but not counted, by reason.")
    # The only reason today. The label is there from the start, because adding one later would break queries.
    family.add(labels(reason="worker_died"), state.set_aside)
    yield family
