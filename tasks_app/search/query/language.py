"""The qualifiers that the search of a list knows: whoever has a thing to find by registers one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise

from tasks_app.search.query.mistakes import no_such_value
from tasks_app.search.query.reading import read
from tasks_app.search.query.terms import Term, Value, quoted

type Text = str | Promise


@dataclass(frozen=True)
class Asked:
    """By whom and when; what a list shows besides is told to `note`, a sentence at a time."""

    user: Any
    now: datetime
    note: Callable[[str], object] = lambda sentence: None


@dataclass(frozen=True)
class Choice:
    """A value that may stand after a qualifier. People may type its label too, without case or accents."""

    value: str
    label: Text = ""


@dataclass(frozen=True)
class Qualifier:
    """`condition` says which rows a term means, from an index; it raises QueryError for a value that is none.

    One that no index can answer has `among` instead, which reads the term's negation itself: it is asked of
    the newest rows of the list as all else narrows it.
    """

    name: str  # one that ends in a dot takes another name after it: `arg.`
    label: Text
    example: str
    condition: Callable[[Term, Asked], Q] | None = None
    among: Callable[[Term, Asked], Q] | None = None
    # What its negation means, where an index finds rows by what they are rather than by what they are not.
    without: Callable[[Term, Asked], Q] | None = None
    # What is suggested after it, for a beginning: few at a time.
    choices: Callable[[str, Asked], Iterable[Choice]] = lambda beginning, asked: ()

    def takes(self, name: str) -> bool:
        return name.startswith(self.name) if self.name.endswith(".") else name == self.name


@dataclass
class Language:
    qualifiers: list[Qualifier] = field(default_factory=list)

    def add(self, qualifier: Qualifier) -> Qualifier:
        self.qualifiers.append(qualifier)
        return qualifier

    def names(self) -> list[str]:
        """As they are written before a colon."""
        return [one.name for one in self.qualifiers if one.name.isascii() and one.name[:1].isalpha()]

    def read(self, text: str) -> list[Term]:
        return read(text, self.names())

    def qualifier_of(self, term: Term) -> Qualifier:
        return next(one for one in self.qualifiers if one.takes(term.name))


def chosen(value: Value, choices: Sequence[Choice], fold: Callable[[str], str]) -> str:
    """The choice that somebody typed, by its value or its label; raises QueryError for none."""
    typed = fold(value.text)
    for choice in choices:
        if typed in (fold(choice.value), fold(str(choice.label))):
            return choice.value
    known = [quoted(choice.value) for choice in choices]
    raise no_such_value(value.text, value.start, value.end, known)


def beginning_with(typed: str, choices: Iterable[Choice], fold: Callable[[str], str]) -> Iterator[Choice]:
    """Those with a word that begins so, in value or label."""
    wanted = fold(typed)
    for choice in choices:
        said = f" {fold(choice.value)} {fold(str(choice.label))}"
        if f" {wanted}" in said or any(f"{sign}{wanted}" in said for sign in "._@-"):
            yield choice
