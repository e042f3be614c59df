"""What is looked at before Liquid's lexer: its expressions take the square of what they look ahead in vain.

Python-liquid's rules (liquid/lex.py, 2.3) are one regular expression. An end that is missing, or a long run
of white space inside a statement, makes it try each place again from each place: 100,000 spaces take minutes.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext_noop
from liquid import Token

from backoffice.emails.templating.faults import Wrong
from backoffice.emails.templating.limits import MAX_SOURCE, MAX_STATEMENT, MAX_STATEMENTS, TooMuch

NEVER_CLOSED = gettext_noop("“%(opened)s” is opened and never closed. Close it with “%(closes)s”.")
TOO_LONG = gettext_noop(
    "this is longer than %(limit)s characters. Make it several statements, with {%% assign %%}."
)
TOO_MANY_SPACES = gettext_noop("this has more than %(limit)s spaces or line ends in a row. Remove them.")

DELIMITERS = (("{{", "}}"), ("{%", "%}"))
STATEMENTS = tuple(
    re.compile(f"{re.escape(opens)}.*?{re.escape(closes)}", re.DOTALL) for opens, closes in DELIMITERS
)
# Within these nothing is a statement, and the lexer looks for their end from each beginning.
VERBATIM = {
    name: tuple(re.compile(rf"{{%-?\s*{word}\s*-?%}}") for word in (name, f"end{name}"))
    for name in ("raw", "doc")
}
MAX_SPACES = 100
SPACES = re.compile(rf"\s{{{MAX_SPACES + 1}}}")


def check_source(source: str) -> None:
    """Raises Wrong with the place of what is wrong, or TooMuch."""
    if len(source) > MAX_SOURCE:
        raise TooMuch
    for opens, closes in DELIMITERS:
        last = source.rfind(opens)
        if last > source.rfind(closes):
            raise Wrong(NEVER_CLOSED, _at(source, last), opened=opens, closes=closes)
    found = 0
    for statements in STATEMENTS:
        for statement in statements.finditer(source):
            found += 1
            _check_statement(statement)
    if found > MAX_STATEMENTS:
        raise TooMuch
    _check_verbatim(source)


def _check_statement(statement: re.Match[str]) -> None:
    place = _at(statement.string, statement.start())
    if len(statement[0]) > MAX_STATEMENT:
        raise Wrong(TOO_LONG, place, limit=MAX_STATEMENT)
    if SPACES.search(statement[0]):
        raise Wrong(TOO_MANY_SPACES, place, limit=MAX_SPACES)


def _check_verbatim(source: str) -> None:
    for name, (begins, ends) in VERBATIM.items():
        last = max((found.start() for found in begins.finditer(source)), default=-1)
        if last > max((found.start() for found in ends.finditer(source)), default=-1):
            raise Wrong(
                NEVER_CLOSED, _at(source, last), opened=f"{{% {name} %}}", closes=f"{{% end{name} %}}"
            )


def _at(source: str, index: int) -> Token:
    return Token("source", "", index, source)
