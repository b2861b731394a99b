"""Imports point down the floors of ARCHITECTURE.md, modules are short, and each is tested."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import inference_exporter
import pytest

PACKAGE = Path(inference_exporter.__file__).parent
ROOT = Path(__file__).parent.parent
TOP_AT_MOST = 10
LINES_AT_MOST = 400
IMPORTED = re.compile(
    r"^ *(?:from|import) inference_exporter(?P<source>[.\w]*)(?: import \(?(?P<names>[\w,\s]+))?", re.MULTILINE
)
RUN = re.compile(r'"(?:inference_exporter\.)?((?:commands|demo)\.\w+)"')
ROOM_LINE = re.compile(r"Imports (nothing of ours|`([\w/]+)`(?: and below)?)\.$")


@cache
def floors() -> dict[str, int]:
    """Return the floor of each room, from the table of ARCHITECTURE.md."""
    text = (PACKAGE.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (-?\d+) \| (.+?) \|", text, flags=re.MULTILINE)
    return {room: int(floor) for floor, rooms in rows for room in re.findall(r"`([\w/]+)`", rooms)}


@cache
def modules() -> dict[str, Path]:
    """Return the file of each module, by its dotted name below the package."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "__init__"] = path
    return found


@cache
def room_of(module: str) -> str:
    """Return the room of a module: the longest path of the table that leads to it."""
    path = module.replace(".", "/")
    inside = [room for room in floors() if path == room or path.startswith(f"{room}/")]
    return max(inside, key=len, default=path)


@cache
def imports(module: str) -> frozenset[str]:
    """Return the modules of ours that one imports anywhere, in functions too."""
    path = modules()[module]
    package = list(path.relative_to(PACKAGE).parts[:-1])
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
            source = ".".join(part for part in base if part)
            if PACKAGE.joinpath(*source.split(".")).with_suffix(".pyi").exists():
                continue  # compiled from C, which imports nothing of ours
            for name in node.names:
                inner = f"{source}.{name.name}".lstrip(".")
                found.add(inner if inner in modules() else source or "__init__")
    return frozenset(found - {module})


def members_of(family: str) -> frozenset[str]:
    """Return the members that a family's registration lines name: modules or packages."""
    prefix = f"{family}."
    inside = (name.removeprefix(prefix).split(".")[0] for name in imports(family) if name.startswith(prefix))
    return frozenset(prefix + name for name in inside if not name.startswith("_"))


def families() -> list[str]:
    """Return the packages that hold a table of members."""
    return [name for name, path in modules().items() if path.name == "__init__.py" and "table_of" in path.read_text()]


class TestEveryModule:
    def test_it_stands_on_a_floor(self):
        """Each module belongs to a room of the table."""
        assert [module for module in modules() if room_of(module) not in floors()] == []

    def test_its_imports_point_down(self):
        """A module imports its own room and the floors below, no other room of its own floor."""
        up = [
            f"{module} -> {other}"
            for module in modules()
            for other in imports(module)
            if room_of(other) != room_of(module) and floor_of(other) >= floor_of(module)
        ]
        assert up == []

    def test_it_is_short(self):
        """No file exceeds the maximum length."""
        lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in modules().items()}
        assert {module: length for module, length in lines.items() if length > LINES_AT_MOST} == {}


def floor_of(module: str) -> int:
    """Return the floor of a module."""
    return floors()[room_of(module)]


def runs_first(module: str) -> set[str]:
    """Return the modules that must run before one is imported: its imports, and their packages."""
    inside = {module, *ancestors(module)}
    return {each for other in imports(module) for each in (other, *ancestors(other)) if each not in inside} | (
        imports(module) & inside
    )


def ancestors(module: str) -> list[str]:
    """Return the packages that a module is in."""
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def test_no_module_needs_itself():
    """Imports have no cycle, not even through registration lines, so any module can be imported first."""
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module not in done:
            for other in sorted(runs_first(module)):
                walk(other, (*path, module))
            done.add(module)

    for module in modules():
        walk(module, ())


@pytest.mark.parametrize("family", families())
def test_members_of_a_family_do_not_know_each_other(family):
    """Members of a family share helpers, and nothing else."""
    members = members_of(family)

    def member_of(module: str) -> str | None:
        return next((member for member in members if module == member or module.startswith(f"{member}.")), None)

    known = {
        f"{module} -> {other}"
        for module in modules()
        for other in imports(module)
        if member_of(module) and member_of(other) and member_of(module) != member_of(other)
    }
    assert not known


ALONE = """
import importlib, sys
for name in sys.argv[1:]:
    for known in [known for known in sys.modules if known.split(".")[0] == "inference_exporter"]:
        del sys.modules[known]
    try:
        importlib.import_module(name)
    except ImportError as error:
        if (error.name or "").split(".")[0] == "inference_exporter":
            print(f"{name}: {error}")
"""


@pytest.mark.slow
def test_each_module_can_be_imported_first():
    """Any module can be imported first in a fresh interpreter.

    Checks one module of each package, before which the package itself runs; the graph above covers the others, of which
    each would take a second.
    """
    packages = [name for name, path in modules().items() if path.name == "__init__.py" and not name.startswith("__")]
    first = {max((name for name in modules() if name.startswith(f"{room}.")), default=room) for room in packages}
    names = [f"inference_exporter.{name}" for name in sorted(first)]
    done = subprocess.run([sys.executable, "-c", ALONE, *names], capture_output=True, text=True, timeout=800)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_top_level_is_small():
    """The top level of the package has few modules."""
    assert len(list(PACKAGE.glob("*.py"))) <= TOP_AT_MOST


def test_the_table_names_what_exists():
    """Each room of the table is a module or a package."""
    assert {room for room in floors() if room.replace("/", ".") not in modules()} == set()


def rooms() -> list[str]:
    """Return the rooms that are packages."""
    files = {room: modules().get(room.replace("/", ".")) for room in floors() if not room.startswith("__")}
    return [room for room, path in files.items() if path is not None and path.name == "__init__.py"]


@pytest.mark.parametrize("room", rooms())
def test_a_rooms_first_line_says_what_it_may_import(room):
    """The first line of a room ends with the highest room that it may import, and it imports no higher one."""
    package = room.replace("/", ".")
    first = (ast.get_docstring(ast.parse(modules()[package].read_text(encoding="utf-8"))) or "").split("\n")[0]
    match = ROOM_LINE.search(first)
    assert match, f"{room}: expected a first line that ends with 'Imports `ROOM` and below.', got {first!r}"
    inside = [module for module in modules() if room_of(module) == room]
    others = {room_of(other) for module in inside for other in imports(module)} - {room}
    allowed = -2 if match[2] is None else floors()[match[2]]
    assert {other for other in others if floors()[other] > allowed} == set()
    assert allowed < floors()[room]


@cache
def shared_tests() -> dict[str, list[str]]:
    """Return the tests that stand for modules without a test of their name, from CONTRIBUTING.md.

    A family with its slash stands for its members.
    """
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^ *\| (`[^|]+) \| ([^|]*`tests/[^|]+) \|$", text, flags=re.MULTILINE)
    return {
        name.strip("`").replace("/", "."): re.findall(r"`(tests/[\w/]+\.py)`", tests)
        for names, tests in rows
        for name in names.split(", ")
    }


def named_modules() -> dict[str, list[str]]:
    """Return the modules that CONTRIBUTING.md names, members of families included, and their tests."""
    return {
        module: tests
        for name, tests in shared_tests().items()
        for module in (members_of(name[:-1]) if name.endswith(".") else [name])
        if not name.endswith(".") or not has_its_test(module)
    }


def has_its_test(module: str) -> bool:
    """Return whether a module has a test file of its name."""
    inner = modules()[module].relative_to(PACKAGE)
    return (ROOT / "tests" / inner.with_name(f"test_{inner.name}")).exists()


def test_every_module_is_tested_somewhere():
    """A module has the test of its name, or CONTRIBUTING.md names the tests that stand for it."""
    named = named_modules()
    without = [
        module
        for module, path in modules().items()
        if not (path.name.startswith("_") or has_its_test(module) or module in named)
    ]
    assert without == []


def test_only_families_are_named_by_their_room():
    """A row with a slash covers the members of a family, and no other modules of its room."""
    assert {name[:-1] for name in shared_tests() if name.endswith(".")} <= set(families())


def test_every_named_module_exists():
    """CONTRIBUTING.md names no removed module."""
    assert {name for name in shared_tests() if not name.endswith(".")} - modules().keys() == set()


@cache
def reached_by(test: str) -> set[str]:
    """Return the modules that a test file, or a conftest beside or above it, imports directly or through others."""
    path = ROOT / test
    files = [path, *(folder / "conftest.py" for folder in path.parents if folder != ROOT and ROOT in folder.parents)]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files if file.exists())
    found: set[str] = set()
    new = {name for match in IMPORTED.finditer(text) for name in imported_by(match)}
    while new:
        found |= new
        new = {other for module in new for other in imports(module) | run_by(module)} - found
    return found


def run_by(module: str) -> set[str]:
    """Return the modules that a module runs by their names, as commands or processes."""
    return set(RUN.findall(modules()[module].read_text(encoding="utf-8"))) & modules().keys()


def imported_by(match: re.Match[str]) -> set[str]:
    """Return the modules of an import statement."""
    source = match["source"].removeprefix(".")
    names = re.findall(r"\w+", match["names"] or "")
    return {name for name in (source, *(f"{source}.{name}".lstrip(".") for name in names)) if name in modules()}


def test_the_tests_that_stand_for_others_reach_them():
    """Every test that CONTRIBUTING.md names exists; one of each row imports the module, or runs the whole program."""
    assert [test for tests in shared_tests().values() for test in tests if not (ROOT / test).exists()] == []
    lost = {
        module: tests
        for module, tests in named_modules().items()
        if not any(
            "end_to_end" in (ROOT / test).read_text(encoding="utf-8") or module in reached_by(test) for test in tests
        )
    }
    assert lost == {}
