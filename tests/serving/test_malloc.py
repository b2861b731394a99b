"""Settings of the C library's allocator."""

import subprocess
import sys

import pytest

PROGRAM = """
import psutil
from inference_exporter.serving.malloc import keep_freed, use_few_arenas
use_few_arenas()
keep_freed({kept})
process = psutil.Process()
process.memory_info()
body = bytearray(b"x") * 20_000_000
before = process.memory_info().rss
del body
print(before - process.memory_info().rss)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_freed_memory_is_kept_up_to_the_size():
    """A body of 20 MB goes back to the system where 1 MB may stay, and stays where 64 MB may."""
    little, much = (
        int(subprocess.run([sys.executable, "-c", PROGRAM.format(kept=kept)], stdout=-1, check=True).stdout)
        for kept in (2**20, 2**26)
    )
    assert little > 15e6
    assert much < 5e6
