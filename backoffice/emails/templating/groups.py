"""Words that stand together under one name, such as those of `recipient`: each is written by itself.

Liquid writes such a group as Python shows a dictionary, addresses, braces and all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Never

from django.utils.translation import gettext_noop

from backoffice.emails.templating.faults import Fault

SEVERAL_WORDS = gettext_noop(
    "several words stand under this name, and only one can be written: name it, like recipient.name."
)


class _Unwritten:
    def __str__(self) -> Never:
        raise Fault(SEVERAL_WORDS)

    __repr__ = __str__


class Pair(_Unwritten, tuple[str, str]):
    """A word's name and what it says, as a loop over a group gives them."""

    __slots__ = ()


class Group(_Unwritten, dict[str, str]):
    def items(self) -> Any:
        """As Liquid takes them for a loop, and for `first`."""
        return _Pairs(self)


class _Pairs:
    def __init__(self, words: dict[str, str]) -> None:
        self.words = words

    def __iter__(self) -> Iterator[Pair]:
        return (Pair((name, self.words[name])) for name in self.words)
