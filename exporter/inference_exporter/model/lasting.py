"""Arrays that last for days, each in its own memory mapping.

On the heap, among short-lived buffers of bodies, such an array keeps megabytes
of freed memory from being returned to the system.
"""

import mmap
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


def grown(array: NDArray[Scalar], length: int) -> NDArray[Scalar]:
    """Return a copy with this many rows, at least as many as before; the new ones are zero."""
    shape = (length, *array.shape[1:])
    size = int(np.prod(shape))
    # The array holds the mapping, which the kernel takes back whole once the array is garbage.
    pages = mmap.mmap(-1, max(size * array.itemsize, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    copy: NDArray[Scalar] = np.frombuffer(pages, array.dtype, size).reshape(shape)
    copy[: len(array)] = array
    return copy
