"""Bytes become text: by the mark that a file begins with, as UTF-8, or by what its letters look like."""

from __future__ import annotations

import codecs
import re
from itertools import islice

from django.utils.translation import gettext as _

from backoffice.people_lists.errors import UnreadableList

# With their marks; those of UTF-32 first, for they begin as those of UTF-16 do.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WINDOWS = "backoffice.windows-1252"  # the handler of bytes that are no UTF-8
UNREADABLE = "\ufffd"  # what stands for a byte that is no letter
# What spreadsheets write where they do not write UTF-8, by the language of their machine: the first is taken
# where several fit as well.
ONE_BYTE = {
    "cp1252": "Windows-1252",
    "mac_roman": "Mac OS Roman",
    "iso8859_15": "ISO 8859-15",
    "cp1250": "Windows-1250",
    "iso8859_2": "ISO 8859-2",
    "cp1251": "Windows-1251",
}
LOOKED_AT = 20_000  # letters that are no ASCII
_NO_ASCII = re.compile(r"[^\x00-\x7f]")
# Signs that are at home between two letters, as in L’Œuvre, and beside one, as in “Été”.
_BETWEEN_LETTERS = frozenset("’‘·")
_BESIDE_LETTERS = _BETWEEN_LETTERS | frozenset("“”–—…€«»°\u00a0‚„•™®©")


def decoded(content: bytes) -> tuple[str, list[str]]:
    """The text with line ends of one kind, and what is to be known of its encoding.

    Its mark says it; without one it is UTF-8, and what is none is read as its letters fit best.
    """
    notes: list[str] = []
    encoding = _encoding_of(content)
    try:
        text = content.decode(encoding) if encoding else _utf8_or_one_byte(content, notes)
    except UnicodeDecodeError as error:
        raise UnreadableList(
            _(
                "This file says it is %(encoding)s text and is not. Save the list as CSV again, then "
                "upload that."
            )
            % {"encoding": encoding.upper()}
        ) from error
    # Programs of the days of DOS end a file with the sign for its end.
    text = text.removeprefix("\ufeff").removesuffix("\x1a")
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def _encoding_of(content: bytes) -> str:
    """Of two or four bytes a letter; "" for any other."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return encoding
    if content[:2].count(0) == 1 and content[2:4].count(0) == 1:  # plain letters in UTF-16 without its mark
        return "utf-16-be" if content[0] == 0 else "utf-16-le"
    return ""


def _utf8_or_one_byte(content: bytes, notes: list[str]) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        mixed = content.decode("utf-8", errors=WINDOWS)
    encoding, text = _one_byte(content)
    # Two letters of one byte may happen to be one of UTF-8; where nothing is, the two texts are the same.
    says_utf8 = content.startswith(codecs.BOM_UTF8)
    is_one_byte = content.decode("utf-8", errors="ignore").isascii() or _oddities(text) < _oddities(mixed)
    if says_utf8 or not is_one_byte:
        notes.append(
            _(
                "Some letters of this file are UTF-8 and others Windows-1252: look at the accents below "
                "before you import."
            )
        )
        return mixed
    if encoding != "cp1252" or _oddities(text):
        notes.append(
            _(
                "This file is no UTF-8, and does not say what it is. It is read as %(encoding)s, which fits "
                "its letters best: look at the accents below before you import."
            )
            % {"encoding": ONE_BYTE[encoding]}
        )
    return text


def _one_byte(content: bytes) -> tuple[str, str]:
    """The encoding that leaves the fewest oddities, and what it makes of the file."""
    texts = {one: content.decode(one, errors="replace") for one in ONE_BYTE}
    encoding = min(texts, key=lambda one: _oddities(texts[one]))
    return encoding, texts[encoding]


def _oddities(text: str) -> int:
    """How much of its signs that are no ASCII stands where none of a name would: AndrŽ, ³ódŸ, LEFéVRE."""
    found = islice(_NO_ASCII.finditer(text), LOOKED_AT)
    return sum(
        _oddity(text[max(one.start() - 1, 0) : one.start()], one[0], text[one.end() : one.end() + 1])
        for one in found
    )


def _oddity(before: str, sign: str, behind: str) -> int:
    """0 where it is at home, 1 where it is rare, 2 where it never is."""
    neighbours = [one for one in (before, behind) if one.isalpha()]
    if sign == UNREADABLE or "\x80" <= sign <= "\x9f":
        return 2
    if not sign.isalpha():
        at_home = _BETWEEN_LETTERS if len(neighbours) == 2 else _BESIDE_LETTERS
        return 2 if neighbours and sign not in at_home else 0
    if not (sign.isupper() or sign.islower()):  # ª and º
        return 2
    if (sign.isupper() and before.islower()) or (sign.islower() and before.isupper() and behind.isupper()):
        return 2
    if not _is_latin(sign):
        return 2 if any(_is_latin(one) for one in neighbours) else 0
    return 1 if len(neighbours) == 2 and not any(one.isascii() for one in neighbours) else 0


def _is_latin(letter: str) -> bool:
    return letter < "\u0250"


def _one_byte_of_windows(error: UnicodeError) -> tuple[str, int]:
    """What is no UTF-8 is a letter of Windows-1252; five of its bytes are none there either."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    found = error.object[error.start : error.end]
    return found.decode("cp1252", errors="replace"), error.end


codecs.register_error(WINDOWS, _one_byte_of_windows)
