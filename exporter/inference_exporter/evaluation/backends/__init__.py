"""Where the evaluation store keeps blocks, one file each. Imports `store` and below."""

from ...registry import table_of
from ._base import BackendKind
from .postgres.kind import BACKEND as POSTGRES
from .sqlite import BACKEND as SQLITE

BACKENDS = table_of(BackendKind, vars())
