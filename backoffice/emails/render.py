"""Templates written by staff, rendered by Liquid: strict, escaped, limited, and fed plain words only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError, ResourceLimitError, UndefinedError

from backoffice.emails.errors import Refused
from backoffice.emails.text import one_line
from backoffice.models import EmailTemplate, Recipient

type Words = dict[str, str | dict[str, str]]

# Without these no template can reach another one, and no short template can make a huge string:
# `replace` and `join` multiply the lengths of their operands, `safe` would undo the escaping.
TAGS = frozenset(
    {
        "#", "assign", "break", "capture", "case", "comment", "content", "continue", "cycle", "doc", "echo",
        "for", "if", "illegal", "output", "unless",
    }
)  # fmt: skip
FILTERS = frozenset(
    {
        "abs", "append", "at_least", "at_most", "capitalize", "ceil", "date", "default", "divided_by",
        "downcase", "escape", "escape_once", "first", "floor", "last", "lstrip", "minus", "modulo",
        "newline_to_br", "plus", "prepend", "remove", "remove_first", "remove_last", "round", "rstrip",
        "size", "slice", "split", "squish", "strip", "strip_html", "strip_newlines", "times", "truncate",
        "truncatewords", "upcase", "url_encode",
    }
)  # fmt: skip

PARTS = ("subject", "text", "html")
RECIPIENT_WORDS = ("name", "email", "company", "language")
RESERVED_WORDS = frozenset({"recipient", "company", "today", "forloop"})


class _Limited(Environment):
    """Limits far above any letter and far below what a worker feels."""

    block_nesting_limit = 20
    context_depth_limit = 20
    loop_iteration_limit = 2_000
    local_namespace_limit = 200_000  # bytes by sys.getsizeof
    output_stream_limit = 500_000  # bytes; mail readers cut what is longer anyway


def _environment(autoescape: bool) -> Environment:
    environment = _Limited(undefined=StrictUndefined, autoescape=autoescape)
    environment.tags = {name: tag for name, tag in environment.tags.items() if name in TAGS}
    environment.filters = {name: one for name, one in environment.filters.items() if name in FILTERS}
    return environment


PLAIN = _environment(autoescape=False)
HTML = _environment(autoescape=True)


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

    def parsed(self, part: str) -> BoundTemplate:
        """One part, parsed; raises LiquidError."""
        return _parsed(getattr(self, part), is_html=part == "html")


@lru_cache(maxsize=64)
def _parsed(source: str, *, is_html: bool) -> BoundTemplate:
    """Parsing costs more than rendering, and a mailing has one source: kept by its very text."""
    return (HTML if is_html else PLAIN).from_string(source)


def source_of(template: EmailTemplate) -> Source:
    return Source(template.subject, template.text, template.html)


def words_for(recipient: Recipient, variables: Mapping[str, str]) -> Words:
    """All a template may name: text by name, the recipient's as one level below; no object of ours."""
    with translation.override(recipient.language):
        today = date_format(timezone.localdate(), "DATE_FORMAT")
    return {
        **variables,
        "recipient": {word: str(getattr(recipient, word)) for word in RECIPIENT_WORDS},
        "company": settings.COMPANY_NAME,
        "today": today,
    }


def values_of(template: EmailTemplate) -> dict[str, str]:
    """What its variables say in a real email; one without a value is left out, so that naming it fails."""
    return {one.name: one.value for one in template.variables.all() if one.value}


def samples_of(template: EmailTemplate) -> dict[str, str]:
    """What its variables say in a preview: the sample, or else the value."""
    return {one.name: one.sample or one.value for one in template.variables.all()}


def render(source: Source, words: Words) -> Rendered:
    """Subject (one line), text and HTML. Raises Refused with a sentence that names part and line."""
    subject, text, html = (render_part(source, part, words) for part in PARTS)
    return Rendered(one_line(subject), text, html)


def render_part(source: Source, part: str, words: Words) -> str:
    """One part as text. Raises Refused: syntax, unknown word, limits, arithmetic that cannot be."""
    try:
        return source.parsed(part).render(words)
    except (LiquidError, ArithmeticError, RecursionError, ValueError) as error:
        raise Refused(explain(part, error)) from error


def explain(part: str, error: Exception) -> str:
    """One sentence of what is wrong with a part of a template, with its line where Liquid knows it."""
    names = {"subject": _("subject"), "text": _("text"), "html": _("HTML")}
    said = {"part": names[part], "line": _line(error), "detail": _detail(error)}
    if isinstance(error, ResourceLimitError):
        return _(
            "The template's %(part)s does not end or is too large (a loop, or text that grows without end). "
            "Shorten its loops."
        ) % {"part": said["part"]}
    if isinstance(error, UndefinedError):
        return _("The template's %(part)s, line %(line)s, names a word that has no value: %(detail)s.") % said
    if said["line"]:
        return _("The template's %(part)s, line %(line)s, is not right: %(detail)s.") % said
    return _("The template's %(part)s is not right: %(detail)s.") % said


def _detail(error: Exception) -> str:
    if isinstance(error, LiquidError):
        return one_line(str(error.message)).rstrip(".")
    return one_line(str(error)).rstrip(".") or type(error).__name__


def _line(error: Exception) -> int | str:
    try:
        context = error.context() if isinstance(error, LiquidError) else None
    except ValueError:  # Liquid raises it for an error at the very end of the source
        return ""
    return context[0] if context else ""
