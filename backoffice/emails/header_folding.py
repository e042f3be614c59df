"""Values of headers as they travel: in ASCII, folded, and with text on their first line.

By RFC 5322 (2.1.1: lines of 78 characters, 998 at most; 2.2.3: folded at white space) and RFC 2047 (2: an
encoded word has 75 characters at most and a line with one 76; 5: a word holds whole characters). The
library's `Header` begins a long first word on a second line, and folds a name without its address.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from email.headerregistry import Address
from typing import NamedTuple

LINE, HARD_LINE = 78, 998
ENCODED_LINE, ENCODED_WORD = 76, 75
FRAME = len("=?utf-8?q??=")
LEAST = 12  # a character of four bytes fits, as =F0=9F=98=80

# Where words are for people an encoded one is as good as a plain one. Elsewhere (List-Unsubscribe,
# References, whatever begins with X-) programs read, and take plain ones alone.
FREE_TEXT = frozenset({"subject", "comments"})

SINGLE_SPACE = re.compile(r"(?<! ) (?! )")
AS_IT_IS = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/"
)  # RFC 2047, 5 (3)


class TooLongToTravel(ValueError):
    """A word that no line can hold and that may not be cut."""


def is_plain(value: str) -> bool:
    """Whether it stands for itself: ASCII that nobody takes for an encoded word (RFC 2047)."""
    return value.isascii() and "=?" not in value


def text_in_header(name: str, value: str) -> str:
    """One line of text as the value of this header; raises TooLongToTravel."""
    used = len(name) + len(": ")
    if not is_plain(value):
        return encoded(value, used)
    lines = _folded(value, used)
    longest = max(used + len(lines[0]), *(len(line) + 1 for line in lines))
    if longest > LINE and name.lower() in FREE_TEXT:
        return encoded(value, used)
    if longest > HARD_LINE:
        raise TooLongToTravel(name)
    return "\r\n ".join(lines)


def mailbox_in_header(mailbox: Address, used: int) -> str:
    """A name and its address after `used` characters of a line."""
    name, shown = mailbox.display_name, str(mailbox)
    used += len(",")  # it may follow
    if not name or (is_plain(name) and used + len(shown) <= LINE):
        return shown
    said, address = encoded(name, used), f"<{mailbox.addr_spec}>"
    start = said.rfind("\r\n") + len("\r\n") if "\r\n" in said else -used
    fits = len(said) - start + len(" ") + len(address) + len(",") <= ENCODED_LINE
    return f"{said}{' ' if fits else '\r\n '}{address}"


def encoded(value: str, used: int) -> str:
    """Its encoded words, a line each; the first stands after `used` characters."""
    short = min((QUOTED, BASE64), key=lambda one: one.width(sum(map(one.weight, value))))
    words = (short.write(piece.encode()) for piece in _pieces(value, short, ENCODED_LINE - used - FRAME))
    return "\r\n ".join(f"=?utf-8?{short.letter}?{word}?=" for word in words)


class Encoding(NamedTuple):
    letter: str
    weight: Callable[[str], int]  # of one character
    width: Callable[[int], int]  # in an encoded word, of characters with so much weight
    write: Callable[[bytes], str]


def _quoted_weight(sign: str) -> int:
    return sum(1 if byte in AS_IT_IS else 3 for byte in sign.encode()) if sign != " " else 1


def _quoted(raw: bytes) -> str:
    said = "".join(chr(byte) if byte in AS_IT_IS or byte == ord(" ") else f"={byte:02X}" for byte in raw)
    return said.replace(" ", "_")


QUOTED = Encoding("q", _quoted_weight, lambda weight: weight, _quoted)
BASE64 = Encoding(
    "b",
    lambda sign: len(sign.encode()),
    lambda weight: -(-weight // 3) * 4,
    lambda raw: b64encode(raw).decode(),
)


def _pieces(value: str, encoding: Encoding, room: int) -> Iterator[str]:
    """Cut between characters, so that each fits its word: `room` is the first one's."""
    room, whole_line = max(room, LEAST), ENCODED_WORD - FRAME
    piece, weight = "", 0
    for sign in value:
        more = encoding.weight(sign)
        if piece and encoding.width(weight + more) > min(room, whole_line):
            yield piece
            piece, weight, room = "", 0, whole_line
        piece += sign
        weight += more
    yield piece


def _folded(value: str, used: int) -> list[str]:
    """Its lines, cut at single spaces; no line is empty."""
    first, *words = SINGLE_SPACE.split(value)
    lines, length = [first], used + len(first)
    for word in words:
        if length + len(" ") + len(word) <= LINE:
            lines[-1] += f" {word}"
            length += len(" ") + len(word)
        else:
            lines.append(word)
            length = len(" ") + len(word)
    return lines
