"""The compiled part of the client, which takes most samples in less than a microsecond; without it Python does."""

from typing import TYPE_CHECKING

__all__ = ["Caller", "Gate", "is_compiled"]

if TYPE_CHECKING:
    from ._observe import Caller, Gate
else:
    try:
        from ._observe import Caller, Gate
    except ImportError:  # installed without a C compiler

        class Caller:
            """What calls of Monitor.observe meet first: nothing."""

            __slots__ = ()

        Gate = None


def is_compiled() -> bool:
    """Return whether this installation has the compiled part."""
    return Gate is not None
