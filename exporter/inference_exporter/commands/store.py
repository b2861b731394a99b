"""``inference-exporter store verify|stats|export|prune|discard|migrate``: the state that survives a restart."""

import argparse
import sqlite3
import sys
from base64 import b64encode
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import orjson

from .. import logs
from ..errors import StoreFault
from ..evaluation import database as evaluation
from ..evaluation import index, reading
from ..store.aside import IS_ASIDE, IS_NOT_ASIDE
from ..store.database import VERSION, opened
from ..store.inspection import JOURNAL, contents_of, faults_of, rows_of, snapshots_of
from ..store.owner import own
from ..store.snapshots import KEPT
from . import _database
from ._export import FORMATS, export_predictions

ACTIONS = {
    "verify": "check every entry and snapshot; 1 if one is damaged",
    "stats": "print what the folder holds",
    "export": "print the journal as NDJSON, or the stored predictions with their outcomes",
    "prune": "delete entries that the kept snapshots contain, and shrink the file; not beside a running sidecar",
    "discard": "delete entries that are set aside, once you have looked at them; not beside a running sidecar",
    "migrate": "turn the state of an older release into this one's; not beside a running sidecar",
}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for name, text in ACTIONS.items():
        action = actions.add_parser(name, help=text)
        action.add_argument("folder", metavar="FOLDER", help="as in storage.path, or a URL as in evaluation.url")
        if name == "export":
            _add_export_flags(action)
        logs.add_flags(action, inner=True)
        # The functions of this module have the names of the actions.
        action.set_defaults(action=globals()[name], name=name)


def _add_export_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--predictions", action="store_true", help="the evaluation store instead of the journal")
    parser.add_argument("--format", choices=FORMATS, default="ndjson", help="of predictions (default: %(default)s)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where predictions go (default: standard output)")
    parser.add_argument("--model", default="", help="only the predictions of this model")


def run(options: argparse.Namespace) -> int:
    """Run the action that was asked for and return the exit code."""
    if _database.is_url(options.folder):
        return _database.run(options.name, options.folder, options)
    options.folder = Path(options.folder)
    try:
        if getattr(options, "predictions", False):
            return _export_predictions(options)
        code: int = options.action(options.folder)
    except (OSError, sqlite3.Error) as error:
        raise StoreFault(f"{options.folder}: {error}") from error
    return code


def verify(folder: Path) -> int:
    """Print what is damaged; 1 if anything is."""
    faults = list(faults_of(folder)) + (list(reading.faults_of(folder)) if reading.exists(folder) else [])
    print("\n".join(faults) or f"{folder}: every entry and snapshot is whole")
    return int(bool(faults))


def stats(folder: Path) -> int:
    """Print the journal and the snapshots in numbers."""
    contents = contents_of(folder)
    print(f"version: {contents.version}")
    print(f"journal: {contents.entries} entries, {contents.bytes} bytes")
    if contents.entries:
        print(f"  entries {contents.first} to {contents.last}, {_text(contents.oldest)} to {_text(contents.newest)}")
    if contents.set_aside:
        print(f"  {len(contents.set_aside)} set aside, not counted: {', '.join(map(str, contents.set_aside))}")
    for about in snapshots_of(folder):
        print(f"snapshot: after entry {about['seq']}, {about['bytes']} bytes{about['fault'] and ', damaged'}")
    if reading.exists(folder):
        _print_evaluation(folder)
    return 0


def _print_evaluation(folder: Path) -> None:
    found = reading.contents_of(folder)
    print(f"evaluation: {found.predictions} predictions, {found.outcomes} outcomes, {found.bytes} bytes")
    if found.blocks:
        print(f"  {found.blocks} blocks, {_text(found.first)} to {_text(found.last)}")


def _export_predictions(options: argparse.Namespace) -> int:
    number = export_predictions(reading.FolderSource(options.folder), options.format, options.out, options.model)
    print(f"{number} predictions", file=sys.stderr)
    return 0


def export(folder: Path) -> int:
    """Print one object for each entry; a body that is not UTF-8 is in base64."""
    for row in rows_of(folder):
        if not row.is_whole:
            print(f"entry {row.seq} is damaged and left out", file=sys.stderr)
            continue
        about = {"seq": row.seq, "kind": row.kind, "arrived": row.arrived, "head": orjson.loads(row.head)}
        sys.stdout.buffer.write(orjson.dumps({**about, **_body(row.plain_body)}, option=orjson.OPT_APPEND_NEWLINE))
    return 0


def prune(folder: Path) -> int:
    """Delete what the kept snapshots contain."""
    whole = [about["seq"] for about in snapshots_of(folder) if not about["fault"]]
    # Entries after the older of the kept snapshots are needed if the newer one turns out damaged.
    until = min(whole[:KEPT]) if len(whole) >= KEPT else 0
    own(folder, patience_seconds=0.0)
    with closing(opened(folder / JOURNAL, sync=True)) as database:
        with database:
            query = f"DELETE FROM journal WHERE seq <= ? AND {IS_NOT_ASIDE}"  # noqa: S608
            deleted = database.execute(query, (until,)).rowcount
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(f"{deleted} entries deleted")
    if reading.exists(folder):
        with closing(evaluation.opened(folder / evaluation.NAME)) as database:
            index.tend(database)
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return 0


def discard(folder: Path) -> int:
    """Delete what is set aside; its bodies are then taken again."""
    own(folder, patience_seconds=0.0)
    with closing(opened(folder / JOURNAL, sync=True)) as database, database:
        deleted = database.execute(f"DELETE FROM journal WHERE {IS_ASIDE}").rowcount  # noqa: S608
    print(f"{deleted} entries deleted")
    return 0


def migrate(folder: Path) -> int:
    """Migrate the journal; a start does the same."""
    if not (folder / JOURNAL).is_file():
        raise StoreFault(f"{folder / JOURNAL}: expected a journal, found none")
    own(folder, patience_seconds=0.0)
    opened(folder / JOURNAL, sync=True).close()
    if reading.exists(folder):
        evaluation.opened(folder / evaluation.NAME).close()
    print(f"{folder}: version {VERSION}")
    return 0


def _body(content: bytes) -> dict[str, str]:
    try:
        return {"body": content.decode()}
    except UnicodeDecodeError:
        return {"body_base64": b64encode(content).decode()}


def _text(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="seconds")
