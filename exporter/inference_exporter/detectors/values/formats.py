"""The format of a text column: the narrowest of a few patterns that nearly all values match."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

LEAST_VALUES = 50
SHARE = 0.995
TEXTS_LEARNED_FROM = 5000  # texts used to learn a format
LONGEST_CODE = 64

# From narrow to wide: the first match counts.
NAMED_FORMATS = {
    "uuid": r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
    "email": r"[^@\s]+@[^@\s]+\.[^@\s.]+",
    "url": r"[a-z][a-z0-9+.-]*://\S+",
    "ip_address": r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
    "timestamp": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?",
    "date": r"\d{4}-\d\d-\d\d",
    "day_first_date": r"\d{1,2}[./]\d{1,2}[./]\d{4}",
    "month": r"\d{4}-\d\d",
    "time": r"\d\d:\d\d(:\d\d(\.\d+)?)?",
}
# One width each, if all texts have it; otherwise any.
CODES = {"digits": r"[0-9]", "capitals": r"[A-Z]", "code": r"[A-Z0-9]", "hexadecimal": r"[0-9a-f]"}
WIDE = {"number": r"[+-]?\d+(\.\d+)?", "word": r"[^\W\d_]+", "identifier": r"[\w.:-]+"}


@dataclass(frozen=True)
class Format:
    """A format: its name, and the pattern that whole values match."""

    name: str
    pattern: str

    def matcher(self) -> Callable[[str], object]:
        """Return a function that returns None for texts of another format."""
        return re.compile(self.pattern).fullmatch


def learned_format(texts: Sequence[str]) -> Format | None:
    """Return the narrowest format that nearly all texts have; None for few texts, or texts without a format."""
    if len(texts) < LEAST_VALUES:
        return None
    shown = texts[:: 1 + len(texts) // TEXTS_LEARNED_FROM]
    candidates = [Format(name, pattern) for name, pattern in NAMED_FORMATS.items()]
    width = sorted(map(len, shown))[len(shown) // 2]
    if 0 < width <= LONGEST_CODE:
        candidates += [Format(f"{name}_{width}", f"{pattern}{{{width}}}") for name, pattern in CODES.items()]
    candidates += [Format(name, f"{pattern}+") for name, pattern in CODES.items()]
    candidates += [Format(name, pattern) for name, pattern in WIDE.items()]
    return next((each for each in candidates if _fits(each, shown)), None)


def _fits(form: Format, texts: Sequence[str]) -> bool:
    matches = form.matcher()
    return sum(matches(text) is not None for text in texts) >= SHARE * len(texts)
