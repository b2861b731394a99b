"""Reference: what normal looks like; built from columns, stored as a JSON file."""

import hashlib
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..arrays import Column, Counts, Floats
from ..config.schema import FeatureConfig, Kind
from ..errors import ReferenceFault
from ..files import MEGABYTE, read_bytes, write_text
from ..samples.batch import POSITIVE, Group
from ..values.kinds import is_numeric
from ..values.numbers import as_numbers
from .buckets import (
    BucketBounds,
    Buckets,
    CategoricalBuckets,
    NumericBuckets,
    atoms_of,
    categorical_buckets,
    numeric_buckets,
)

DERIVED = "derived"
"""The trait with the kind of each derived feature and what was learned for it, by name."""
FORMAT = "inference-exporter reference 1"
LARGEST_FILE = 512 * MEGABYTE  # about ten times the largest number of features
# Not part of a reference's identity: sums of floats, whose last digit may differ between processors, and fields added
# after the format.
MOMENTS = ("mean", "stddev", "atoms", "met_once", "minimum", "maximum", "points")
COMPONENTS_AT_MOST = 20
CLASSES_AT_MOST = 20  # a prediction with more distinct whole numbers is a quantity


@dataclass(frozen=True, eq=False)
class ColumnReference:
    """One column of the reference: a feature, the prediction, or the score of a class.

    `mean` and `stddev` are those of the finite numbers (NaN for categories);
    `atoms` holds, for each range of a numeric column, the share of its values
    that are exactly on its lower cut: 1 for whole numbers, about 0 for continuous
    values. `minimum` and `maximum` are those of the finite numbers, which the cuts
    may miss; NaN without any, and in older files. `points` are the values beside
    which the cuts lie, to measure distances with.
    """

    group: Group
    name: str
    buckets: Buckets
    counts: Counts
    mean: float = math.nan
    stddev: float = math.nan
    atoms: Floats = field(default_factory=lambda: np.array([]))
    minimum: float = math.nan
    maximum: float = math.nan
    points: Floats = field(default_factory=lambda: np.array([]))

    @property
    def numeric(self) -> bool:
        """Whether the column holds numbers."""
        return isinstance(self.buckets, NumericBuckets)

    @property
    def range(self) -> tuple[float, float] | None:
        """The least and the greatest finite value, as exact as the file has them; None without any."""
        if not isinstance(self.buckets, NumericBuckets) or not len(self.buckets.cuts):
            return None
        if math.isnan(self.minimum):
            return float(self.buckets.cuts[0]), float(np.nextafter(self.buckets.cuts[-1], -np.inf))
        return self.minimum, self.maximum

    @property
    def cut_points(self) -> Floats:
        """The position of each cut, shape (n_cuts,): the cuts themselves in older files, without points."""
        assert isinstance(self.buckets, NumericBuckets)
        return self.points if len(self.points) else self.buckets.cuts

    @cached_property
    def bounds(self) -> tuple[BucketBounds, ...]:
        """The exposed buckets, as people read them: the outermost cuts are the least and greatest value.

        The cuts themselves lie slightly beyond, so that the same number in single precision is still inside.
        """
        bounds, ends = self.buckets.bounds, self.range
        if ends is None or not isinstance(self.buckets, NumericBuckets):
            return bounds
        plain = {float(self.buckets.cuts[0]): ends[0], float(self.buckets.cuts[-1]): ends[1]}
        return tuple(
            replace(bound, lower=plain.get(bound.lower, bound.lower), upper=plain.get(bound.upper, bound.upper))
            if bound.lower is not None and bound.upper is not None else bound
            for bound in bounds
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Reference:
    """What normal looks like, for one version of one model. Immutable; `version` identifies buckets and counts."""

    columns: tuple[ColumnReference, ...]
    rows: int
    created: float
    model: str = ""
    model_version: str = ""
    performance: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Performance on the reference: measure key to class (empty if it is not of a class) to value."""
    traits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Everything else learned from the same rows, by key, as JSON content (see `traits`)."""

    @cached_property
    def version(self) -> str:
        """A short hash of buckets and counts: different references never share it."""
        identity = [
            {key: value for key, value in _column_to_json(column).items() if key not in MOMENTS}
            for column in self.columns
        ]
        return _digest(identity)

    @cached_property
    def checksum(self) -> str:
        """A short hash of all columns and traits in a file, to detect an edited file."""
        columns = [_column_to_json(column) for column in self.columns]
        return _digest([columns, self.traits] if self.traits else columns)

    def of_group(self, group: Group) -> list[ColumnReference]:
        """Return the columns of one group, in order."""
        return [column for column in self.columns if column.group == group]

    @property
    def derived(self) -> Mapping[str, Mapping[str, Any]]:
        """What was learned for each derived feature."""
        return self.traits.get(DERIVED, {})

    def source_of(self, name: str) -> str:
        """Return the feature that a column was derived from, or its own name."""
        source = name.rpartition(":")[0]
        return source if source in self.derived else name

    @property
    def task(self) -> Literal["classification", "regression", "auto"]:
        """The task that the prediction column implies; auto without one."""
        prediction = self.of_group("prediction")
        if not prediction:
            return "auto"
        return "regression" if prediction[0].numeric else "classification"


def build(
    features: Mapping[str, Column],
    rows: int,
    *,
    prediction: Column | None = None,
    scores: Mapping[str, Column] | None = None,
    intermediate: Mapping[str, Column] | None = None,
    action: Column | None = None,
    settings: Mapping[str, FeatureConfig] | None = None,
    task: Literal["auto", "classification", "regression"] = "auto",
    created: float | None = None,
    model: str = "",
    model_version: str = "",
    performance: Mapping[str, Mapping[str, float]] | None = None,
) -> Reference:
    """Return the reference of columns of samples.

    Raises
    ------
    ReferenceFault
        If there are no rows, or no columns to learn from.
    """
    settings = settings or {}
    columns: list[ColumnReference] = []
    for name, column in features.items():
        wanted = settings.get(name, FeatureConfig())
        if not wanted.ignore:
            columns.append(_column("feature", name, column, rows, wanted.kind))
    if prediction is not None:
        classes = task == "classification" or (task == "auto" and looks_like_classes(prediction))
        kind: Kind = "categorical" if classes else "numeric"
        columns.append(_column("prediction", "prediction", prediction, rows, kind))
    for name, column in _with_named_score(scores or {}, prediction).items():
        columns.append(_column("score", name, column, rows, "numeric"))
    for name, column in list((intermediate or {}).items())[:COMPONENTS_AT_MOST]:
        columns.append(_column("intermediate", name, column, rows, "auto"))
    if action is not None:
        columns.append(_column("action", "action", action, rows, "categorical"))
    if rows == 0 or not columns:
        raise ReferenceFault(f"a reference needs rows and columns, got {rows} rows and {len(columns)} columns")
    when = time.time() if created is None else created
    return Reference(tuple(columns), rows, when, model, model_version, performance or {})


def _with_named_score(scores: Mapping[str, Column], prediction: Column | None) -> Mapping[str, Column]:
    """Name a single unnamed score after its class: of two classes, the second in order, as in scikit-learn."""
    if list(scores) != [POSITIVE] or prediction is None:
        return scores
    values = prediction.tolist() if isinstance(prediction, np.ndarray) else prediction
    classes = categorical_buckets(values).categories
    return {max(classes): scores[POSITIVE]} if len(classes) == 2 else scores


def looks_like_classes(column: Column) -> bool:
    """Return whether predictions are classes: text, booleans, or a few distinct whole numbers."""
    if not is_numeric(column):
        return True
    numbers = as_numbers(column)
    unique = np.unique(numbers[np.isfinite(numbers)])
    return len(unique) <= CLASSES_AT_MOST and bool((unique == np.floor(unique)).all())


def _column(group: Group, name: str, column: Column, rows: int, kind: Kind) -> ColumnReference:
    if kind == "categorical" or (kind != "numeric" and not is_numeric(column)):
        values = column.tolist() if isinstance(column, np.ndarray) else column
        categories = categorical_buckets(values)
        counts = np.bincount(categories.locate(values), minlength=categories.n_cells)
        return ColumnReference(group, name, categories, counts)
    numbers = as_numbers(column)
    finite = numbers[np.isfinite(numbers)]
    buckets = numeric_buckets(finite, rows)
    counts = np.bincount(buckets.locate(numbers), minlength=buckets.n_cells)
    ends = (float(finite.min()), float(finite.max())) if len(finite) else (math.nan, math.nan)
    atoms, points = atoms_of(buckets, finite)
    return ColumnReference(group, name, buckets, counts, *_mean_and_stddev(finite), atoms, *ends, points)


def _mean_and_stddev(finite: Floats) -> tuple[float, float]:
    """Return the mean, NaN without values, and the standard deviation, NaN for one value and exactly 0 for a constant.

    Both are NaN beyond the range of floats.
    """
    mean = stddev = math.nan
    with np.errstate(over="ignore", invalid="ignore"):
        if len(finite):
            mean = float(finite.mean())
        if len(finite) > 1:
            stddev = float(finite.std(ddof=1)) if finite.min() < finite.max() else 0.0
    return mean if math.isfinite(mean) else math.nan, stddev if math.isfinite(stddev) else math.nan


def save(reference: Reference, path: Path, mode: int | None = None) -> None:
    """Write a reference atomically, with the permissions `mode`, if given."""
    content = {
        "format": FORMAT,
        "version": reference.version,
        "checksum": reference.checksum,
        "model": reference.model,
        "model_version": reference.model_version,
        "created": reference.created,
        "rows": reference.rows,
        "performance": reference.performance,
        "traits": reference.traits,
        "columns": [_column_to_json(column) for column in reference.columns],
    }
    write_text(path, json.dumps(content, indent=1) + "\n", mode)


def load(path: Path) -> Reference:
    """Read a reference file.

    Raises
    ------
    ReferenceFault
        If it cannot be read, is not a reference, or was edited (version or checksum do not match).
    """
    try:
        content = json.loads(read_bytes(path, LARGEST_FILE).decode("utf-8"))
    except OSError as error:
        raise ReferenceFault(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ReferenceFault(f"{path}: expected a reference file (JSON), got: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise ReferenceFault(f"{path}: expected format {FORMAT!r}, got {found!r}")
    try:
        reference = Reference(
            tuple(_column_from_json(column) for column in content["columns"]),
            int(content["rows"]),
            float(content["created"]),
            content["model"],
            content["model_version"],
            {
                key: {str(name): float(value) for name, value in of.items()}
                for key, of in content["performance"].items()
            },
            {str(key): dict(of) for key, of in content.get("traits", {}).items()},
        )
        expected, found = content["version"], reference.version
        untouched = content["checksum"] == reference.checksum
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise ReferenceFault(f"{path}: expected a complete reference, got a broken one ({error!r})") from error
    if found != expected:
        raise ReferenceFault(f"{path}: expected version {expected!r}, got {found!r}: was it edited?")
    if not untouched:
        raise ReferenceFault(
            f"{path}: expected checksum {content['checksum']!r}, got {reference.checksum!r}: was it edited?"
        )
    return reference


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


def _column_to_json(column: ColumnReference) -> dict[str, Any]:
    content: dict[str, Any] = {"group": column.group, "name": column.name, "counts": column.counts.tolist()}
    if isinstance(column.buckets, NumericBuckets):
        numbers = {"mean": column.mean, "stddev": column.stddev}
        return content | {
            "kind": "numeric",
            "cuts": column.buckets.cuts.tolist(),
            "exposed": column.buckets.exposed.tolist(),
            "atoms": column.atoms.tolist(),
            **({"points": column.points.tolist()} if len(column.points) else {}),
            **{name: value if math.isfinite(value) else None for name, value in numbers.items()},
            **({} if math.isnan(column.minimum) else {"minimum": column.minimum, "maximum": column.maximum}),
        }
    return content | {
        "kind": "categorical",
        "categories": list(column.buckets.categories),
        "others": list(column.buckets.others),
        "open": column.buckets.open,
        **({} if column.buckets.singletons is None else {"met_once": column.buckets.singletons}),
    }


def _column_from_json(content: Mapping[str, Any]) -> ColumnReference:
    counts = np.array(content["counts"], dtype=np.int64)
    buckets: Buckets
    if content["kind"] == "categorical":
        categories, others = (tuple(content[key]) for key in ("categories", "others"))
        buckets = CategoricalBuckets(categories, others, bool(content["open"]), content.get("met_once"))
        column = ColumnReference(content["group"], content["name"], buckets, counts)
    else:
        cuts = np.array(content["cuts"], dtype=np.float64)
        buckets = NumericBuckets(cuts, np.array(content["exposed"], dtype=np.intp))
        mean, stddev = (math.nan if content[key] is None else content[key] for key in ("mean", "stddev"))
        atoms = np.array(content["atoms"], dtype=np.float64)
        least, greatest = (float(content.get(key, math.nan)) for key in ("minimum", "maximum"))
        points = np.array(content.get("points", []), dtype=np.float64)
        if len(points) not in (0, len(cuts)):
            raise ValueError(f"{content['name']}: expected {len(cuts)} points, got {len(points)}")
        column = ColumnReference(
            content["group"], content["name"], buckets, counts, mean, stddev, atoms, least, greatest, points
        )
    if len(counts) != buckets.n_cells:
        raise ValueError(f"{content['name']}: expected {buckets.n_cells} counts, got {len(counts)}")
    return column
