"""The token that senders of events have to know, if one is configured."""

import hmac
from hashlib import sha256
from pathlib import Path

from ..errors import ConfigError
from ..files import read_bytes

# A larger file is not a token but a wrong path.
LARGEST_FILE = 4096
BEARER = "bearer "


class Token:
    """A secret; only its digest is kept. Without one, everybody may send."""

    def __init__(self, secret: str = "") -> None:
        self._digest = _digest(secret) if secret else None

    @property
    def required(self) -> bool:
        """Whether a token has to be given."""
        return self._digest is not None

    def accepts(self, given: str) -> bool:
        """Tell whether a text is the token, in a time that does not depend on either."""
        return self._digest is None or hmac.compare_digest(_digest(given), self._digest)

    def accepts_header(self, authorization: str) -> bool:
        """Tell whether an ``Authorization`` header carries the token: ``Bearer TOKEN``, in UTF-8.

        WSGI hands over the bytes of a header as Latin-1.
        """
        authorization = authorization.encode("latin-1", "replace").decode("utf-8", "replace")
        bears = authorization[: len(BEARER)].lower() == BEARER
        return self.accepts(authorization[len(BEARER) :].strip() if bears else "")


def token_in(path: Path | None) -> Token:
    """Return the token in a file.

    Raises
    ------
    ConfigError
        If the file cannot be read or holds no token: nobody may think that events are protected when they are not.
    """
    if path is None:
        return Token()
    try:
        secret = read_bytes(path, LARGEST_FILE).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"web.events_token_file: {path}: cannot be read: {error}") from error
    if not secret:
        raise ConfigError(f"web.events_token_file: {path}: expected a token, got an empty file")
    return Token(secret)


def _digest(text: str) -> bytes:
    # Digests have one length, so comparing them does not reveal that of the secret.
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
