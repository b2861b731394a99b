"""Which model a record speaks of, and other short texts that become labels."""

from ..values.faults import Fault, shown
from .batch import ModelKey

VARIANTS = ("champion", "challenger", "shadow")
LABEL_LENGTH_AT_MOST = 128


def key_of_parts(model: object, version: object, variant: object) -> ModelKey:
    """Return the key that a record names.

    Raises
    ------
    Fault
        If a part is no text of a label's length, or the variant is unknown.
    """
    if variant not in (None, "", *VARIANTS):
        raise Fault(f"variant: expected one of {', '.join(VARIANTS)}, got {shown(variant)}")
    return ModelKey(label("model", model), label("version", version), str(variant or ""))


def label(name: str, value: object) -> str:
    """Return a value that becomes a label: text, or a whole number as text; empty where missing.

    Raises
    ------
    Fault
        If it is anything else, or longer than a label may be.
    """
    if value is None:
        return ""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or len(text) > LABEL_LENGTH_AT_MOST:
        raise Fault(f"{name}: expected text of at most {LABEL_LENGTH_AT_MOST} characters, got {shown(value)}")
    return text
