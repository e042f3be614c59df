"""Text of a subject, a name or a file's name: what stays of it, and where it may be cut."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from backoffice.emails.text import clean, cut, one_line

KEPT = {
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a flag of tags": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "a skin tone and a variation selector": "\U0001f44b\U0001f3fd ❤\ufe0f 葛\U000e0100",
    "marks of direction": "\u200fשלום\u200e \u2067abc\u2069 \u202babc\u202c",
    "a joiner between Persian letters": "می\u200cخواهم",
    "marks on letters": "e\u0301 ệ ย\u0e49",
    "spaces that do not break": "1\u202f250,00\u00a0€\u3000x",
    "two spaces": "a  b",
    "a soft hyphen and a word joiner": "a\u00adb\u2060c",
    "signs for private use, and signs nobody has given a meaning": "\ue000\U0010fffd\u0378",
    "a byte order mark": "a\ufeffb",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_every_sign_of_the_text_stays(text: str) -> None:
    assert one_line(text) == text == clean(text) == cut(text, len(text))


@pytest.mark.parametrize(
    ("given_text", "line"),
    [
        ("a\r\nBcc: b\x07c", "a Bcc: b c"),
        ("a\n    b", "a b"),
        ("a \t\v\f b", "a b"),
        ("\r\n a\n", "a"),
        ("a\u2028b\u2029c\x85d\x1be\x9bf\x7fg", "a b c d e f g"),
        ("a\0b", "a b"),
        ("Rappel \ud83d", "Rappel \ufffd"),
        ("\n\n", ""),
    ],
)
def test_control_characters_and_line_ends_are_a_space(given_text: str, line: str) -> None:
    assert one_line(given_text) == line


@given(st.text(st.characters()))
def test_a_line_holds_no_control_character_and_nothing_else_is_lost(text: str) -> None:
    line = one_line(text)
    assert not {unicodedata.category(sign) for sign in line} & {"Cc", "Zl", "Zp", "Cs"}
    lost = {"Cc", "Zl", "Zp", "Cs"}
    kept = [sign for sign in text if unicodedata.category(sign) not in lost and sign != " "]
    assert [sign for sign in line if sign not in " \ufffd"] == [sign for sign in kept if sign != "\ufffd"]


def test_what_no_mail_can_carry_is_taken_out_of_a_body_and_lines_stay() -> None:
    assert clean("a\0b\r\n\tc\ud83d") == "ab\r\n\tc\ufffd"


CLUSTERS = st.lists(
    st.sampled_from(
        [
            "a",
            " ",
            "é",
            "e\u0301",
            *(KEPT[name] for name in ("a family", "a flag of tags")),
            "🇫🇷",
            "각",
            "க்ஷி",
        ]
    )
)


@given(CLUSTERS, st.integers(1, 60))
def test_a_cut_never_goes_through_a_sign(clusters: list[str], limit: int) -> None:
    text = "".join(clusters)
    kept = cut(text, limit)
    assert text.startswith(kept)
    assert len(kept) <= limit
    whole = list(iter_graphemes(text))
    begins = {sum(map(len, whole[:count])) for count in range(len(whole) + 1)}
    # One sign alone that is longer than the limit leaves its beginning.
    assert len(kept) in begins or len(whole[0]) > limit


def test_a_cut_keeps_as_much_as_fits() -> None:
    assert cut("x" * 499 + "\U0001f468\u200d\U0001f469", 500) == "x" * 499
    assert cut("x" * 497 + "\U0001f468\u200d\U0001f469", 500) == "x" * 497 + "\U0001f468\u200d\U0001f469"
    assert cut("x" * 600, 500) == "x" * 500
    assert cut("e" + "\u0301" * 600, 500) == "e" + "\u0301" * 499
