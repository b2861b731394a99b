"""Templates, and the security headers of the page."""

import re
from base64 import b64encode
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest
from inference_exporter.page import html
from inference_exporter.page.html import HEADERS, render
from inference_exporter.page.query import Query

TEMPLATES = Path(html.__file__).parent / "templates"
CSS = (TEMPLATES / "page.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)
TEXT_PAIRS = [
    *product(("ink", "muted"), ("paper", "card", "drifted-paper", "steady-paper", "unknown-paper")),
    ("link", "paper"), ("link", "card"), ("drifted", "card"), ("drifted", "paper"), ("drifted", "drifted-paper"),
]  # fmt: skip
GRAPHIC_PAIRS = [
    ("window", "card"), ("drifted", "card"), ("reference-edge", "card"), ("ink", "card"), ("steady", "steady-paper"),
    ("steady", "card"), ("drifted", "drifted-paper"), ("muted", "unknown-paper"),
]  # fmt: skip


def luminance(colour):
    """Return the relative luminance of WCAG 2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    """Return the contrast ratio of WCAG 2."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
class TestEveryTheme:
    @pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
    def test_text_can_be_read(self, theme, text, ground):
        """Text has the contrast of WCAG AA."""
        assert contrast(theme[text], theme[ground]) >= 4.5

    @pytest.mark.parametrize(("line", "ground"), GRAPHIC_PAIRS)
    def test_pictures_can_be_seen(self, theme, line, ground):
        """Graphics have the contrast of WCAG AA."""
        assert contrast(theme[line], theme[ground]) >= 3


def test_both_themes_have_every_colour():
    """Both themes define the same colours."""
    assert set(LIGHT) == set(DARK)
    assert all(LIGHT[name] != DARK[name] for name in LIGHT)


def shown(text):
    """Return a page that shows an untrusted text."""
    query = Query(model=text)
    board = type("Board", (), {"text": text, "template": "missing.html.j2"})()
    return render("missing.html.j2", {"board": board, "query": query, "exporter": STATUS, "now": 0.0}).decode()


class Anything:
    """A status in which everything is 0."""

    samples = outcomes = configuration = property(lambda self: self)
    rejected_by_reason = dropped_by_reason = property(lambda self: {})
    version = fault = ""
    unknown_payloads = ()
    healthy = last_reload_successful = True
    received = accepted = rejected = dropped = pending = events = loaded_timestamp_seconds = 0


STATUS = Anything()


def test_names_are_escaped():
    """Untrusted text is escaped in every template."""
    assert "<script>alert(1)</script>" not in shown("<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown("<script>alert(1)</script>")


def test_the_policy_lets_in_what_is_on_the_page_and_nothing_else():
    """The policy allows exactly the page's style and script, by hash."""
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    page = shown("x")
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        contents = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        hashes = [f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'" for content in contents]
        assert [policy[directive]] == hashes
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert "http" not in HEADERS["Content-Security-Policy"]


def test_templates_have_no_inline_style_or_handler():
    """The policy would block inline styles and handlers silently."""
    for template in TEMPLATES.glob("*.j2"):
        source = template.read_text(encoding="utf-8")
        assert not re.search(r"\s(style|on\w+)=", source), template.name
        assert "safe" not in re.findall(r"\|\s*(\w+)", source), template.name
