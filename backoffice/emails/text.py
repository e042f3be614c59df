"""Text as people see it: what a line of it is, where it may be cut, and what no mail can carry."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wcwidth import iter_graphemes

# Control characters and Unicode's own line ends: with the spaces around them they make one space. Every other
# sign belongs to the text: joiners, variation selectors, tags, marks of direction, spaces that do not break.
BETWEEN_LINES = re.compile(r" *[\x00-\x1f\x7f-\x9f\u2028\u2029][ \x00-\x1f\x7f-\x9f\u2028\u2029]*")
HALVES = re.compile(r"[\ud800-\udfff]")  # of surrogate pairs: no text, and nothing can encode them
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def one_line(value: str) -> str:
    """The value as one line: control characters and line ends are a space, all else stays as it is."""
    return whole_signs(BETWEEN_LINES.sub(" ", value)).strip(" ")


def clean(value: str) -> str:
    """The value as a mail and a database can carry it: without NUL, half a sign replaced."""
    return whole_signs(value.replace("\0", ""))


def whole_signs(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        return HALVES.sub(REPLACEMENT, value)
    return value


def signs(value: str) -> Iterator[str]:
    """What a reader takes for one sign each: letters with their accents, families, flags."""
    return iter(value) if value.isascii() else iter_graphemes(value)


def cut(value: str, limit: int) -> str:
    """At most so many characters, no sign in halves; of a single sign that is longer, its beginning."""
    if len(value) <= limit:
        return value
    kept = 0
    for sign in signs(value[: limit + 1]):
        if kept + len(sign) > limit:
            break
        kept += len(sign)
    return value[: kept or limit]
