"""What the store knows about itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreState:
    """The journal and its snapshots at one moment."""

    entries: int
    refused: int
    unwritten: int
    write_seconds: float
    size: int
    is_writable: bool
    torn_bytes: int
    snapshot_timestamp: float
    snapshot_seconds: float
    snapshot_faults: int
    replayed: int
    restore_seconds: float
    set_aside: int
    """Entries that are kept but not counted, because the worker died of them."""
