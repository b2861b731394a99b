"""Numbers as people format them (1,234 or 3,5 or 12% or $5): texts that look like numbers, but are not read as such."""

import re
from collections.abc import Iterable
from itertools import islice

from .missing import is_missing_number

LOOKED_AT = 1000
NEARLY_ALL = 0.9
CURRENCIES = "$€£¥₹₽₩₺₴₦₫₱₪฿"
_CODES = r"(?:USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|CZK|BRL|kr|zł)"
_SIGN = r"[-+\u2212]?"
_DIGITS = r"(?:\d+(?:[.,]\d+)?|\d{1,3}(?:[,.'\u2019\s_]\d{3})+(?:[.,]\d+)?)"
_MONEY = rf"(?:[{CURRENCIES}]|{_CODES})"
# By what is said of them: what one value has at least, and what nearly all are. The first form that fits is theirs.
_FORMS = {
    "with thousands separators (1,234)": (r"\d,\d{3}", rf"{_SIGN}(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,3}})(?:\.\d+)?"),
    "with thousands separators (1 234)": (
        r"\d[\s\u2019']\d", rf"{_SIGN}(?:\d{{1,3}}(?:[\s\u2019']\d{{3}})+|\d{{1,3}})(?:[.,]\d+)?"
    ),
    "with decimal commas (3,5)": (r"\d,\d", rf"{_SIGN}(?:\d+|\d{{1,3}}(?:\.\d{{3}})+)(?:,\d+)?"),
    "in percent (12%)": (r"%", rf"{_SIGN}{_DIGITS}(?:\s?%)?"),
    "with a currency ($5)": (_MONEY, rf"{_SIGN}{_MONEY}?\s?{_SIGN}{_DIGITS}\s?{_MONEY}?"),
    "in brackets where negative ((5))": (r"\(", rf"\({_MONEY}?{_DIGITS}\)|{_SIGN}{_MONEY}?{_DIGITS}"),
}  # fmt: skip
_PATTERNS = {said: (re.compile(mark), re.compile(form)) for said, (mark, form) in _FORMS.items()}


def formatted_numbers(values: Iterable[object]) -> str:
    """Return how nearly all of some values are numbers in another format than a program's; empty where they are not.

    Plain numbers may be among them, but codes such as 01234 and versions such as 1.2.3 are not formatted numbers.
    """
    texts = [value.strip() for value in islice(values, LOOKED_AT) if isinstance(value, str)]
    texts = [text for text in texts if not is_missing_number(text)]
    enough = NEARLY_ALL * len(texts)
    for said, (mark, form) in _PATTERNS.items():
        if any(map(mark.search, texts)) and sum(map(bool, map(form.fullmatch, texts))) >= enough:
            return said
    return ""
