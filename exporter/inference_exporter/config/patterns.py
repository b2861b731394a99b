"""Regular expressions that people configure: RE2's, which match in time that grows with the text and no faster."""

import re2


class PatternFault(ValueError):
    """A text is not a regular expression that RE2 knows."""


class Pattern:
    """A compiled pattern.

    Raises
    ------
    PatternFault
        If it is not a regular expression, or one that only backtracking could match.
    """

    def __init__(self, text: str) -> None:
        options = re2.Options()
        options.log_errors = False  # it would write them to standard error
        try:
            self._pattern = re2.compile(text, options)
        except re2.error as error:
            (reason,) = error.args
            raise PatternFault(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)) from error
        except UnicodeEncodeError as error:
            raise PatternFault("half a character") from error

    def matches(self, text: str) -> bool:
        """Tell whether a whole text matches."""
        return self._pattern.fullmatch(text.encode(errors="replace")) is not None

    def is_found_in(self, text: str) -> bool:
        """Tell whether a part of a text matches."""
        return self._pattern.search(text.encode(errors="replace")) is not None
