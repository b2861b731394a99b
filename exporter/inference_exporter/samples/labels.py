"""The model of a record, and other short texts that become labels."""

from ..values.faults import Fault, shown
from .batch import ModelKey

VARIANTS = ("champion", "challenger", "shadow")
LABEL_LENGTH_AT_MOST = 128


def key_of_parts(model: object, version: object, variant: object) -> ModelKey:
    """Return the model key of a record.

    Raises
    ------
    Fault
        If a part is not text or is too long, or the variant is unknown.
    """
    if variant not in (None, "", *VARIANTS):
        raise Fault(f"variant: expected one of {', '.join(VARIANTS)}, got {shown(variant)}")
    return ModelKey(label("model", model), label("version", version), str(variant or ""))


def label(name: str, value: object) -> str:
    """Return a label value: text, or an integer as text; empty if missing.

    Raises
    ------
    Fault
        If it has another type or is too long.
    """
    if value is None:
        return ""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or len(text) > LABEL_LENGTH_AT_MOST:
        raise Fault(f"{name}: expected text of at most {LABEL_LENGTH_AT_MOST} characters, got {shown(value)}")
    return text
