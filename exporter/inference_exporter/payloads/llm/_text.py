"""Numbers of a text that depend on no language."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LOOKED_AT = 16_384  # characters; the rest only counts for the length
# Content nests two or three deep in the APIs; a sender could nest it until Python's stack ends.
DEPTH_AT_MOST = 8
# ASCII digits only, so that counting them does not depend on Python's Unicode tables.
_NOT_DIGITS = re.compile(r"[^0-9]+")
TEXT_NAMES = ("text", "content", "thinking", "refusal", "output", "input_text", "parts")


@dataclass(frozen=True, slots=True)
class Content:
    """Texts, and how many parts are something else, such as images."""

    texts: Sequence[str]
    attachments: int

    @property
    def length(self) -> int:
        """Number of characters."""
        return sum(map(len, self.texts))


def content_of(value: Any) -> Content:
    """Return the texts of a message's content: text, or parts with text, nested in any way that APIs nest them."""
    found = list(_leaves(value, 0))
    texts = [leaf for leaf in found if isinstance(leaf, str)]
    return Content(texts, len(found) - len(texts))


def _leaves(value: Any, depth: int) -> Iterator[str | None]:
    if isinstance(value, str):
        yield value
    elif depth < DEPTH_AT_MOST and isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item, depth + 1)
    elif depth < DEPTH_AT_MOST and isinstance(value, Mapping):
        inner = [value[name] for name in TEXT_NAMES if value.get(name) is not None]
        if inner:
            for item in inner:
                yield from _leaves(item, depth + 1)
        else:
            # A part without any text: an image, a file, a sound.
            yield None


def text_features(prefix: str, texts: Sequence[str]) -> dict[str, float]:
    """Return the length of texts in characters, and the shares of digits, blanks and characters beyond ASCII.

    Shares are of the first `LOOKED_AT` characters; an empty text has none.
    """
    features: dict[str, float] = {f"{prefix}_length": float(sum(map(len, texts)))}
    looked_at = _first(texts)
    if looked_at:
        size = len(looked_at)
        digits = len(_NOT_DIGITS.sub("", looked_at))
        # `split` and `join` run in C: ten times as fast as asking each character.
        blanks = size - len("".join(looked_at.split()))
        beyond = size - len(looked_at.encode("ascii", "ignore"))
        shares = {"digit_ratio": digits, "space_ratio": blanks, "non_ascii_ratio": beyond}
        features |= {f"{prefix}_{name}": count / size for name, count in shares.items()}
    return features


def _first(texts: Sequence[str]) -> str:
    parts, left = [], LOOKED_AT
    for text in texts:
        if left <= 0:
            break
        parts.append(text[:left])
        left -= len(text)
    return "".join(parts)
