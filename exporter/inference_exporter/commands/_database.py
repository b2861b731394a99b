"""``inference-exporter store ACTION postgresql://…``: the evaluation store of a fleet."""

import argparse
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ..config.evaluation import EvaluationConfig
from ..config.rules import FieldFault
from ..errors import StoreFault
from ..evaluation.backends import BACKENDS
from ..evaluation.backends._base import Inspection, Place
from ._export import export_predictions


def is_url(text: str) -> bool:
    """Return whether a text is that of a database, and not a folder."""
    return "://" in text


def run(action: str, url: str, options: argparse.Namespace) -> int:
    """Run an action on the database at a URL; returns the exit code.

    Raises
    ------
    StoreFault
        If the URL is wrong, or the database fails.
    """
    try:
        scheme = EvaluationConfig(url=url).scheme
    except FieldFault as error:
        raise StoreFault(str(error)) from error
    kind = BACKENDS[scheme]
    if kind.inspect is None or action not in ACTIONS:
        raise StoreFault(f"store {action}: expected a folder, got a URL")
    with closing(kind.inspect(Place(Path(), url=url))) as inspection:
        try:
            return ACTIONS[action](inspection, options)
        except inspection.faults_of_access as error:
            raise StoreFault(f"the database cannot be read: {error}") from error


def _verify(inspection: Inspection, options: argparse.Namespace) -> int:
    faults = list(inspection.faults())
    print("\n".join(faults) or "every block is whole")
    return int(bool(faults))


def _stats(inspection: Inspection, options: argparse.Namespace) -> int:
    found = inspection.contents()
    print(f"evaluation: {found.predictions} predictions, {found.outcomes} outcomes, {found.bytes} bytes")
    if found.blocks:
        print(f"  {found.blocks} blocks, {_text(found.first)} to {_text(found.last)}")
    return 0


def _export(inspection: Inspection, options: argparse.Namespace) -> int:
    number = export_predictions(inspection, options.format, options.out, options.model)
    print(f"{number} predictions", file=sys.stderr)
    return 0


def _prune(inspection: Inspection, options: argparse.Namespace) -> int:
    inspection.shrink()
    return 0


def _migrate(inspection: Inspection, options: argparse.Namespace) -> int:
    print(f"version {inspection.migrate()}")
    return 0


def _text(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="seconds")


ACTIONS = {"verify": _verify, "stats": _stats, "export": _export, "prune": _prune, "migrate": _migrate}
