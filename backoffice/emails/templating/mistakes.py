"""What is wrong with a template, in sentences of ours: Liquid says it in English, to programmers.

An error of Liquid is known by its class, what it says by the beginning of its message, what it is about
by its token. A message that a newer version words otherwise is said by the general sentence of its class.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from liquid import Token
from liquid.exceptions import (
    LiquidError,
    LiquidSyntaxError,
    LiquidTypeError,
    LiquidValueError,
    UndefinedError,
    UnknownFilterError,
)
from liquid.token import TOKEN_EOF

from backoffice.emails.templating.faults import Fault, quoted
from backoffice.emails.templating.filters import FILTERS
from backoffice.emails.templating.numbers import TOO_LARGE
from backoffice.emails.text import one_line

# What may stand after {%; "illegal" and the like are names of Liquid's own for what is no tag.
WRITTEN_TAGS = (
    "assign", "break", "capture", "case", "comment", "continue", "cycle", "doc", "echo", "for", "if", "raw",
    "unless",
)  # fmt: skip

UNREADABLE = gettext_noop("this cannot be read as a template.")
UNFIT = gettext_noop("what this asks of a value cannot be done with it.")
NO_FILTER = gettext_noop("there is no filter “%(found)s”. Use one of: %(filters)s.")
NO_FILTER_BUT = gettext_noop("there is no filter “%(found)s”. Perhaps “%(nearest)s” is meant.")
NO_TAG = gettext_noop("there is no tag “%(found)s”. Use one of: %(tags)s.")
NO_TAG_NAME = gettext_noop("a tag has no name: write one of %(tags)s.")
TAG_OF_NOTHING = gettext_noop("“%(found)s” belongs to nothing that is open here.")
OUT_OF_PLACE = gettext_noop("“%(found)s” cannot stand here.")
ENDS_EARLY = gettext_noop("something is missing at its end.")
LACKS = gettext_noop("something is missing after “%(found)s”.")
NOT_IN_A_LOOP = gettext_noop("“%(word)s” stands in no loop.")
OF_A_LOOP = gettext_noop(
    "“%(found)s” cannot stand here. What a loop goes through is followed by limit, offset or reversed alone."
)
NO_NAME = gettext_noop("a name of letters, digits and _ is missing, or is none.")
NO_COMMA = gettext_noop("a comma is missing before “%(found)s”.")
COMPARED = gettext_noop("“%(found)s” cannot stand here. Two values are compared with ==.")
OPEN_QUOTE = gettext_noop("a text in quotes is not closed.")
LOOKED_INTO = gettext_noop("“contains” looks into a text or a list, and this is neither.")
COMMENT = gettext_noop("each line of such a comment begins with #.")

# By the beginning of what Liquid says, the first that fits counts. `found` is what stands at the place.
SENTENCES: tuple[tuple[type[LiquidError], re.Pattern[str], str], ...] = tuple(
    (kind, re.compile(begins), sentence)
    for kind, begins, sentence in (
        (LiquidSyntaxError, r"unexpected '(?P<word>break|continue)'$", NOT_IN_A_LOOP),
        (LiquidSyntaxError, r"unexpected tag ['\"](end|else|elsif|when)", TAG_OF_NOTHING),
        (LiquidSyntaxError, r"unexpected tag |expected (output|content), found tag", NO_TAG),
        (LiquidSyntaxError, r"missing tag name", NO_TAG_NAME),
        (LiquidSyntaxError, r"missing expression|expected at least one argument", LACKS),
        (LiquidSyntaxError, r"expected 'reversed', 'offset' or 'limit'", OF_A_LOOP),
        (LiquidSyntaxError, r"expected a comma", NO_COMMA),
        (LiquidSyntaxError, r"expected an? (identifier|name|string)\b|invalid identifier", NO_NAME),
        (LiquidSyntaxError, r"expected [^,]+, found '='|unknown operator '(=>|=<)'", COMPARED),
        (LiquidSyntaxError, r"unexpected (\"'\"|'\"')", OPEN_QUOTE),
        (LiquidSyntaxError, r"every line of an inline comment", COMMENT),
        (LiquidTypeError, r"'in' and 'contains' are not supported", LOOKED_INTO),
    )
)
# Of whatever else an error of the class says; one of a class below it counts first.
GENERAL: tuple[tuple[type[Exception], str], ...] = (
    (LiquidValueError, TOO_LARGE),
    (LiquidSyntaxError, OUT_OF_PLACE),
    (UnknownFilterError, NO_FILTER),
    (LiquidTypeError, UNFIT),
    (LiquidError, UNREADABLE),
)
_UNDEFINED = re.compile(r"'?(?P<word>.+?)'? is undefined", re.DOTALL)
_WRITTEN_WORD = re.compile(r"[^\s|,:%}]+")


def said_of(error: Exception) -> str:
    """The sentence in the reader's language, without its last full stop, with its statement where known."""
    sentence = one_line(str(error) if isinstance(error, Fault) else _said(error)).removesuffix(".")
    statement = statement_of(error)
    if not statement:
        return sentence
    return _("in “%(statement)s”, %(sentence)s") % {"statement": statement, "sentence": sentence}


def _said(error: Exception) -> str:
    if not isinstance(error, LiquidError):
        return _(UNFIT)
    message = str(error.message)
    sentence, about = _general(error), dict[str, str]()
    for kind, begins, told in SENTENCES:
        if isinstance(error, kind) and (found := begins.match(message)):
            sentence, about = told, found.groupdict()
            break
    return _about(sentence, error.token, about)


def _general(error: LiquidError) -> str:
    sentence = next(told for kind, told in GENERAL if isinstance(error, kind))
    if sentence == OUT_OF_PLACE:
        if error.token is None:
            return UNREADABLE
        return ENDS_EARLY if error.token.kind == TOKEN_EOF else OUT_OF_PLACE
    return sentence


def _about(sentence: str, token: Token | None, about: dict[str, str]) -> str:
    """The sentence, filled in by what stands at the token."""
    found = quoted(token.value) if token else ""
    if token is not None and token.kind == TOKEN_EOF and "%(found)s" in sentence:
        sentence = ENDS_EARLY
    if sentence == NO_FILTER and (near := get_close_matches(found, FILTERS, n=1)):
        sentence, about = NO_FILTER_BUT, {"nearest": near[0]}
    lists = {"filters": ", ".join(sorted(FILTERS)), "tags": ", ".join(WRITTEN_TAGS)}
    return _(sentence) % (lists | about | {"found": found})


# --- Where, and of which word -------------------------------------------------------------------


def line_of(error: Exception) -> int | str:
    """The line of the part, from 1; "" where nobody knows it."""
    token = _place(error)
    return "" if token is None else token.source.count("\n", 0, token.start_index) + 1


def statement_of(error: Exception) -> str:
    """The statement where it happened, as it is written, so that its words are named; "" where unknown."""
    token = _place(error)
    if token is None:
        return ""
    source, index = token.source, token.start_index
    begins = max(source.rfind("{{", 0, index + 2), source.rfind("{%", 0, index + 2), 0)
    closes = "}}" if source.startswith("{{", begins) else "%}"
    ends = source.find(closes, index)
    return quoted(source[begins : ends + 2] if ends >= 0 else source[begins:])


def _place(error: Exception) -> Token | None:
    token = error.token if isinstance(error, LiquidError) else None
    return token if token is not None and token.start_index >= 0 and token.source else None


def missing_word(error: UndefinedError) -> str:
    """The word that has no value, as Liquid names it, else as it is written."""
    if named := _UNDEFINED.fullmatch(str(error.message)):
        return named["word"]
    token = _place(error)
    written = _WRITTEN_WORD.match(token.source, token.start_index) if token else None
    return quoted(written[0]) if written else "?"
