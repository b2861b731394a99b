"""The golden payloads: a body, its headers beside it if it has any, and what `check payload` says about it."""

from dataclasses import dataclass
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"
BESIDE = (".yml", ".headers")


@dataclass(frozen=True)
class Golden:
    """A golden payload; its folder is the key of its format, or of its envelope."""

    path: Path

    @property
    def folder(self) -> str:
        """The folder's name."""
        return self.path.parent.name

    @property
    def body(self) -> bytes:
        """The bytes of the body."""
        return self.path.read_bytes()

    @property
    def headers(self) -> dict[str, str]:
        """The headers by lower-case name."""
        beside = self.path.with_suffix(".headers")
        lines = beside.read_text().splitlines() if beside.exists() else []
        pairs = (line.partition(":") for line in lines)
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    @property
    def expected(self) -> Path:
        """The file with what the body means."""
        return self.path.with_suffix(".yml")


GOLDENS = [
    Golden(path)
    for path in sorted(GOLDEN.glob("*/*"))
    if path.suffix not in BESIDE and not path.name.startswith("captured-")
]
