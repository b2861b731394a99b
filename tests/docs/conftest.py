"""Parses the Markdown that the documentation tests need: headings, tables and fenced blocks."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
HEADING = re.compile(r"^(#{1,6}) (.+)$")
CELL_BORDER = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Fence:
    """A fenced block with its heading and language."""

    heading: str
    language: str
    text: str


class Document:
    """One Markdown file."""

    def __init__(self, path):
        self.path = path
        self._prose, self.fences, self.headings = [], [], []
        lines = iter(path.read_text(encoding="utf-8").splitlines())
        for line in lines:
            if line.startswith("```"):
                heading = self.headings[-1] if self.headings else ""
                block = "\n".join(iter(lambda: next(lines), "```"))
                self.fences.append(Fence(heading, line.removeprefix("```").strip(), block))
                continue
            if match := HEADING.match(line):
                self.headings.append(match[2])
            self._prose.append(line)

    @cached_property
    def prose(self):
        """Everything outside fenced blocks."""
        return "\n".join(self._prose)

    def rows(self, first_column):
        """Return (heading, row) of each table whose first column has a name; a row maps column to text."""
        found, heading, columns = [], "", None
        for line in self._prose:
            if match := HEADING.match(line):
                heading = match[2]
            if not line.startswith("|"):
                columns = None
                continue
            cells = [cell.strip().replace("\\|", "|") for cell in CELL_BORDER.split(line)[1:-1]]
            if columns is None:
                columns = cells
            elif columns[0] == first_column and not set(cells[0]) <= set("-: "):
                found.append((heading, dict(zip(columns, cells, strict=True))))
        return found

    def section(self, heading):
        """Return the text outside fenced blocks from a heading to the next one."""
        start = next(i for i, line in enumerate(self._prose) if line.lstrip("# ") == heading and line.startswith("#"))
        rest = self._prose[start + 1 :]
        end = next((i for i, line in enumerate(rest) if line.startswith("#")), len(rest))
        return "\n".join(rest[:end])

    @cached_property
    def anchors(self):
        """The anchors that GitHub gives the headings."""
        seen, anchors = {}, set()
        for heading in self.headings:
            text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            seen[slug] = seen.get(slug, -1) + 1
            anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        return anchors


@pytest.fixture(scope="session")
def document():
    """Return a function from a path inside the repository to its Document."""
    return lambda path: Document(REPOSITORY / path)


@pytest.fixture(scope="session")
def repository():
    """Return the root of the repository."""
    return REPOSITORY
