"""What a snapshot holds: the accounts, the keys of repeated requests, waiting halves, events, and each model."""

import logging
from collections.abc import Mapping
from typing import Any

from .. import __version__
from ..detectors.multivariate.scores import Scoring
from ..detectors.multivariate.spaces import NumericSpace, VectorSpace
from ..detectors.near_duplicates.collisions import Alike
from ..detectors.outliers.scorer import Scorer
from ..detectors.units.unit_change import UnitCells
from ..detectors.values.duplicates import RowHashes
from ..errors import StoreFault
from ..failures import Failures
from ..model.fleet import Fleet
from ..model.memory import ModelMemory, Pool
from ..model.monitor import Monitor
from ..model.performance_totals import RegressionAccumulator
from ..model.process import ProcessWatch
from ..reference.derived.derivation import Derivation
from ..reference.grid import Grid
from ..reference.natural_variation import NaturalVariation
from ..reference.reference import Reference
from ..samples.batch import ModelKey
from ..store.snapshots import Snapshot
from ..store.trees import Reader, Writer
from ..verdict.comparing import Measuring
from ..verdict.judging import Judging

log = logging.getLogger(__name__)

BUILT = frozenset({
    Alike, Derivation, Failures, Grid, Judging, Measuring, ModelMemory, NaturalVariation, NumericSpace, Pool,
    ProcessWatch, Reference, RowHashes, Scorer, Scoring, UnitCells, VectorSpace,
})  # fmt: skip
"""Classes whose objects follow from the configuration and the reference, or belong to this process."""
MODEL = "model"
PROBE = "inference-exporter"


def is_built(kind: type) -> bool:
    """Return whether objects of a class are not state."""
    return kind in BUILT or ".config." in kind.__module__


def taken(seq: int, parts: Mapping[str, object], fleet: Fleet) -> Snapshot:
    """Return a snapshot of the parts and of all models after an entry. Nothing may change them meanwhile."""
    writer = Writer(is_built)
    trees = {name: {"tree": writer.tree(part)} for name, part in parts.items()}
    models = [
        {
            "key": list(monitor.key),
            "fits": fits_of(monitor),
            "reference": checksum_of(monitor),
            "tree": _tree(monitor, writer),
        }
        for monitor in fleet.monitors
    ]
    # Hashes of ids are part of the state; Python draws their seed for each process unless the front sets it.
    about = {"release": __version__, "hash": hash(PROBE) & 0xFFFFFFFF}
    return Snapshot(seq, about, {**trees, MODEL: models}, writer.arrays)


def _tree(monitor: Monitor, writer: Writer) -> Any:
    with monitor.still():  # a scrape may be looking
        return writer.tree(monitor)


def put_back(snapshot: Snapshot, parts: Mapping[str, object], fleet: Fleet, failures: Failures) -> None:
    """Fill the parts and the models from a snapshot; one that does not fit starts anew, which is logged.

    Raises
    ------
    StoreFault
        If its hashes are of another process.
    """
    if snapshot.about["hash"] != hash(PROBE) & 0xFFFFFFFF:
        raise StoreFault("the snapshot needs the hash seed of its folder; start the sidecar with `serve`")
    for name, part in parts.items():
        with failures.contained("store", name):
            Reader(snapshot.arrays, lambda kind: None).fill(part, snapshot.parts[name]["tree"])
    for saved in snapshot.parts[MODEL]:
        _put_back_model(saved, snapshot, fleet, failures)


def _put_back_model(saved: Mapping[str, Any], snapshot: Snapshot, fleet: Fleet, failures: Failures) -> None:
    key = ModelKey(*saved["key"])
    with failures.contained("store", "model", key) as attempt:
        monitor = fleet.rebuilt(key, learned=saved["reference"] is not None)
        if saved["reference"] != checksum_of(monitor) or saved["fits"] != fits_of(monitor):
            log.warning("%s: its configuration or reference changed; its windows start anew", "/".join(key))
            return
        built = {
            type(each): each for each in (monitor.config, monitor.config.llm.prices, fleet.memory.predictions, failures)
        }
        _expect_performance(monitor, saved["tree"])
        Reader(snapshot.arrays, built.get).fill(monitor, saved["tree"])
        monitor.reclaim_memory()
    if attempt.failed:
        fleet.rebuilt(key, learned=saved["reference"] is not None)


def _expect_performance(monitor: Monitor, tree: Any) -> None:
    """Let a model follow its performance if it did: what is built from the reference is not in the state."""
    performance = tree["state"].get("_performance")
    if performance is not None:
        numbers = performance["state"]["accumulator"]["object"].endswith(f":{RegressionAccumulator.__qualname__}")
        monitor.follow_performance("regression" if numbers else "classification")


def fits_of(monitor: Monitor) -> str:
    """Return a text that differs if a model's settings differ."""
    return repr((monitor.config, monitor.windows))


def checksum_of(monitor: Monitor) -> str | None:
    """Return which reference a model has, None while it learns one."""
    return monitor.reference.checksum if monitor.reference else None
