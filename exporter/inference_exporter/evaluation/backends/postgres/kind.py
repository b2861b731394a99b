"""How the backend is made: the driver is imported only if a URL asks for it."""

from ....errors import ConfigError
from ...retention import Limits
from .._base import Backend, BackendKind, Place


def _make(place: Place, limits: Limits) -> Backend:
    try:
        # An optional extra: a start without a URL needs neither the driver nor libpq.
        from .backend import PostgresBackend
    except ImportError as error:
        hint = "pip install 'inference-exporter[postgres]'"
        raise ConfigError(f"evaluation.url: needs the extra postgres ({hint}): {error}") from error
    return PostgresBackend(place, limits)


BACKEND = BackendKind("postgresql", _make)
