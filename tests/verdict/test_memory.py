"""What a window remembers of its looks."""

import numpy as np
from inference_exporter.measures.evidence import TESTS
from inference_exporter.verdict.memory import Memory


def of_all(value):
    return np.full((len(TESTS), 1), value)


def test_an_effect_lasts_once_most_looks_showed_it():
    """One look is not enough; looks over some lengths of the window are, and are outweighed as fast."""
    memory, history = Memory.empty(1, 300.0), []
    for look in range(60):
        memory = memory.seen(of_all(0.001 if look < 30 else 0.5), of_all(0.7), 60.0 * look)
        history.append(bool(memory.lasting.all()))
    assert not history[0]
    assert all(history[12:30])
    assert not any(history[50:])


def test_a_pause_counts_as_one_length_of_the_window():
    """After a week without looks one look does not outweigh all before."""
    memory = Memory.empty(1, 300.0)
    for look in range(30):
        memory = memory.seen(of_all(0.001), of_all(0.7), 60.0 * look)
    assert memory.seen(of_all(0.5), of_all(0.0), 7 * 86400.0).lasting.all()


def test_the_mean_size_is_that_of_all_looks_since_the_first_flag():
    """A lucky look counts less with each further one; a test that no longer flags begins anew."""
    memory = Memory.empty(1, 300.0).seen(of_all(0.001), of_all(1.4), 0.0).naming(of_all(True))
    for look in range(1, 10):
        memory = memory.seen(of_all(0.001), of_all(1.0), 300.0 * look)
    assert np.allclose(memory.size, 1.04)
    assert np.allclose(memory.without_names().seen(of_all(0.001), of_all(1.2), 9e9).size, 1.2)


def test_the_look_that_flags_counts_little():
    """However large the effect of the first look is, the mean does not take it at its word."""
    memory = Memory.empty(1, 300.0).seen(of_all(0.001), of_all(9.0), 0.0)
    assert np.allclose(memory.size, 1.5)
