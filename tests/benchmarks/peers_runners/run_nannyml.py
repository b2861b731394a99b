"""NannyML at its defaults: `UnivariateDriftCalculator` with chunks of the window's size.

Jensen-Shannon for every column; the alert is at the mean of the reference's own chunks plus three of their
standard deviations. It has no verdict on the data set as a whole.
"""

import time
from functools import lru_cache

import nannyml
from common import Decisions, Stream, found, main
from frames import frame
from nannyml import UnivariateDriftCalculator

nannyml.disable_usage_logging() if hasattr(nannyml, "disable_usage_logging") else None


@lru_cache(maxsize=2)
def fitted(reference: str, size: int) -> UnivariateDriftCalculator:
    """Return a calculator that knows the reference."""
    before = frame(reference)
    return UnivariateDriftCalculator(column_names=list(before.columns), chunk_size=size).fit(before)


def check(stream: Stream, size: int, decisions: Decisions) -> None:
    """Judge the windows of a stream until its drift is found."""
    calculator = fitted(stream["reference"], size)
    now = frame(stream["stream"])
    whole = now.iloc[: len(now) // size * size]
    started = time.process_time()
    result = calculator.calculate(whole).filter(period="analysis").to_df()
    decisions.timed(size, time.process_time() - started, len(result))
    alerts = result.loc[:, [column for column in result.columns if column[2] == "alert"]]
    names = [column[0] for column in alerts.columns]
    for place, row in enumerate(alerts.fillna(False).to_numpy(dtype=bool)):
        flagged = [name for name, alert in zip(names, row, strict=True) if alert]
        end = (place + 1) * size
        decisions.add("NannyML", stream, size, end, flagged)
        if found(stream, end, flagged):
            break


if __name__ == "__main__":
    main("nannyml", check)
