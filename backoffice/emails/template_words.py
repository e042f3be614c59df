"""The words of a template, against those that there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from django.utils.translation import gettext as _

from backoffice.emails.templating.environment import Template
from backoffice.emails.templating.unanswered import unanswered_words

RECIPIENT_WORDS = ("name", "email", "company", "language")


def unknown_words(parsed: Template, written: str, samples: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each word that is neither built in nor declared, on whatever branch it stands."""
    known = [*(f"recipient.{word}" for word in RECIPIENT_WORDS), "company", "today", *sorted(samples)]
    for uses in parsed.analyze().globals.values():
        for use in uses:
            word = ".".join(str(segment) for segment in use.segments)
            if word.removesuffix(".size") not in known:
                yield _unknown(word, _line(written, use.span.index), known)


def _unknown(word: str, line: int, known: list[str]) -> str:
    said = {"line": line, "word": word, "known": ", ".join(known)}
    if nearest := _nearest(word, known):
        return _(
            "Line %(line)s: “%(word)s” is unknown. Is it “%(nearest)s”? Else declare it as a variable, or "
            "use one of: %(known)s."
        ) % (said | {"nearest": nearest})
    return (
        _("Line %(line)s: “%(word)s” is unknown. Declare it as a variable, or use one of: %(known)s.") % said
    )


def _nearest(word: str, known: list[str]) -> str:
    """The known word that looks most like it, by its whole name or its last part; "" where none does."""
    named = {one.rpartition(".")[2]: one for one in known} | {one: one for one in known}
    found = get_close_matches(word, named, n=1) or get_close_matches(word.rpartition(".")[2], named, n=1)
    return named[found[0]] if found else ""


def words_without_value(parsed: Template, written: str, empty: set[str]) -> Iterator[str]:
    """A sentence for each place where one of these words, which have no value, is written all the same."""
    for name, index in unanswered_words(parsed, empty):
        yield _(
            "Line %(line)s: “%(word)s” has no value, so the emails would say nothing here. Give it one, or "
            "say what stands here without it: %(default)s, or %(question)s."
        ) % {
            "line": _line(written, index),
            "word": name,
            "default": f'{{{{ {name} | default: "…" }}}}',
            "question": f"{{% if {name} %}}",
        }


def _line(written: str, index: int) -> int:
    return written.count("\n", 0, index) + 1
