"""What a search is made of. Terms hold together: a row has to fit each; one of a term's values is enough."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

# What a name may be: `kind`, `arg.destinataire`.
NAME = re.compile(r"[A-Za-z][A-Za-z_]*(?:\.\w+)?", re.ASCII)
LONGER, SHORTER = ">", "<"  # the names of `>5m` and `<30s`
# Keyboards of phones, and French ones, make others of a plain quotation mark.
OPENING, CLOSING = '"“„«', '"”“»'
# Nothing that could be taken for a quotation, a list or another term.
_PLAIN = re.compile(rf"[^\s,{OPENING}{CLOSING}\\]+")


@dataclass(frozen=True)
class Value:
    text: str
    # Where it stands in what was typed; two that say the same are equal wherever they stand.
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Term:
    """Words to find where `name` is empty: one value, which is a word or a quotation."""

    name: str
    values: tuple[Value, ...]
    negated: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    @property
    def texts(self) -> list[str]:
        return [value.text for value in self.values]


def written(terms: Iterable[Term]) -> str:
    """As somebody would type it: read again, it is the same."""
    return " ".join(_written(term) for term in terms)


def quoted(text: str) -> str:
    """As one value of a qualifier is typed."""
    return text if _PLAIN.fullmatch(text) else _in_quotes(text)


def _written(term: Term) -> str:
    sign = "-" if term.negated else ""
    if term.name in (LONGER, SHORTER):
        return f"{sign}{term.name}{term.values[0].text}"
    if term.name:
        return f"{sign}{term.name}:{','.join(quoted(text) for text in term.texts)}"
    [word] = term.texts
    return sign + (word if _is_plain_word(word) else _in_quotes(word))


def _is_plain_word(word: str) -> bool:
    """One that begins as no other term does."""
    return bool(re.fullmatch(rf"[^\s{OPENING}{CLOSING}\\<>:-][^\s{OPENING}{CLOSING}\\:]*", word))


def _in_quotes(text: str) -> str:
    return '"' + re.sub(r'(["”“»\\])', r"\\\1", text) + '"'
