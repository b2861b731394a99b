#!/usr/bin/env python3
"""Write the dashboards that Grafana reads from their typed sources; with --check only say whether they are current."""

import argparse
import json
import sys
from pathlib import Path

from dashboards_src import DASHBOARDS
from dashboards_src.dashboard import Dashboard

FOLDER = Path(__file__).parent / "dashboards"


def text_of(dashboard: Dashboard) -> str:
    """Return the file of a dashboard."""
    return json.dumps(dashboard.json(), indent=2, ensure_ascii=False) + "\n"


def expected_files(folder: Path) -> dict[Path, str]:
    """Return what each file in the folder has to hold."""
    return {folder / f"{dashboard.uid}.json": text_of(dashboard) for dashboard in DASHBOARDS}


def differences(folder: Path) -> list[str]:
    """Return what is wrong with the files in the folder, in words."""
    expected = expected_files(folder)
    stale = [
        f"{path.name}: differs" for path, text in expected.items() if not path.exists() or path.read_text() != text
    ]
    unknown = [f"{path.name}: has no source" for path in folder.glob("*.json") if path not in expected]
    return stale + unknown


def write(folder: Path) -> None:
    """Write every dashboard."""
    for path, text in expected_files(folder).items():
        path.write_text(text)


def main() -> int:
    """Run the command line; 1 when --check finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a file is not current")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the dashboards are (default: %(default)s)")
    arguments = parser.parse_args()
    if not arguments.check:
        write(arguments.folder)
        return 0
    found = differences(arguments.folder)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
