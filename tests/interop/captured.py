"""Captured payloads as files of the repository: what a server or its logger sent, and what it must mean."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from calls import Post
from servers._base import Server

GOLDEN = Path(__file__).parents[1] / "payloads" / "golden"
EXPOSITIONS = Path(__file__).parents[1] / "bundle" / "expositions"
BYTES_AT_MOST = 50_000
# What every Python process exposes, whatever it serves, and when a series was created.
OTHERS = re.compile(r"(# (HELP|TYPE) )?((python|process)_|\w+_created\b)")


class TooLarge(Exception):
    """A capture is too large for the repository."""


def write(server: Server, posts: Sequence[Post], samples: Sequence[Mapping[str, Any]], private: Sequence[str]) -> Path:
    """Write a capture, with an ellipsis in place of private texts: paths and names of this machine."""
    document = {
        "server": server.key, "version": server.version, "way": server.way,
        "posts": [_post(each) for each in posts], "samples": list(samples),
    }  # fmt: skip
    text = _on_lines(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"
    for each in private:
        text = text.replace(each, "…")
    if len(text) > BYTES_AT_MOST:
        raise TooLarge(f"the capture has {len(text)} bytes")
    path = GOLDEN / server.format / f"captured-{server.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def write_metrics(server: Server, exposition: str) -> None:
    """Write what a server exposes about its requests."""
    EXPOSITIONS.mkdir(parents=True, exist_ok=True)
    lines = [line for line in exposition.splitlines() if not OTHERS.match(line)]
    (EXPOSITIONS / f"{server.name}.prom").write_text("\n".join(lines) + "\n")


def _post(post: Post) -> dict[str, Any]:
    part: dict[str, Any] = {"headers": dict(post.headers)}
    try:
        return part | {"json": json.loads(post.body)}
    except ValueError:
        pass
    try:
        return part | {"text": post.body.decode()}
    except ValueError:
        return part | {"base64": b64encode(post.body).decode()}


def _on_lines(text: str) -> str:
    """Return JSON with each list of numbers or short texts on one line."""
    return re.sub(r"\[\s+([^\[\]{}]{1,400}?)\s+\]", lambda found: "[" + re.sub(r",\s+", ", ", found[1]) + "]", text)
