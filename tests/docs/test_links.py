"""Links inside the repository lead somewhere, anchors included."""

import re
from urllib.parse import urlsplit

import pytest

LINK = re.compile(r"!?\[(?:[^]\[]|\[[^]]*\])*\]\(([^)\s]+)\)")
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "exporter/ARCHITECTURE.md")


def pages(repository):
    """Return the paths of all pages."""
    return [*PAGES, *(str(path.relative_to(repository)) for path in sorted((repository / "docs").rglob("*.md")))]


@pytest.fixture(scope="module")
def links(document, repository):
    """Every relative link as (page, link, file that it leads to, anchor)."""
    found = []
    for page in pages(repository):
        for link in LINK.findall(document(page).prose):
            parts = urlsplit(link)
            if not parts.scheme:
                target = (repository / page).parent / parts.path if parts.path else repository / page
                found.append((page, link, target.resolve(), parts.fragment))
    assert len(found) > 20
    return found


def test_linked_files_exist(links, repository):
    """Every relative link leads to a file of the repository."""
    broken = [(page, link) for page, link, target, _ in links if not target.exists()]
    assert broken == []
    assert all(target.is_relative_to(repository) for _, _, target, _ in links)


def test_linked_anchors_exist(links, document):
    """Every anchor is that of a heading of the page it leads to."""
    broken = [
        (page, link)
        for page, link, target, anchor in links
        if anchor and target.suffix == ".md" and target.exists() and anchor not in document(target).anchors
    ]
    assert broken == []
