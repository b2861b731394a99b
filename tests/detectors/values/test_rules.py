"""Rules from the configuration."""

import numpy as np
import pytest
from inference_exporter.config.schema import FeatureConfig
from inference_exporter.detectors.values.rules import RULES, rules_of


def broken(column, **settings):
    (rule,) = rules_of({"x": FeatureConfig(**settings)})
    assert rule.feature == "x" and rule.name in RULES
    return np.flatnonzero(rule.broken(column)).tolist()


@pytest.mark.parametrize(
    ("settings", "column", "rows"),
    [
        ({"minimum": 0}, [-1, 0, None, "-3", "text"], [0, 3]),
        ({"maximum": 9}, [10, 9, None, "12", "text"], [0, 3]),
        ({"maximum": 9}, np.array([10.0, 9.0, np.nan, np.inf]), [0]),
        ({"required": True}, [1, None, float("nan"), 0, ""], [1, 2]),
        ({"required": True}, np.array([1.0, np.nan]), [1]),
        ({"allowed": ("1", "2")}, [1, 2.0, "1", 3, None, [1]], [3, 5]),
        ({"allowed": ("1", "2")}, np.array([1.0, 3.0, np.nan]), [1]),
        ({"allowed": ("FR", "true")}, ["FR", "fr", True, None], [1]),
        ({"pattern": "[A-Z]{2}"}, ["FR", "FRA", "fr", None, 12], [1, 2, 4]),
    ],
)
def test_a_rule_is_broken_by(settings, column, rows):
    """Each rule finds its violations; missing values only violate `required`."""
    assert broken(column, **settings) == rows


def test_features_without_rules_have_none():
    """A feature without rules in its settings has no rules."""
    assert rules_of({"x": FeatureConfig(kind="categorical"), "y": FeatureConfig()}) == ()


def test_a_feature_may_have_all():
    """A feature can have every rule, in a fixed order."""
    settings = FeatureConfig(minimum=0, maximum=1, allowed=("0",), required=True, pattern="0")
    assert tuple(rule.name for rule in rules_of({"x": settings})) == RULES
