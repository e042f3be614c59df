"""What is wrong with a template, said before anybody gets it: by part, in sentences, with lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.text import get_text_list
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError, ResourceLimitError

from backoffice.emails.compose import SUBJECT_LENGTH
from backoffice.emails.errors import Refused
from backoffice.emails.html_checks import HtmlProblems, html_problems
from backoffice.emails.preview import sample_recipient
from backoffice.emails.render import PARTS, Source, Words, problem, render_part, words_for
from backoffice.emails.template_words import unknown_words, words_without_value
from backoffice.emails.templating.limits import MAX_SOURCE
from backoffice.emails.text import one_line
from backoffice.models import Recipient
from backoffice.spelling import is_blank

MAX_SAID = 5  # per part: the first errors cause the others


@dataclass(frozen=True)
class Problem:
    part: str  # subject, text, html
    sentence: str


def problems_of(
    source: Source, samples: Mapping[str, str], values: Mapping[str, str] | None = None
) -> list[Problem]:
    """All that is wrong: size, syntax, unknown words, loops without end, values nobody can read, broken HTML.

    `samples` are the declared variables with what they say in a preview, `values` with what they say in an
    email (the same, where none are given). A part whose syntax and words are right is rendered with both, for
    readers of every language, with a name and a company and without.
    """
    real = samples if values is None else values
    return [
        Problem(part, said)
        for part in PARTS
        for said in _unique(_problems_of_part(source, part, samples, real))
    ]


def _unique(found: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(found))[:MAX_SAID]


def _problems_of_part(
    source: Source, part: str, samples: Mapping[str, str], values: Mapping[str, str]
) -> Iterator[str]:
    written = getattr(source, part)
    if len(written) > MAX_SOURCE:
        yield _("This is too long for an email: shorten it to %(limit)s characters.") % {"limit": MAX_SOURCE}
        return
    try:
        parsed = source.parsed(part)
    except LiquidError as error:
        yield str(problem(part, error))
        return
    empty = {name for name, value in values.items() if is_blank(value)}
    wrong = [*unknown_words(parsed, written, samples), *words_without_value(parsed, written, empty)]
    yield from wrong
    if not wrong:
        yield from _rendered_problems(source, part, samples, values)


# --- As it would read ---------------------------------------------------------------------------


def _rendered_problems(
    source: Source, part: str, samples: Mapping[str, str], values: Mapping[str, str]
) -> Iterator[str]:
    broken: HtmlProblems = {}
    empty, seen = [], set[str]()
    for language, reader, words in _readers(samples, values):
        try:
            said = render_part(source, part, words)
        except Refused as error:
            yield str(error)
            if isinstance(error.__cause__, ResourceLimitError):
                return  # the others would take as long
            continue
        if part == "html":
            if said not in seen:
                broken = html_problems(said) | broken  # what both languages have is said once
            seen.add(said)
        elif is_blank(said):
            empty.append((language, reader))
        elif part == "subject":
            yield from _length_of_subject(one_line(said))
    yield from broken.values()
    if empty:
        yield _emptiness(empty)


def _readers(samples: Mapping[str, str], values: Mapping[str, str]) -> Iterator[tuple[str, Recipient, Words]]:
    for language, _name in settings.LANGUAGES:
        known = sample_recipient(language)
        unnamed = Recipient(email=known.email, language=language)
        yield language, known, words_for(known, samples)
        yield language, unnamed, words_for(unnamed, values)


def _length_of_subject(subject: str) -> Iterator[str]:
    if len(subject) > SUBJECT_LENGTH:
        yield _("This has more than %(limit)s characters for some readers: the rest would be cut.") % {
            "limit": SUBJECT_LENGTH
        }


def _emptiness(empty: list[tuple[str, Recipient]]) -> str:
    """Of readers to whom it says nothing: all, those of a language, or those of whom little is known."""
    languages = list(dict.fromkeys(language for language, reader in empty if reader.name))
    if not languages:
        return _("This is empty for a reader whose name and company are not known.")
    if len(languages) == len(settings.LANGUAGES):
        return _("This is empty: write something here.")
    names = [str(get_language_info(language)["name_translated"]) for language in languages]
    return _("This is empty for a reader in %(language)s.") % {"language": get_text_list(names)}
