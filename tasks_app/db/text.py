"""Texts as a database keeps them and a page shows them.

PostgreSQL takes no NUL, no database half a character (a lone surrogate, as of an emoji that was cut in two),
and no answer to a browser can be written with one.
"""

from __future__ import annotations


def storable_text(text: str) -> str:
    """The same, with U+FFFD in the place of NUL and of halves of characters."""
    if "\x00" not in text and not has_half(text):
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # two halves side by side join
    return whole.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def is_storable(text: object, longest: int = 255) -> bool:
    """Whether it is a text that a column of so many characters keeps as it is."""
    return isinstance(text, str) and len(text) <= longest and "\x00" not in text and not has_half(text)


def has_half(text: str) -> bool:
    """Whether it holds half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
