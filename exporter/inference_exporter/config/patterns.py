"""Configured regular expressions: RE2, which matches in linear time."""

import re2


class PatternFault(ValueError):
    """A text is not a valid RE2 regular expression."""


class Pattern:
    """A compiled pattern.

    Raises
    ------
    PatternFault
        If it is not a regular expression, or one that needs backtracking.
    """

    def __init__(self, text: str) -> None:
        options = re2.Options()
        options.log_errors = False  # RE2 would write them to standard error
        try:
            self._pattern = re2.compile(text, options)
        except re2.error as error:
            (reason,) = error.args
            raise PatternFault(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)) from error
        except UnicodeEncodeError as error:
            raise PatternFault("a lone surrogate") from error

    def matches(self, text: str) -> bool:
        """Return whether the whole text matches."""
        # UTF-8 bytes: RE2 would encode a str itself, and raise on a lone surrogate, which JSON can hold.
        return self._pattern.fullmatch(text.encode(errors="replace")) is not None

    def is_found_in(self, text: str) -> bool:
        """Return whether any part of a text matches."""
        return self._pattern.search(text.encode(errors="replace")) is not None
