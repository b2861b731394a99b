"""Labels are made once, and go with their reference."""

import gc
import weakref

from inference_exporter.exposition._cache import cached_with_owner


class Owner:
    """Something that is compared by identity, as a grid is."""


def test_results_are_kept_by_owner_and_arguments():
    """Each owner has one result for the same arguments."""
    calls = []

    @cached_with_owner
    def label(owner, text, number=0):
        calls.append((text, number))
        return f"{text} {number}"

    first, second = Owner(), Owner()
    assert [label(first, "a"), label(first, "a"), label(first, "a", number=1)] == ["a 0", "a 0", "a 1"]
    assert label(second, "a") == "a 0"
    assert calls == [("a", 0), ("a", 1), ("a", 0)]


def test_the_cache_keeps_no_owner_alive():
    """The labels of a replaced reference are freed with it."""

    class Text(str):
        """Text that can be watched."""

    label = cached_with_owner(lambda owner: Text("a"))
    owner = Owner()
    result = weakref.ref(label(owner))
    assert result() is not None
    del owner
    gc.collect()
    assert result() is None
