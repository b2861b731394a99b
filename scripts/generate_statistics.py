#!/usr/bin/env python3
"""Measure the claims of docs/statistics.md, and write its tables and figures.

``python scripts/generate_statistics.py`` measures everything (some ten minutes on one core), ``--quick`` with
fewer repeats (a minute: for a preview, do not commit it), ``--section NAME`` one section only. Each section has
its own seed, so results do not depend on which sections run. Edit the prose in the page itself: only the text between
``<!-- measured: NAME -->`` and ``<!-- end -->`` is replaced.

Sections that need the public data sets, or the result of ``tests/benchmarks/false_alarms.py --json FILE``, are left
unchanged without them.
"""

import argparse
import sys
import time
from pathlib import Path

from statistics_src import SECTIONS
from statistics_src.effort import Effort
from statistics_src.page import with_blocks

REPOSITORY = Path(__file__).parents[1]
DATA = REPOSITORY.parent / "shared" / "data"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--section", action="append", choices=sorted(SECTIONS), help="only this one (repeatable)")
    parser.add_argument("--page", type=Path, default=REPOSITORY / "docs" / "statistics.md")
    parser.add_argument("--data", type=Path, default=DATA, help="where the public data sets are (default: %(default)s)")
    parser.add_argument("--false-alarms", type=Path, help="result of the false-alarm benchmark")
    arguments = parser.parse_args()
    effort = Effort(arguments.quick, arguments.data, arguments.false_alarms)
    for name in arguments.section or SECTIONS:
        started = time.process_time()
        measured = SECTIONS[name](effort)
        text = arguments.page.read_text(encoding="utf-8")
        arguments.page.write_text(with_blocks(text, measured.blocks), encoding="utf-8")
        for file, figure in measured.figures.items():
            (arguments.page.parent / file).write_text(figure, encoding="utf-8")
        print(f"{name}: {time.process_time() - started:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
