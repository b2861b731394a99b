"""Numbers derived from texts."""

import math
import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.reference.derived import text
from inference_exporter.reference.derived._characters import CHARACTERS_AT_MOST

ENGLISH = [
    f"The {noun} of the {place} was {state} when we {verb} it in the {time}, and nobody {other}."
    for noun in ("room", "lake", "price", "staff", "food", "view")
    for place in ("hotel", "house", "town", "beach")
    for state in ("lovely", "awful", "closed")
    for verb in ("visited", "saw", "left")
    for time, other in (("morning", "complained"), ("evening", "cared"))
]
GERMAN = [
    f"{noun} war {state}, als wir {time} dort ankamen, und niemand hat sich {other}."
    for noun in ("Das Zimmer", "Der See", "Das Essen", "Die Aussicht")
    for state in ("sehr schön", "furchtbar", "geschlossen")
    for time in ("am Morgen", "am Abend")
    for other in ("beschwert", "gekümmert")
]


def shares(value):
    """Return the ratios of a text, character by character."""
    kinds = [unicodedata.category(character) for character in value]
    letters = [kind for kind in kinds if kind[0] in "LM"]
    return {
        "letter_ratio": len(letters) / len(value),
        "digit_ratio": sum(kind[0] == "N" for kind in kinds) / len(value),
        "punctuation_ratio": sum(kind[0] in "PS" for kind in kinds) / len(value),
        "upper_ratio": sum(kind in ("Lu", "Lt") for kind in kinds) / len(letters) if letters else math.nan,
    }


BASIC = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), min_size=1, max_size=40)


@pytest.mark.slow
@given(st.lists(BASIC, min_size=1, max_size=8))
def test_ratios_are_those_of_a_count_by_hand(texts):
    """Each ratio is that of counting character by character, whatever stands beside the text."""
    parts = text.read(text.learn(ENGLISH)[0])(texts)
    for row, value in enumerate(texts):
        assert parts["length"][row] == len(value)
        for name, expected in shares(value).items():
            assert parts[name][row] == pytest.approx(expected, nan_ok=True), name


@given(st.lists(st.lists(st.sampled_from(["ab", "Ab", "c", "d9", "ü"]), max_size=6), min_size=1, max_size=8))
def test_unknown_words_are_those_of_fewer_than_two_texts(rows):
    """A word is known if two texts of the reference have it; for texts of the reference, if two others do."""
    texts = [" ".join(row) for row in rows]
    content, own = text.learn(texts)
    times = Counter(word for row in rows for word in {word.lower() for word in row})
    later = text.read(content)(texts)["unknown_words_ratio"]
    for place, row in enumerate(rows):
        for values, needed in ((later, 2), (own["unknown_words_ratio"], 3)):
            expected = sum(times[word.lower()] < needed for word in row) / len(row) if row else math.nan
            assert values[place] == pytest.approx(expected, nan_ok=True)


def test_the_distance_is_hellingers_of_hashed_runs():
    """A text with the same runs as the reference is at 0, one without any at 1, and neighbours do not matter."""
    content, _ = text.learn(["abcabc"] * 3)
    distances = text.read(content)(["abcabc", "ABCABC", "zyx", "ab", "", "abcabc"])["ngram_distance"]
    assert distances[[0, 1, 5]] == pytest.approx(0.0, abs=1e-7)
    assert distances[2] == pytest.approx(1.0)
    assert np.isnan(distances[3:5]).all()


def test_another_language_is_seen():
    """German among English: every text is farther than nearly all English ones, and half of its words are unknown."""
    random = np.random.default_rng(3)
    order = random.permutation(len(ENGLISH))
    reference, fresh = ([ENGLISH[place] for place in part] for part in np.split(order, [100]))
    content, own = text.learn(reference)
    derive = text.read(content)
    english, german = derive(fresh), derive(GERMAN)
    assert german["ngram_distance"].min() > np.quantile(english["ngram_distance"], 0.99)
    assert german["unknown_words_ratio"].min() > 0.5
    # Rows of the reference look like later ones, not nearer.
    spread = own["ngram_distance"].std()
    assert abs(own["ngram_distance"].mean() - english["ngram_distance"].mean()) < 0.3 * spread


def test_what_is_no_text_is_invalid_and_none_is_missing():
    """A number or a list is infinite in every part, None is NaN, an empty text has a length but no ratios."""
    parts = text.read(text.learn(ENGLISH)[0])([7, ["a"], None, float("nan"), ""])
    for name, values in parts.items():
        assert np.isinf(values[:2]).all() and np.isnan(values[2:4]).all()
        assert values[4] == 0 if name == "length" else np.isnan(values[4])


def test_long_texts_are_read_in_part():
    """Only the beginning of a long text is read; its length is complete."""
    parts = text.read(text.learn(ENGLISH)[0])(["a" * CHARACTERS_AT_MOST + "1" * 10_000])
    assert (parts["length"][0], parts["digit_ratio"][0]) == (CHARACTERS_AT_MOST + 10_000, 0.0)


def test_emoji_and_lone_surrogates_are_characters():
    """Characters beyond the basic plane count once; a lone surrogate, which JSON allows, is harmless."""
    parts = text.read(text.learn(ENGLISH)[0])(["a😀", "a\ud800", "a𐍈"])
    assert parts["length"].tolist() == [2, 2, 2]
    assert parts["punctuation_ratio"].tolist() == [0.5, 0.0, 0.0]
    assert parts["control_ratio"].tolist() == [0.0, 0.5, 0.0]
    assert parts["letter_ratio"].tolist() == [0.5, 0.5, 1.0]


@pytest.mark.slow
def test_no_text_is_kept():
    """The learned content has no word of the reference, and stays small."""
    many = [f"secret word{number} and another{number} again" for number in range(30_000)]
    content, _ = text.learn(many * 2)
    assert "secret" not in str(content)
    assert len(content["words"]) < 120_000


@pytest.mark.parametrize(
    ("column", "looks"),
    [
        (ENGLISH, True),
        ([*ENGLISH, None], True),
        ([f"user-{number}@example.com" for number in range(100)], False),
        ([f"Smith, John {number}" for number in range(100)], False),
        (["this is always the same old sentence"] * 100, False),
        ([*ENGLISH, 7], False),
        ([None], False),
    ],
)
def test_text_is_recognised(column, looks):
    """Sentences that rarely repeat are text; identifiers, names and categories are not."""
    assert text.looks_like_text(column) is looks


def test_broken_content_is_rejected():
    """A sketch of the wrong size raises ValueError."""
    content, _ = text.learn(ENGLISH)
    with pytest.raises(ValueError, match="expected a sketch of 512 numbers"):
        text.read({**content, "sketch": ""})
