"""Texts as a search compares them: without case, accents, or what people see and do not type.

One function, at filling and at asking, on both databases: "Zoé", "ZOE" and "zoe" are one word, as are
"Straße" and "strasse", and the Turkish İ, ı and i.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST_SEARCH, MOST_WORDS = 200, 12  # characters and words of one search
# What an index of three signs can find within a word; a shorter one is found where a word begins with it.
SIGNS = 3

# Marks that writers leave out: accents (once letters are taken apart), Hebrew points, Arabic vowels and
# tatweel. Those that make another letter, as in Japanese or Hindi, stay.
_MARKS = (
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
)
# What shows nothing: format characters (Cf), variation selectors, halves of characters.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e01ef"
)
_LEFT_OUT = re.compile(f"[{_MARKS}{_INVISIBLE}]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
# Letters that Unicode does not take apart, as people type them; signs that typesetting puts for others.
_LETTERS = str.maketrans(
    {
        "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i",
        "’": "'", "‘": "'", "ʼ": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    }
)  # fmt: skip


def fold(text: str) -> str:
    """In small letters without accents, in one line with single blanks."""
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = unicodedata.normalize("NFC", _LEFT_OUT.sub("", apart)).translate(_LETTERS)
    return _BLANKS.sub(" ", text.lower()).strip()


def searchable(texts: Iterable[str]) -> str:
    """What a table keeps of them to be searched. It begins with a blank, as each of its words does."""
    folded = fold("\n".join(texts))
    return f" {folded}" if folded else ""


def words_of(asked: str) -> list[str]:
    """The words of a search, folded; what is beyond the bounds is left out."""
    return list(dict.fromkeys(fold(asked[:LONGEST_SEARCH]).split()))[:MOST_WORDS]


def pattern_of(word: str) -> str:
    """What a searchable text has in it where it has this word: a short one at the beginning of a word."""
    return word if len(word) >= SIGNS else f" {word}"
