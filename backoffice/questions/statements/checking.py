"""Whether a text is one statement that only reads, and names nothing but what may be named.

It is the first of two guards, and says in a sentence what is wrong; the second is the database itself: a role
that may nothing (PostgreSQL), an authorizer (SQLite).
"""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.questions import causes
from backoffice.questions.errors import NotAllowed
from backoffice.questions.statements.names import GRAMMAR, POSTGRESQL, SQLITE, STATEMENTS, SYSTEM, TYPES
from backoffice.questions.statements.reading import Kind, Token, tokens_of

SCHEMA = "reporting"  # of the views on PostgreSQL


def checked(sql: str, *, postgresql: bool) -> list[Token]:
    """Its tokens, without a semicolon at its end; raises NotAllowed with a sentence."""
    tokens = tokens_of(sql)
    while tokens and tokens[-1].is_symbol(";"):
        tokens.pop()
    if not tokens:
        raise NotAllowed(causes.NOTHING_ASKED())
    if any(one.is_symbol(";") for one in tokens):
        raise NotAllowed(causes.SEVERAL_STATEMENTS())
    if not tokens[0].is_word("select", "with", "values"):
        raise NotAllowed(causes.ONLY_READS(word=tokens[0].written))
    for at, token in enumerate(tokens):
        _check_name(token)
        if at + 1 < len(tokens) and tokens[at + 1].is_symbol("("):
            _check_call(tokens, at, POSTGRESQL if postgresql else SQLITE)
    _check_schemas(tokens)
    return tokens


def _check_name(token: Token) -> None:
    if token.kind is Kind.WORD and token.text in STATEMENTS:
        raise NotAllowed(causes.ONLY_READS(word=token.written))
    name = token.text.lower()
    if token.is_name and (name in SYSTEM or name.startswith(("pg_", "pragma_", "sqlite_"))):
        raise NotAllowed(causes.OF_THE_SYSTEM(name=token.written))


def _check_call(tokens: Sequence[Token], at: int, functions: frozenset[str]) -> None:
    """What stands before a parenthesis: a word of the grammar, a type, a function, or a name given there."""
    token, before = tokens[at], tokens[at - 1] if at else None
    if not token.is_name or (before is not None and before.is_word("as", "with", "recursive")):
        return  # `AS t (a, b)`, `WITH t (a, b)`: there a name is given
    of_somebody = before is not None and before.is_symbol(".")
    if token.kind is Kind.QUOTED or of_somebody:
        raise NotAllowed(causes.NO_SUCH_FUNCTION(name=token.written))
    if token.text not in GRAMMAR | TYPES | functions:
        raise NotAllowed(causes.NO_SUCH_FUNCTION(name=token.written))


def _check_schemas(tokens: Sequence[Token]) -> None:
    """`a.b` is a column of a; `a.b.c` one of a table in a schema, of which there is one."""
    for at in range(len(tokens) - 4):
        first, dot, second, again, third = tokens[at : at + 5]
        three = first.is_name and second.is_name and (third.is_name or third.is_symbol("*"))
        if three and dot.is_symbol(".") and again.is_symbol(".") and first.text != SCHEMA:
            raise NotAllowed(causes.OF_THE_SYSTEM(name=f"{first.written}.{second.written}"))
