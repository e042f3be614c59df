"""What a search takes for the same: case, accents, and signs that nobody types."""

from __future__ import annotations

import pytest

from tasks_app.db.folding import LONGEST_SEARCH, MOST_WORDS, fold, pattern_of, searchable, words_of

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Zoé", "ZOE"),
        ("Zoe\u0301", "zoé"),  # composed and not
        ("MÜLLER", "Müller"),
        ("Straße", "STRASSE"),
        ("STRAẞE", "straße"),
        ("İstanbul", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("Łódź", "lodz"),
        ("Œuvre", "oeuvre"),
        ("Søren Ærø", "soren aero"),
        ("Þórður", "thordur"),
        ("L’été", "l'ete"),
        ("vingt‑deux", "vingt-deux"),
        ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
        ("ﬁnance", "finance"),
        ("co\u00adop", "coop"),  # a soft hyphen
        ("\u200fשלום\u200e", "שלום"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("한국어", "한국어"),
        ("a\tb\nc\x00d", "a b c d"),
        ("\u00a0a\u2003b ", "a b"),
        ("half\ud800", "half"),
    ],
)
def test_one_word_in_two_spellings(written: str, typed: str) -> None:
    assert fold(written) == fold(typed)


@pytest.mark.parametrize(("one", "other"), [("がく", "かく"), ("कि", "की"), ("a-b", "a b"), ("👩‍🚀", "👨‍🚀")])
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_folding_twice_changes_nothing_more() -> None:
    """Over all characters there are: what is stored is what is asked for."""
    for start in range(0, 0x110000, 0x1000):
        for sign in map(chr, range(start, start + 0x1000)):
            once = fold(sign)
            assert fold(once) == once, hex(ord(sign))
            once.encode()  # no half of a character, which no database keeps
            assert "\x00" not in once


def test_each_word_of_a_text_begins_with_a_blank() -> None:
    assert searchable(["ann@example.org", "", "Ann  Öz"]) == " ann@example.org ann oz"
    assert searchable(["", "\u200b"]) == ""


def test_a_short_word_is_one_that_a_word_begins_with() -> None:
    assert [pattern_of(word) for word in words_of("東京 Öz ann a")] == [" 東京", " oz", "ann", " a"]


def test_a_search_has_an_end() -> None:
    assert len(words_of("w" * 10_000)[0]) == LONGEST_SEARCH
    assert len(words_of(" ".join(map(str, range(1000))))) <= MOST_WORDS
    assert words_of("ann ANN Änn") == ["ann"]
    assert words_of(" \u200b\x00 ") == []
