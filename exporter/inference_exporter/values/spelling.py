"""The canonical spelling of a text: composed, without surrounding blanks or NUL; dates in one form, in UTC."""

import re
import unicodedata
from datetime import UTC, datetime

_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?\s?(?:[Zz]|UTC|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
_DATE_LENGTH = len("2024-01-01")
REPLACEMENT = "\ufffd"  # as of every text that comes as JSON


def cleaned(text: str) -> str:
    """Return a text without NUL and lone surrogates, as all text that comes as JSON."""
    if text.isprintable():
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", REPLACEMENT)


def one_spelling(text: str) -> str:
    """Return the canonical spelling of a text, which is usually the text itself."""
    text = text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\0" in text:
        text = text.replace("\0", REPLACEMENT)
    return _moment(text) if may_be_a_moment(text) and _MOMENT.fullmatch(text) else text


def may_be_a_moment(text: str) -> bool:
    """Return quickly whether a text may be a date and time, which has many spellings."""
    return text[4:5] == "-"


def is_respelled(text: str) -> bool:
    """Return quickly whether a text other than a date may have another spelling; rarely true."""
    return text != text.strip() or "\0" in text or not (text.isascii() or unicodedata.is_normalized("NFC", text))


def _moment(text: str) -> str:
    """Return a date and time as ISO text in UTC, which is also assumed without a zone."""
    try:
        moment = datetime.fromisoformat(text.upper().replace("UTC", "Z").replace(" Z", "Z"))
    except ValueError:
        return text
    if moment.tzinfo:
        try:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        except OverflowError:  # in the year 1 or 9999
            return text
    written = moment.isoformat()
    return (
        written[:_DATE_LENGTH] if written.endswith("T00:00:00") else written.rstrip("0") if "." in written else written
    )
