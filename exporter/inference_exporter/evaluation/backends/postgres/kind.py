"""How the backend is made: the driver is imported only if a URL asks for it."""

from ....errors import ConfigError
from ...retention import Limits
from .._base import Backend, BackendKind, Inspection, Place

EXTRA = "the extra postgres (pip install 'inference-exporter[postgres]')"


def _make(place: Place, limits: Limits) -> Backend:
    try:
        # An optional extra: a start without a URL needs neither the driver nor libpq.
        from .backend import PostgresBackend
    except ImportError as error:
        raise ConfigError(f"evaluation.url: needs {EXTRA}: {error}") from error
    return PostgresBackend(place, limits)


def _inspect(place: Place) -> Inspection:
    try:
        from .inspection import DatabaseInspection  # as above
    except ImportError as error:
        raise ConfigError(f"postgresql: needs {EXTRA}: {error}") from error
    return DatabaseInspection(place)


BACKEND = BackendKind("postgresql", _make, _inspect)
