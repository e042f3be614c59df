"""Parameters of a question as each database takes them: values travel apart from the text, always."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backoffice.questions.statements.reading import Kind, Token

# By PostgreSQL's name of the type; a value whose type is not said is no value there.
CASTS = {
    "text": "text",
    "choice": "text",
    "integer": "bigint",
    "number": "numeric",
    "day": "date",
    "boolean": "boolean",
    "moment": "timestamptz",
}


def names_in(tokens: Sequence[Token]) -> list[str]:
    """Of the parameters, each once, in their order."""
    return list(dict.fromkeys(one.text for one in tokens if one.kind is Kind.PARAMETER))


def for_postgresql(tokens: Sequence[Token], types: Mapping[str, str]) -> str:
    """With psycopg's placeholders, each with its type; a per cent sign stands for itself."""
    return " ".join(_placed(one, types) for one in tokens)


def _placed(token: Token, types: Mapping[str, str]) -> str:
    if token.kind is Kind.PARAMETER:
        return f"(%({token.text})s::{CASTS[types[token.text]]})"
    return token.written.replace("%", "%%")


def for_sqlite(tokens: Sequence[Token]) -> str:
    return " ".join(one.written for one in tokens)
