"""The ways in besides HTTP; each line registers one."""

from ...registry import table_of
from ._base import Way
from .files.way import WAY as FILES
from .kafka.way import WAY as KAFKA

WAYS = table_of(Way, vars())
