"""Fault: a field that breaks its rule, described for its sender."""


class Fault(ValueError):
    """A field breaks its rule."""


def shown(value: object) -> str:
    """Return a value for an error message: short, without the content of lists and objects."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
