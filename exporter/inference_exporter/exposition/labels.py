"""Labels of a series, written as the text between the braces."""

from ..samples.batch import ModelKey

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\"", "\0": "\ufffd"})


def labels(**values: str) -> str:
    """Return labels as exposition text without empty values, which Prometheus treats as absent."""
    return ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in values.items() if value != "")


def model_labels(key: ModelKey) -> str:
    """Return the labels that every series about a model carries."""
    return labels(model=key.model, version=key.version, variant=key.variant)


def joined(*parts: str) -> str:
    """Return label texts as one."""
    return ",".join(part for part in parts if part)
