"""Tokens that know where their statement and their template end, for sentences that name the place.

To Liquid an end is nowhere: what is missing there has neither a line nor a statement.
"""

from __future__ import annotations

import re

from liquid import Token, TokenStream
from liquid.exceptions import LiquidSyntaxError
from liquid.lex import get_lexer
from liquid.token import TOKEN_EOF, TOKEN_TAG

from backoffice.emails.templating.faults import Wrong
from backoffice.emails.templating.source import NEVER_CLOSED

_END_CAME_FIRST = re.compile(r"expected tag |unexpected tag 'end of expression'|\w+ tag wa[sd] never closed")
BLOCKS = frozenset({"capture", "case", "comment", "doc", "for", "if", "unless"})


class Stream(TokenStream):
    """The tokens of a template."""

    def into_inner(self, *, tag: Token | None = None, eat: bool = True) -> TokenStream:
        """Those of the expression that comes next, which end where it does."""
        expression = self.current
        inner = super().into_inner(tag=tag, eat=eat)
        inner.eof = end_of(expression)
        return inner


def end_of(expression: Token) -> Token:
    return Token(TOKEN_EOF, TOKEN_EOF, expression.start_index, expression.source)


def left_open(error: LiquidSyntaxError, source: str) -> Wrong | None:
    """What to say where the template ended inside a tag that has an end of its own; None of other errors."""
    at_the_end = error.token is None or error.token.kind == TOKEN_EOF or "never closed" in str(error.message)
    if not at_the_end or not _END_CAME_FIRST.match(str(error.message)):
        return None
    opened: list[Token] = []
    for token in get_lexer()(source):
        if token.kind != TOKEN_TAG:
            continue
        if token.value in BLOCKS:
            opened.append(token)
        elif opened and token.value == f"end{opened[-1].value}":
            opened.pop()
    if not opened:
        return None
    name = opened[-1].value
    return Wrong(NEVER_CLOSED, opened[-1], opened=f"{{% {name} %}}", closes=f"{{% end{name} %}}")
