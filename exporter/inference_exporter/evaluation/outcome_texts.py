"""Outcomes as JSON, so that databases can compare them."""

import json
import math
from typing import Any

import numpy as np

EXACT = 2**53


def written(value: Any) -> bytes:
    """Return an outcome as JSON; equal numbers have equal texts."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, float) and math.isfinite(plain) and plain == int(plain) and abs(plain) < EXACT:
        plain = int(plain)
    return json.dumps(plain, default=str).encode()


def read(content: bytes | str) -> Any:
    """Return the outcome in a JSON text."""
    return json.loads(content)
