"""What the C library does with memory that is freed; only glibc asks."""

import ctypes

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
LARGEST_ON_HEAP = 32 * 1024**2


def keep_freed(size: int) -> None:
    """Keep so many bytes that were freed for the next body: to get them from the system again would cost more
    than to read the body, most of all on a virtual machine.
    """
    _set(_MMAP_THRESHOLD, LARGEST_ON_HEAP)
    _set(_TRIM_THRESHOLD, size)


def use_few_arenas() -> None:
    """Let the threads share the memory that they free: an arena each would keep some 10 MB more of decoded bodies."""
    _set(_ARENA_MAX, 2)


def _set(parameter: int, value: int) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(parameter, value)
