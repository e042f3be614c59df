"""What is wrong with a template, said before anybody gets it: by part, in sentences, with lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.text import get_text_list
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from backoffice.emails.errors import Refused
from backoffice.emails.html_checks import HtmlProblems, html_problems
from backoffice.emails.preview import sample_recipient
from backoffice.emails.render import PARTS, RECIPIENT_WORDS, Source, problem, render_part, words_for

MAX_PART = 200_000  # characters: what is longer is no letter, and takes long to parse
MAX_SAID = 5  # per part: the first errors cause the others


@dataclass(frozen=True)
class Problem:
    part: str  # subject, text, html
    sentence: str


def problems_of(source: Source, samples: Mapping[str, str]) -> list[Problem]:
    """All that is wrong: size, syntax, words nobody declared, endless loops, broken HTML.

    `samples` are the declared variables with what they say in a preview. A part whose syntax and
    words are right is rendered in every language, since templates may branch on it.
    """
    return [
        Problem(part, said) for part in PARTS for said in _unique(_problems_of_part(source, part, samples))
    ]


def _unique(found: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(found))[:MAX_SAID]


def _problems_of_part(source: Source, part: str, samples: Mapping[str, str]) -> Iterator[str]:
    if len(getattr(source, part)) > MAX_PART:
        yield _("This is too long for an email: shorten it to %(limit)s characters.") % {"limit": MAX_PART}
        return
    try:
        parsed = source.parsed(part)
    except LiquidError as error:
        yield str(problem(part, error))
        return
    unknown = list(unknown_words(parsed, getattr(source, part), samples))
    yield from unknown
    if not unknown:
        yield from _rendered_problems(source, part, samples)


def _rendered_problems(source: Source, part: str, samples: Mapping[str, str]) -> Iterator[str]:
    broken: HtmlProblems = {}
    empty = []
    for language, _name in settings.LANGUAGES:
        try:
            said = render_part(source, part, words_for(sample_recipient(language), samples))
        except Refused as error:
            yield str(error)
            continue
        if part == "html":
            broken = html_problems(said) | broken  # what both languages have is said once
        elif not said.strip():
            empty.append(language)
    yield from broken.values()
    if empty:
        yield _emptiness(empty)


def _emptiness(languages: list[str]) -> str:
    if len(languages) == len(settings.LANGUAGES):
        return _("This is empty: write something here.")
    names = [str(get_language_info(language)["name_translated"]) for language in languages]
    return _("This is empty for a reader in %(language)s.") % {"language": get_text_list(names)}


def unknown_words(parsed: BoundTemplate, written: str, samples: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each word that is neither built in nor declared, on whatever branch it stands."""
    known = [*(f"recipient.{word}" for word in RECIPIENT_WORDS), "company", "today", *sorted(samples)]
    for name, uses in parsed.analyze().globals.items():
        for use in uses:
            said = ".".join(str(segment) for segment in use.segments)
            if (said if name == "recipient" else name) in known:
                continue
            yield _(
                "Line %(line)s: “%(word)s” is unknown. Declare it as a variable, or use one of: %(known)s."
            ) % {
                "line": written.count("\n", 0, use.span.index) + 1,
                "word": said,
                "known": ", ".join(known),
            }
