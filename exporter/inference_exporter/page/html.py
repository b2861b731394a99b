"""HTML: templates, and the security headers of the page."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..explain import formatting as wording
from ..explain.sentence import range_of
from . import text

# The page follows a demo or an incident, but asks less often than a scrape costs.
REFRESH_SECONDS = 5
_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
_SCRIPT = (_TEMPLATES / "refresh.js").read_text(encoding="utf-8")

FILTERS: tuple[Callable[..., str], ...] = (
    wording.count, wording.counted, wording.number, text.measured, text.effect, wording.share, text.points,
    text.duration, text.rate, text.size, text.pvalue, text.decisive, wording.moment, text.machine_time, text.ago,
    wording.name, wording.bucket, text.title, wording.clipped, text.anchor,
)  # fmt: skip


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,  # whatever the file's name: model and feature names are untrusted
        # A misspelt name fails a test instead of leaving a hole in the page.
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Templates are part of the package: looking at the disk for each request would find nothing new.
        auto_reload=False,
    )
    for function in FILTERS:
        environment.filters[f"as_{function.__name__}"] = function
    environment.filters["as_range"] = range_of
    # Trusted: both files are part of the package.
    environment.globals.update(style=Markup(_STYLE), script=Markup(_SCRIPT), refresh_seconds=REFRESH_SECONDS)  # noqa: S704
    return environment


def _source(content: str) -> str:
    """Return the CSP source expression that allows exactly this style or script."""
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "; ".join(
        (
            # Everything is forbidden that is not listed: names of features come from senders.
            "default-src 'none'",
            # By hash: an injected style or script would not match it.
            f"style-src {_source(_STYLE)}",
            f"script-src {_source(_SCRIPT)}",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "Cache-Control": "no-store",
    # Under "no-referrer" the form would be posted with "Origin: null", as if from elsewhere.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_ENVIRONMENT = _environment()


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """Return a page."""
    return _ENVIRONMENT.get_template(template).render(context).encode()
