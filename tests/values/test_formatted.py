"""Numbers as people format them are recognised, and told from codes."""

import pytest
from inference_exporter.values.formatted import formatted_numbers


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["1,234", "12,345.60", "999"], "with thousands separators (1,234)"),
        (["3,5", "-0,25", "12"], "with decimal commas (3,5)"),
        (["1.234,50", "999,00"], "with decimal commas (3,5)"),
        (["1 234", "12\u00a0345", "7"], "with thousands separators (1 234)"),
        (["12'345.60", "1'000"], "with thousands separators (1 234)"),
        (["12%", "3.5 %", "100%"], "in percent (12%)"),
        (["$5", "$1,234.50", "-$3"], "with a currency ($5)"),
        (["5 €", "1.234,50 €"], "with a currency ($5)"),
        (["EUR 5", "EUR 12.50"], "with a currency ($5)"),
        (["(5)", "(1,234.5)", "17"], "in brackets where negative ((5))"),
        (["12%", "NA", "", "-", "7%"], "in percent (12%)"),
        ([*["12%"] * 95, "unknown"], "in percent (12%)"),
        (["12", "3.5"], ""),
        (["01234", "00501"], ""),
        (["1.2.3", "1.2.4"], ""),
        (["A", "B"], ""),
        (["2024-01-01"], ""),
        (["12:30", "08:00"], ""),
        (["192.168.0.1"], ""),
        (["+49 30 1234"], ""),
        (["12%", "red"], ""),
        ([None, True, 5], ""),
        ([], ""),
        (["NA"], ""),
    ],
)
def test_formatted_numbers(texts, said):
    """Separators, commas, percent signs, currencies and brackets are named; codes, dates and versions are not."""
    assert formatted_numbers(texts) == said
