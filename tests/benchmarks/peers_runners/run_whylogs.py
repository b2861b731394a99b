"""whylogs at its defaults: a profile of the window against one of the reference by `calculate_drift_scores`.

Kolmogorov-Smirnov for numbers, chi-squared for categories; flagged where its own category is DRIFT (p < 0.05).
"""

import time
from functools import lru_cache

import whylogs as why
from common import Decisions, Stream, found, main
from frames import chunks, frame
from whylogs.core.view.dataset_profile_view import DatasetProfileView
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores


@lru_cache(maxsize=2)
def profile(reference: str) -> DatasetProfileView:
    """Return the profile of the reference."""
    return why.log(frame(reference)).view()


def check(stream: Stream, size: int, decisions: Decisions) -> None:
    """Judge the windows of a stream until its drift is found."""
    reference = profile(stream["reference"])
    for end, window in chunks(stream["stream"], size):
        started = time.process_time()
        view = why.log(window).view()
        scores = calculate_drift_scores(target_view=view, reference_view=reference, with_thresholds=True)
        decisions.timed(size, time.process_time() - started)
        flagged = [name for name, score in scores.items() if score and score["drift_category"] == "DRIFT"]
        decisions.add("whylogs", stream, size, end, flagged)
        if found(stream, end, flagged):
            break


if __name__ == "__main__":
    main("whylogs", check)
