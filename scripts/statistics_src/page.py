"""Inserts tables and figures into the page's placeholders."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

BLOCK = re.compile(r"(<!-- measured: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Measured:
    """Results of a section: Markdown by placeholder, SVG by file name."""

    blocks: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)


def with_blocks(text: str, blocks: Mapping[str, str]) -> str:
    """Return the page with its placeholders filled.

    Raises
    ------
    KeyError
        If the page has no placeholder for a block.
    """
    places = {match[2] for match in BLOCK.finditer(text)}
    if unknown := sorted(set(blocks) - places):
        raise KeyError(f"the page has no placeholder for {', '.join(unknown)}")

    def filled(match: re.Match[str]) -> str:
        return f"{match[1]}\n{blocks[match[2]].strip()}\n\n{match[3]}" if match[2] in blocks else match[0]

    return BLOCK.sub(filled, text)


def table(header: Sequence[str], rows: Sequence[Sequence[object]], left: int = 1) -> str:
    """Return a Markdown table; all columns except the first `left` are numbers, aligned right."""
    lines = [header, ["---" if place < left else "---:" for place in range(len(header))], *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def whole(value: float) -> str:
    """Return a whole number with thousands separators."""
    return f"{value:,.0f}"


def digits(value: float, number: int = 2) -> str:
    """Return a number with some significant digits, never in scientific notation."""
    if value == 0 or value != value:
        return "0" if value == 0 else "-"
    text = f"{value:.{number}g}"
    return whole(value) if abs(value) >= 10**number else (f"{float(text):f}".rstrip("0").rstrip(".") or text)


def power_of_ten(value: float) -> str:
    """Return a small number in the notation of prose: ``1.2e-06`` becomes ``1.2·10⁻⁶``."""
    mantissa, exponent = f"{value:.1e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa.removesuffix('.0')}·10{raised}"


def percent(value: float) -> str:
    """Return a probability in percent; 100 and 0 only if exact."""
    shown = round(100 * value)
    if shown == 100 and value < 1:
        return "> 99"
    if shown == 0 and value > 0:
        return "< 1"
    return str(shown)
