"""Settings of the evaluation store: every prediction with an id, in `storage.path`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from .rules import Duration, FieldFault, Size, require

ALL = "all"


def parse_names(text: str) -> tuple[str, ...]:
    """Return which features are stored: ``all`` or ``none`` (lists of names are read as they are).

    Raises
    ------
    ValueError
        If the text is another one.
    """
    if text not in (ALL, "none"):
        raise ValueError(f"expected all, none or a list of names, got {text!r}")
    # A tuple in either case, so that the field has one type; no feature can be called "all" by accident of a list.
    return (ALL,) if text == ALL else ()


@dataclass(frozen=True)
class EvaluationConfig:
    """How long predictions wait on disk for their outcome, and what is stored of them.

    Raw values are stored only if `features` names them.
    """

    enabled: bool = True
    url: str = ""
    password_file: Path | None = None
    features: Annotated[tuple[str, ...], parse_names] = ()
    retention: Duration = 90 * 86400.0
    max_size: Size = 4 * 1024**3

    def __post_init__(self) -> None:
        _require_url(self.url)
        require(self.password_file is None or self.url != "", "password_file", "url beside it", str(self.password_file))
        require(self.retention >= 60, "retention", "a duration of at least 1m", self.retention)
        # Some blocks have to fit, or the oldest would be deleted as soon as it is written.
        least = 16 * 1024**2
        require(self.max_size >= least, "max_size", f"at least {least} bytes", self.max_size)

    @property
    def scheme(self) -> str:
        """The kind of database: that of the URL, empty for a file in `storage.path`."""
        return urlsplit(self.url).scheme

    def stores(self, feature: str) -> bool:
        """Return whether the values of a feature are stored."""
        return self.features == (ALL,) or feature in self.features


def _require_url(url: str) -> None:
    if not url:
        return
    expected = "postgresql://USER@HOST[:PORT]/DATABASE without a password (see password_file)"
    try:
        parts = urlsplit(url)
        is_plain = parts.password is None and "password" not in parts.query.lower()
    except ValueError:
        is_plain = False
    if not is_plain:
        raise FieldFault("url", f"expected {expected}, got another text")  # which may hold a secret
    require(parts.scheme == "postgresql", "url", expected, url)
