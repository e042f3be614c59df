"""Templates written by staff, for one reader: strict, escaped, limited, and fed plain words only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from liquid.exceptions import LiquidError, ResourceLimitError, UndefinedError

from backoffice.emails import causes
from backoffice.emails.errors import Refused
from backoffice.emails.template_words import RECIPIENT_WORDS, words_without_value
from backoffice.emails.templating.conditions import NOTHING
from backoffice.emails.templating.dates import in_words
from backoffice.emails.templating.environment import Template, parse
from backoffice.emails.templating.faults import Fault, Wrong
from backoffice.emails.templating.groups import Group
from backoffice.emails.templating.limits import MAX_VALUE
from backoffice.emails.templating.mistakes import line_of, missing_word, said_of, statement_of
from backoffice.emails.text import clean, one_line
from backoffice.models import EmailTemplate, Recipient
from backoffice.spelling import is_blank
from tasks_app.notices import Notice, in_each_language

type Words = dict[str, str | dict[str, str]]

PARTS = ("subject", "text", "html")
RESERVED_WORDS = frozenset({"recipient", "company", "today", "forloop"})

# What a template may raise: Liquid's own errors, and Python's where a value does not fit what is asked of it.
ERRORS = (LiquidError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Source:
    """The three parts of a template as they are written."""

    subject: str
    text: str
    html: str

    def parsed(self, part: str) -> Template:
        """One part, parsed; raises LiquidError."""
        return _parsed(getattr(self, part), is_html=part == "html")


@dataclass(frozen=True)
class Draft(Source):
    """One that somebody is typing: parsed once for all that is asked of it, and then forgotten."""

    _parts: dict[str, Template] = field(default_factory=dict, init=False, repr=False, compare=False)

    def parsed(self, part: str) -> Template:
        if part not in self._parts:
            self._parts[part] = parse(getattr(self, part), is_html=part == "html")
        return self._parts[part]


@lru_cache(maxsize=32)
def _parsed(source: str, *, is_html: bool) -> Template:
    """Parsing costs more than rendering, and a mailing has one source: kept by its very text."""
    return parse(source, is_html=is_html)


def source_of(template: EmailTemplate) -> Source:
    return Source(template.subject, template.text, template.html)


def words_for(recipient: Recipient, variables: Mapping[str, str]) -> Words:
    """All a template may name: text by name, the recipient's as one level below; no object of ours."""
    return {
        **variables,
        "recipient": {word: str(getattr(recipient, word)) for word in RECIPIENT_WORDS},
        "company": settings.COMPANY_NAME,
        "today": in_words(timezone.localdate(), recipient.language),
    }


def render(source: Source, words: Words) -> Rendered:
    """Subject (one line), text and HTML. Raises Refused with a sentence that names part and line."""
    given = _given(words)
    subject, text, html = (_say(source, part, given) for part in PARTS)
    return Rendered(one_line(subject), text, html)


def render_part(source: Source, part: str, words: Words) -> str:
    """One part as text. Raises Refused: syntax, unknown word, limits, what cannot be read with certainty."""
    return _say(source, part, _given(words))


def _say(source: Source, part: str, given: dict[str, object]) -> str:
    try:
        return clean(source.parsed(part).say(given))
    except ERRORS as error:
        told = problem(part, error)
        if isinstance(error, LiquidError):
            error.token = None  # its own message, in tracebacks, would repeat the whole line of the source
        raise Refused(told) from error


def refuse_holes(source: Source, values: Mapping[str, str]) -> None:
    """Raises Refused where an email would say nothing in place of a variable that has no value."""
    empty = {name for name, value in values.items() if is_blank(value)}
    for part in PARTS if empty else ():
        try:
            said = partial(words_without_value, source.parsed(part), getattr(source, part), empty)
            hole = next(said(), "")
        except LiquidError:
            continue  # rendering says what is wrong
        if hole:
            in_words = in_each_language(lambda said=said: next(said(), ""))  # type: ignore[misc]
            raise Refused(causes.TEMPLATE_HAS_HOLES(part=PART_NAMES[part], detail=in_words))


def _given(words: Words) -> dict[str, object]:
    """Words as a template gets them. Raises Refused where one is too long for an email."""
    return {
        name: _word(name, said) if isinstance(said, str) else _inner(name, said)
        for name, said in words.items()
    }


def _inner(name: str, words: Mapping[str, str]) -> Group:
    return Group({key: _word(f"{name}.{key}", said) for key, said in words.items()})


def _word(name: str, said: str) -> str:
    if len(said) > MAX_VALUE:
        raise Refused(causes.VALUE_TOO_LONG(word=name, length=len(said), limit=MAX_VALUE))
    return NOTHING if is_blank(said) else clean(said)


# What the parts of a template are called.
PART_NAMES = {"subject": gettext_lazy("subject"), "text": gettext_lazy("text"), "html": gettext_lazy("HTML")}


def problem(part: str, error: Exception) -> Notice:
    """What is wrong with a part of a template, with its line where Liquid knows it."""
    name, line = PART_NAMES[part], line_of(error)
    if isinstance(error, ResourceLimitError):
        return causes.TEMPLATE_TOO_LARGE(part=name)
    if isinstance(error, Fault) and not isinstance(error, Wrong) and line:
        why = in_each_language(lambda: str(error))
        return causes.NOT_CERTAIN(part=name, line=line, statement=statement_of(error), detail=why)
    if isinstance(error, UndefinedError):
        return causes.VALUE_MISSING(part=name, line=line, detail=missing_word(error))
    place = in_each_language(lambda: _("%(part)s, line %(line)s") % {"part": name, "line": line})
    return causes.TEMPLATE_WRONG(
        part=place if line else name, detail=in_each_language(lambda: said_of(error))
    )
