"""From what somebody typed to terms; QueryError, and nothing else, for what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks_app.search.query.mistakes import empty, glued, no_span, no_such_name, not_closed, nothing_after
from tasks_app.search.query.spans import span_of
from tasks_app.search.query.terms import CLOSING, NAME, OPENING, Term, Value

_BLANK, _WORD, _BARE = re.compile(r"\s*"), re.compile(r"\S+"), re.compile(r"[^\s,]*")
_QUOTED = re.compile(rf"[{OPENING}]((?:\\.|[^\\{CLOSING}])*)[{CLOSING}]", re.DOTALL)
_COMPARED = re.compile(r"([<>])=?(\d\S*)", re.ASCII)
_NAMED = re.compile(rf"({NAME.pattern}):", re.ASCII)


def read(text: str, known: Sequence[str]) -> list[Term]:
    """`known` are the names of qualifiers; one that ends in a dot takes any name after it (`arg.`)."""
    return _Reader(text, known).terms()


class _Reader:
    def __init__(self, text: str, known: Sequence[str]) -> None:
        self.text, self.known = text, known
        self.at = 0

    def terms(self) -> list[Term]:
        found = []
        self._skip()
        while self.at < len(self.text):
            found.append(self._term())
            self._skip()
        return found

    def _skip(self) -> None:
        self.at = _end(_BLANK, self.text, self.at)

    def _term(self) -> Term:
        start = self.at
        negated = self.text[start] == "-" and not _is_blank(self.text[start + 1 : start + 2])
        self.at += negated
        name, values = self._compared() or self._named() or ("", (self._word(),))
        return Term(name, values, negated, start, self.at)

    def _compared(self) -> tuple[str, tuple[Value, ...]] | None:
        """`>5m`. What no number follows is a word: `<ann@example.org>`."""
        found = _COMPARED.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        if span_of(found[2]) is None:
            raise no_span(found.start(2), found.end())
        return found[1], (Value(found[2], found.start(2), found.end()),)

    def _named(self) -> tuple[str, tuple[Value, ...]] | None:
        """`kind:a,b`. What ends in a colon (`Re:`) is a word, as are `https://…` and `c:…`."""
        found = _NAMED.match(self.text, self.at)
        if found is None:
            return None
        name = found[1].lower()
        follows = self.text[found.end() : found.end() + 2]
        if not self._is_known(name):
            if len(name) == 1 or follows == "//" or _is_blank(follows[:1]):
                return None
            raise no_such_name(found[1], found.start(), found.end(), self.known)
        if _is_blank(follows[:1]):
            raise nothing_after(name, found.start(), found.end())
        self.at = found.end()
        return name, self._values(name)

    def _is_known(self, name: str) -> bool:
        return name in self.known or any(one.endswith(".") and name.startswith(one) for one in self.known)

    def _values(self, name: str) -> tuple[Value, ...]:
        values = [self._value(name)]
        while self.text[self.at : self.at + 1] == ",":
            self.at += 1
            values.append(self._value(name))
        return tuple(dict.fromkeys(values))

    def _value(self, name: str) -> Value:
        start = self.at
        if self.text[start : start + 1] in OPENING and start < len(self.text):
            value = self._quotation()
            after = self.text[self.at : self.at + 1]
            if after != "," and not _is_blank(after):
                raise glued(self.at, self.at + 1)
        else:
            self.at = _end(_BARE, self.text, start)
            value = Value(self.text[start : self.at], start, self.at)
        if not value.text:
            raise nothing_after(name, start, max(self.at, start + 1))
        return value

    def _word(self) -> Value:
        if self.text[self.at] in OPENING:
            value = self._quotation()
            if not value.text:
                raise empty(value.start, value.end)
            return value
        start, self.at = self.at, _end(_WORD, self.text, self.at)
        return Value(self.text[start : self.at], start, self.at)

    def _quotation(self) -> Value:
        start = self.at
        found = _QUOTED.match(self.text, start)
        if found is None:
            raise not_closed(start, len(self.text))
        self.at = found.end()
        return Value(re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL).strip(), start, self.at)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _is_blank(sign: str) -> bool:
    return not sign or sign.isspace()
