"""A budget bounds the bytes in memory."""

from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.serving.budget import Budget


@given(st.integers(0, 100), st.lists(st.integers(0, 60), max_size=40))
def test_never_more_than_the_limit(limit, sizes):
    """A reservation succeeds if it fits, and released bytes can be reserved again."""
    budget, held = Budget(limit), []
    for size in sizes:
        fits = sum(held) + size <= limit
        assert budget.has_room_for(size) == fits
        assert budget.take(size) == fits
        if fits:
            held.append(size)
        elif held:
            budget.give_back(held.pop())
        assert budget.held == sum(held) <= limit
