"""What is wrong with a template, said before anybody gets it: by part, in sentences, with lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from liquid import BoundTemplate
from liquid.exceptions import LiquidError
from tinyhtml5.parser import HTMLParser

from backoffice.emails.errors import Refused
from backoffice.emails.preview import sample_recipient
from backoffice.emails.render import PARTS, RECIPIENT_WORDS, Source, explain, render_part, words_for

MAX_PART = 200_000  # characters: what is longer is no letter, and takes long to parse
MAX_SAID = 5  # per part: the first errors cause the others

# Mail readers put up with a fragment that has no doctype.
PARDONED = "expected-doctype-but-got-"

# tinyhtml5's codes of the mistakes people make, in words; `name` is the tag's.
HTML_ERRORS = {
    "unexpected-end-tag": gettext_noop("</%(name)s> closes a tag that is not open (near “%(near)s”)."),
    "end-tag-too-early": gettext_noop(
        "</%(name)s> comes before a tag inside it is closed (near “%(near)s”)."
    ),
    "end-tag-too-early-named": gettext_noop("A tag is closed in the wrong order (near “%(near)s”)."),
    "adoption-agency-1.3": gettext_noop("</%(name)s> closes tags in the wrong order (near “%(near)s”)."),
    "expected-closing-tag-but-got-eof": gettext_noop("The HTML ends before all its tags are closed."),
    "expected-one-end-tag-but-got-another": gettext_noop(
        "A tag is closed by another’s end (near “%(near)s”)."
    ),
    "unexpected-start-tag-implies-table-voodoo": gettext_noop(
        "<%(name)s> stands in a table but in none of its cells (near “%(near)s”)."
    ),
    "unexpected-cell-in-table-body": gettext_noop("A cell stands outside any row (near “%(near)s”)."),
}
HTML_ENDS_INSIDE = gettext_noop("The HTML ends inside a tag or a quoted value (near “%(near)s”).")
HTML_OTHERWISE = gettext_noop("This is not valid HTML: %(code)s (near “%(near)s”).")


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
        yield explain(part, error)
        return
    unknown = list(unknown_words(parsed, getattr(source, part), samples))
    yield from unknown
    if not unknown:
        yield from _rendered_problems(source, part, samples)


def _rendered_problems(source: Source, part: str, samples: Mapping[str, str]) -> Iterator[str]:
    for language, _name in settings.LANGUAGES:
        try:
            said = render_part(source, part, words_for(sample_recipient(language), samples))
        except Refused as error:
            yield str(error)
            continue
        if part == "html":
            yield from html_problems(said)
        elif not said.strip():
            yield _("This is empty for a reader in “%(language)s”.") % {"language": language}


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


def html_problems(html: str) -> Iterator[str]:
    """A sentence for each parse error of the HTML standard that a browser would have to guess about."""
    if not html.strip():
        return
    parser = HTMLParser(namespace_html_elements=False)
    parser.parse(html)
    lines = html.splitlines() or [""]
    for (line, column), code, details in parser.errors:
        if code.startswith(PARDONED):
            continue
        known = HTML_ENDS_INSIDE if code.startswith("eof-in-") else HTML_ERRORS.get(code, HTML_OTHERWISE)
        near = lines[min(line, len(lines)) - 1][max(column - 40, 0) : column + 20].strip()
        yield _(known) % {"name": details.get("name", "?"), "near": near, "code": code.replace("-", " ")}
