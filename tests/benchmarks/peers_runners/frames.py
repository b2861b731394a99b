"""Tables as pandas frames, for the peers that want them."""

from collections.abc import Iterator
from functools import lru_cache

import common
import pandas as pd


@lru_cache(maxsize=4)
def frame(path: str) -> pd.DataFrame:
    """Return a table; categories are plain texts, as read_csv gives them."""
    columns = common.load(path)
    return pd.DataFrame({name: pd.Series(column, dtype=None) for name, column in columns.items()})


def chunks(path: str, size: int) -> Iterator[tuple[int, pd.DataFrame]]:
    """Yield the end and the rows of each full window."""
    whole = frame(path)
    for start, end in common.ends(len(whole), size):
        yield end, whole.iloc[start:end].reset_index(drop=True)
