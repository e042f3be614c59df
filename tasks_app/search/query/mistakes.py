"""What can be wrong with a search: where, and what can stand there instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from django.utils.translation import gettext as _

MOST_NAMED = 12  # choices that a sentence names


class QueryError(Exception):
    """A search that cannot be read. The mistake stands at `start:end` of what was typed."""

    def __init__(self, start: int, end: int, sentence: str, instead: str = "") -> None:
        super().__init__(sentence)
        self.start, self.end, self.sentence = start, end, sentence
        self.instead = instead  # what was most likely meant at that place


def not_closed(start: int, end: int) -> QueryError:
    return QueryError(start, end, _("This quotation does not end: put a quotation mark after its last word."))


def empty(start: int, end: int) -> QueryError:
    return QueryError(start, end, _("Nothing stands between these quotation marks."))


def nothing_after(name: str, start: int, end: int) -> QueryError:
    return QueryError(
        start,
        end,
        _("“%(name)s:” needs a value right after the colon, or several with commas between.")
        % {"name": name},
    )


def glued(start: int, end: int) -> QueryError:
    return QueryError(start, end, _("After a quotation comes a blank, or a comma and another value."))


def no_span(start: int, end: int) -> QueryError:
    return QueryError(
        start, end, _("This is no span of time. Write a number and s, m, h, d or w: 90s, 5m, 24h, 7d.")
    )


def no_such_name(name: str, start: int, end: int, known: Sequence[str]) -> QueryError:
    """A known name that ends in a dot takes another name after it."""
    nearest = nearest_of(name, known)
    words = {"name": name, "nearest": _shown(nearest), "known": ", ".join(map(_shown, known))}
    if nearest:
        sentence = _("There is no “%(name)s:”. Is it “%(nearest)s”? There are: %(known)s.") % words
    else:
        sentence = (
            _("There is no “%(name)s:”. There are: %(known)s. To find these very words, quote them.") % words
        )
    return QueryError(start, end, sentence, "" if nearest.endswith(".") or not nearest else f"{nearest}:")


def _shown(name: str) -> str:
    return f"{name}x:" if name.endswith(".") else f"{name}:"


def no_such_value(value: str, start: int, end: int, known: Iterable[str]) -> QueryError:
    """A value that is none of a few, or of many of which the nearest are named."""
    choices = list(dict.fromkeys(known))
    nearest = nearest_of(value, choices)
    words = {
        "value": value,
        "known": ", ".join(choices[:MOST_NAMED]) + (" …" if len(choices) > MOST_NAMED else ""),
    }
    if not choices:
        sentence = _("There is no “%(value)s” here.") % words
    elif nearest:
        sentence = _("There is no “%(value)s”. Is it “%(nearest)s”? There are: %(known)s.") % (
            words | {"nearest": nearest}
        )
    else:
        sentence = _("There is no “%(value)s”. There are: %(known)s.") % words
    return QueryError(start, end, sentence, nearest)


def nearest_of(text: str, known: Sequence[str]) -> str:
    """The one that is most like it; "" where none is."""
    folded = {one.casefold(): one for one in known}
    found = get_close_matches(text.casefold(), list(folded), 1, 0.6)
    return folded[found[0]] if found else ""
