"""Which records are plain: samples that no rule can reject, told in a few microseconds without making columns."""

from typing import Any, NamedTuple

from ..samples.batch import ModelKey
from ..samples.fields import ID_LENGTH_AT_MOST, KEY_FIELDS
from ..samples.labels import LABEL_LENGTH_AT_MOST
from ..samples.objects import NAME_LENGTH_AT_MOST
from ..values.faults import Fault
from ..values.times import parsed_time

FIELDS = frozenset(
    ("id", "time", "features", "prediction", "scores", "latency_seconds", "code", "trace_id", "tags", *KEY_FIELDS)
)
VALUES: frozenset[type] = frozenset({int, float, str, bool, type(None)})
SCALARS = VALUES - {type(None)}
NUMBERS: frozenset[type] = frozenset({int, float})
TEXTS: frozenset[type] = frozenset({str})
# Unix seconds from 2000 to 2032, where dates in digits such as 2032100100 begin.
EARLIEST, LATEST = 946_684_800, 1_980_010_099
LONGEST_SECONDS = 1e9
TEXT_LENGTH_AT_MOST = 128
VALUE_BYTES = 300
"""Upper bound of what CPython needs for a name and a plain value."""
VARIANTS_PLAIN = frozenset((None, "champion", "challenger", "shadow"))


class Likeness(NamedTuple):
    """What records have in common that become columns together: their model, and the names in them."""

    model: Any
    version: Any
    variant: Any
    fields: tuple[str, ...]
    features: tuple[str, ...]
    scores: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def key(self) -> ModelKey:
        """Their model, as the sender gave it."""
        return ModelKey(self.model or "", self.version or "", self.variant or "")

    @property
    def bytes_at_most(self) -> int:
        """Upper bound of what a record takes."""
        return VALUE_BYTES * (len(self.fields) + len(self.features) + len(self.scores) + len(self.tags) + 2)


def likeness_of(record: Any) -> Likeness | None:
    """Return what a plain record is like; None if it is not plain, and a rule may have something to say about it."""
    if type(record) is not dict or not record.keys() <= FIELDS:
        return None
    features, scores, tags = record.get("features"), record.get("scores", _NOTHING), record.get("tags", _NOTHING)
    if not features or not (_are_named(features, VALUES) and _are_named(scores, NUMBERS) and _are_named(tags, TEXTS)):
        return None
    if not all(map(_is_plain, record.items())):
        return None
    key = record.get("model"), record.get("version"), record.get("variant")
    return Likeness(*key, tuple(record), tuple(features), tuple(scores), tuple(tags))


_NOTHING: dict[str, Any] = {}


def _are_named(values: Any, kinds: frozenset[type]) -> bool:
    """Return whether values by name are of some kinds, and no name or text is long."""
    if type(values) is not dict:
        return False
    found = set(map(type, values.values()))
    if not found <= kinds or max(map(len, values), default=0) > NAME_LENGTH_AT_MOST:
        return False
    return str not in found or max(len(v) for v in values.values() if type(v) is str) <= TEXT_LENGTH_AT_MOST


def _is_plain(field: tuple[str, Any]) -> bool:
    name, value = field
    kind = type(value)
    if name in ("features", "scores", "tags"):
        return True
    if name == "prediction":
        return kind in SCALARS and (kind is not str or len(value) <= TEXT_LENGTH_AT_MOST)
    if name in ("id", "trace_id"):
        return kind is str and len(value) <= ID_LENGTH_AT_MOST  # others are made into texts, or cut
    if name == "time":
        return kind is str and _is_moment(value) if kind not in NUMBERS else EARLIEST <= value <= LATEST
    if name == "latency_seconds":
        return kind in NUMBERS and 0 <= value < LONGEST_SECONDS
    if name == "code":
        return kind is int and 100 <= value <= 599
    if name == "variant":
        return kind is str and value in VARIANTS_PLAIN
    return kind is str and len(value) <= LABEL_LENGTH_AT_MOST


def _is_moment(text: str) -> bool:
    try:
        parsed_time(text)
    except Fault:
        return False
    return True
