"""Problems of each feature with their reason, and suspected causes such as a new unit or name."""

from collections.abc import Iterator, Sequence

from ..detectors.values.watch import ValuesView
from ..explain.problems import frozen_of, problems_of, renames_of, units_of
from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._parts import feature_texts, with_part

PROBLEM_HELP = "1 for each problem of a feature that chance does not explain, with the reason."
FROZEN_HELP = "1 if a feature that used to vary has a single value, 0 if it varies, NaN if unknown."
UNIT_HELP = "1 if a feature's values look like the reference's in another unit, with the conversion."
RENAMED_HELP = "1 if a missing feature seems to arrive under another name."


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    problem = gauge("model_feature_schema_problem", PROBLEM_HELP)
    frozen = gauge("model_feature_frozen", FROZEN_HELP)
    unit = gauge("model_feature_unit_change", UNIT_HELP)
    for view, part in with_part(views, ValuesView):
        base = model_labels(view.key)
        for window in view.windows:
            for each in problems_of(view, window):
                problem.add(joined(base, labels(feature=each.feature, window=window.name, reason=each.reason)), 1)
            verdicts = frozen_of(view, window)
            # None: too few samples in the window to call any feature frozen.
            if verdicts is not None:
                frozen.add_all(feature_texts(part.layout, base, window.name), verdicts)
            for name, change in units_of(view, window).items():
                unit.add(joined(base, labels(feature=name, window=window.name, unit=change)), 1)
    yield from (problem, frozen, unit)
    renamed = gauge("model_feature_renamed", RENAMED_HELP)
    for view in views:
        # Without a window: a rename is a property of what arrives now, found once.
        for rename in renames_of(view):
            renamed.add(joined(model_labels(view.key), labels(feature=rename.feature, to=rename.to)), 1)
    yield renamed


GROUP = ModelGroup("schema", _families)
