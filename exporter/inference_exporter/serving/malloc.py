"""How the C library handles freed memory; glibc only."""

import ctypes

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
# The most that glibc allows (HEAP_MAX_SIZE / 2 on 64 bits); larger buffers are mapped one by one.
LARGEST_ON_HEAP = 32 * 1024**2


def keep_freed(size: int) -> None:
    """Keep this many freed bytes for the next body: getting them from the system again costs more than reading the
    body, above all on a virtual machine.
    """
    _set(_MMAP_THRESHOLD, LARGEST_ON_HEAP)
    _set(_TRIM_THRESHOLD, size)


def use_few_arenas() -> None:
    """Let threads share freed memory: an arena each would hold on to some 10 MB of decoded bodies."""
    _set(_ARENA_MAX, 2)


def _set(parameter: int, value: int) -> None:
    # musl and macOS have no such function, and nothing happens there.
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(parameter, value)
