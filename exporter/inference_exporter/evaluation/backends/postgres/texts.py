"""Texts as PostgreSQL keeps them: ASCII, since its texts can hold neither a NUL nor a lone surrogate."""

import json

from ....samples.batch import ModelKey


def escaped(text: str) -> str:
    """Return a text with everything but plain ASCII escaped as in JSON."""
    return json.dumps(text)[1:-1]


def unescaped(text: str) -> str:
    """Return the text that was escaped."""
    plain: str = json.loads(f'"{text}"')
    return plain


def columns_of(key: ModelKey) -> tuple[str, str, str]:
    """Return the key of a model as columns."""
    return escaped(key.model), escaped(key.version), escaped(key.variant)


def key_of(model: str, version: str, variant: str) -> ModelKey:
    """Return the key that some columns hold."""
    return ModelKey(unescaped(model), unescaped(version), unescaped(variant))
