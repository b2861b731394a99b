"""Documents around payloads, one per file; each line registers one."""

from ...registry import table_of
from ._base import Envelope
from .cloudevent import ENVELOPE as CLOUDEVENT
from .modelmesh import ENVELOPE as MODELMESH

ENVELOPES = table_of(Envelope, vars())
