"""SQL as tokens. What PostgreSQL and SQLite might read in two ways is refused, so that no text means to a
database what it did not mean here: strings with a prefix or dollars, backticks, brackets as quotes.

Comments are left out of what is sent: nothing hides in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from backoffice.questions import causes
from backoffice.questions.errors import NotAllowed

LONGEST = 20_000  # characters


class Kind(Enum):
    WORD = "word"  # in small letters
    QUOTED = "quoted"  # "a name", without its quotes
    STRING = "string"
    NUMBER = "number"
    PARAMETER = "parameter"  # :name, without its colon
    SYMBOL = "symbol"


@dataclass(frozen=True)
class Token:
    kind: Kind
    text: str  # as it is compared
    written: str  # as it is sent

    def is_word(self, *words: str) -> bool:
        return self.kind is Kind.WORD and self.text in words

    def is_symbol(self, symbol: str) -> bool:
        return self.kind is Kind.SYMBOL and self.text == symbol

    @property
    def is_name(self) -> bool:
        return self.kind in (Kind.WORD, Kind.QUOTED)


_RULES = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*)
    | (?P<prefixed>(?:[EeBbXxNn]|[Uu]&)['"])
    | (?P<string>'(?:[^'\0]|'')*')
    | (?P<quoted>"(?:[^"\0]|"")+")
    | (?P<cast>::)
    | (?P<parameter>:[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![A-Za-z_0-9]))
    | (?P<word>[^\W\d]\w*)
    | (?P<symbol><>|<=|>=|!=|\|\||->>|->|[-+*/%(),.;=<>~|&!^])
    """,
    re.VERBOSE,
)


def tokens_of(sql: str) -> list[Token]:
    """Raises NotAllowed for what is too long, or cannot be read."""
    if len(sql) > LONGEST:
        raise NotAllowed(causes.TOO_LONG(most=LONGEST))
    return list(_tokens(sql))


def _tokens(sql: str) -> Iterator[Token]:
    at = 0
    while at < len(sql):
        if sql.startswith("/*", at):
            at = _after_comment(sql, at)
            continue
        found = _RULES.match(sql, at)
        if found is None or found.lastgroup == "prefixed":
            raise NotAllowed(causes.UNREADABLE(near=sql[at : at + 20]))
        at, text = found.end(), found.group()
        match found.lastgroup:
            case "string":
                yield Token(Kind.STRING, text, text)
            case "quoted":
                yield Token(Kind.QUOTED, text[1:-1].replace('""', '"'), text)
            case "parameter":
                yield Token(Kind.PARAMETER, text[1:], text)
            case "number":
                yield Token(Kind.NUMBER, text, text)
            case "word":
                yield Token(Kind.WORD, text.lower(), text)
            case "symbol" | "cast":
                yield Token(Kind.SYMBOL, text, text)


def _after_comment(sql: str, at: int) -> int:
    """Comments within comments end apart for PostgreSQL and SQLite: such a text is refused."""
    end = sql.find("*/", at + 2)
    if end < 0 or "/*" in sql[at + 2 : end]:
        raise NotAllowed(causes.UNREADABLE(near=sql[at : at + 20]))
    return end + 2
