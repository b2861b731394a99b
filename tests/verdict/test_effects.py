"""When an effect matters, and until when it may."""

from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.measures.evidence import TESTS
from inference_exporter.measures.evidence._base import Thresholds
from inference_exporter.verdict.effects import Effects
from inference_exporter.verdict.memory import Memory
from statistics_src.near import EFFECTS, lived

THRESHOLDS = Thresholds(np.array([0.1]), np.array([0.02]))
LOCATION = list(TESTS).index("location")


def effects_of(histogram_view, shift, size):
    random = np.random.default_rng(4)
    view = histogram_view({"x": random.normal(size=10_000)}, {"x": random.normal(shift, 1, size)})
    return Effects(view.judging.inputs(view.cells, view.comparison), THRESHOLDS, {})


def always(effects):
    return np.ones(effects.sizes.shape, dtype=np.bool_)


def test_a_new_effect_matters_from_its_threshold_on(histogram_view):
    """Without a history the estimate decides, as the power tables assume."""
    effects = effects_of(histogram_view, 0.4, 500)
    assert effects.sizes[LOCATION, 0] >= 1.0
    assert effects.matter()[LOCATION, 0]


@pytest.mark.parametrize(("size", "matters"), [(200, False), (20_000, True)])
def test_a_lasting_effect_matters_once_the_window_is_sure(histogram_view, size, matters):
    """An effect of 1.3 thresholds that earlier looks showed asks for enough samples."""
    effects = effects_of(histogram_view, 0.42, size)
    assert effects.sizes[LOCATION, 0] >= 1.0
    assert effects.matter(always(effects))[LOCATION, 0] == matters


@pytest.mark.parametrize(("shift", "size", "kept"), [(0.3, 2000, True), (0.1, 2000, False), (0.0, 100, False)])
def test_a_flag_is_kept_while_the_effect_may_matter(histogram_view, shift, size, kept):
    """It ends with the effect, whether the window is large enough to exclude the threshold or shows nothing at all."""
    effects = effects_of(histogram_view, shift, size)
    pvalues = np.full(effects.sizes.shape, 1e-9 if shift else 0.5)
    memory = Memory.empty(1, 300.0).seen(pvalues, np.full(effects.sizes.shape, 2.0), 0.0).naming(always(effects))
    assert effects.may_matter(pvalues, memory)[LOCATION, 0] == kept


def test_a_lucky_look_is_outweighed(histogram_view):
    """A flag ends if the mean effect since then does not matter, though this window alone could not exclude it."""
    effects = effects_of(histogram_view, 0.3, 300)
    pvalues = np.full(effects.sizes.shape, 1e-9)
    memory = Memory.empty(1, 300.0).seen(pvalues, effects.sizes, 0.0).naming(always(effects))
    assert effects.may_matter(pvalues, replace(memory, size=np.full(effects.sizes.shape, 1.2)))[LOCATION, 0]
    assert not effects.may_matter(pvalues, replace(memory, size=np.full(effects.sizes.shape, 0.8)))[LOCATION, 0]


@pytest.mark.slow
@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)
def test_lasting_effects_near_the_threshold_do_not_flap(effect):
    """In windows of 1,000, three quarters of a threshold are hardly ever flagged, and 1.3 of it once and for good."""
    flagged, begins = lived(effect, 0.75, 1000, models=10, lengths=15)
    assert flagged < 0.1  # of ten models that all do the same, one may be lucky for a while
    assert begins < 1.2
    flagged, begins = lived(effect, 1.3, 1000, models=10, lengths=15)
    assert begins <= 2.0
