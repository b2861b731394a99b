"""Bands of few stretches, completed by those of more and shorter ones: the index flood of hydrology.

Twenty stretches show how far a typical one strays, and not how far one in ten
million does. Stretches of the same column that are shorter are more, and their
tails are no lighter: a longer one averages over several of them. So the ratio
of the rare to the typical is taken from the longest level that has many
stretches, and what a typical stretch is from the level itself (Dalrymple 1960,
USGS Water-Supply Paper 1543-A; Hosking and Wallis 1997, Regional Frequency
Analysis, chapter 1). Levels that are much shorter are left out, since sums of
many have lighter tails.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ..arrays import Floats
from ..reference.natural_variation import RARITIES

MANY = 200  # independent stretches that show how much farther than typical ones rare windows stray, …
REACH = 6.0  # … of levels that have at most so many times as many


def completed(
    bands: Sequence[Mapping[str, Floats]], typical: Sequence[Mapping[str, float]], numbers: Sequence[float]
) -> list[dict[str, Floats]]:
    """Return the bands of each level, at least as wide as levels of more stretches let expect.

    Parameters
    ----------
    bands : sequence of mapping of str to ndarray of float, shape (n_rarities,)
        Of each level, ascending by the length of its stretches, by a test's key.
    typical : sequence of mapping of str to float
        Root mean square of the deviations of each level, by the same keys.
    numbers : sequence of float
        Independent stretches of each level.
    """
    found = []
    for place, own in enumerate(bands):
        # So many stretches show by themselves how far one of as many strays.
        shown = np.array(RARITIES) <= numbers[place]
        given = (bands, typical, numbers)
        found.append(
            {key: np.where(shown, band, np.fmax(band, _expected(key, place, given))) for key, band in own.items()}
        )
    return found


def _expected(
    key: str, place: int, given: tuple[Sequence[Mapping[str, Floats]], Sequence[Mapping[str, float]], Sequence[float]]
) -> Floats | float:
    """Return the band that the longest of the levels with many stretches lets expect; 0 if it is this level."""
    bands, typical, numbers = given
    near = (each for each in range(place + 1) if numbers[each] <= REACH * numbers[place])
    known = [each for each in near if typical[each].get(key, 0.0) > 0]
    many = max(known, key=lambda each: (min(numbers[each], MANY), each), default=place)
    if many == place:
        return 0.0
    # A mean square of few has an error of its own: one standard error more.
    upper = typical[place].get(key, 0.0) * (1.0 + 1.0 / np.sqrt(2.0 * numbers[place]))
    return np.asarray(bands[many][key] * (upper / typical[many][key]))
