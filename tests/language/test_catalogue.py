"""The French catalogue is whole, says what the English says, and is written as French is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import polib
import pytest

from tests.language.catalogue import FOLDER, PLACEHOLDER, french, key, pairs

pytestmark = pytest.mark.once

# The same word in both languages, a name, or a pattern of a date.
SAME = frozenset(
    {
        "%(group)s (%(members)s)", "%(n)d minute", "%(n)d minutes", "%(pages)s page", "%(pages)s pages",
        "%(count)s worker", "%(count)s workers", "%(h)d h %(min)02d min", "%(hours)d h %(minutes)02d min",
        "%(points)s point", "%(points)s points",
        "%(min)d min", "%(min)d min %(s)02d s", "%(minutes)d min %(seconds)02d s",
        "%(sentence)s (%(zone)s)", "Administration",
        "Arguments", "Broker", "Cause", "Cc", "Code", "Date", "Dates", "Documents", "Format", "HTML",
        "Crontabs", "Latitude", "Local", "Longitude", "Moments",
        "Message", "Messages", "Migrations", "Minutes", "Note", "Page", "Pages", "SQL", "Service", "Services",
        "Sessions", "Test",
        "Type", "Version", "Versions", "Web", "Worker", "Workers", "action", "arguments", "cause", "code",
        "django-celery-results", "format", "j F", "j F Y", "logo", "message", "messages", "minutes", "moment",
        "note", "pages", "type", "variable", "variables", "version", "worker",
    }
)  # fmt: skip


def test_every_sentence_is_translated() -> None:
    assert not [entry.msgid for entry in french() if not entry.translated()]


def test_no_translation_is_a_guess_or_left_over() -> None:
    assert not [entry.msgid for entry in french() if entry.fuzzy or entry.obsolete]


def test_a_translation_has_the_placeholders_of_its_sentence() -> None:
    wrong = []
    for english, translated in _all_pairs():
        allowed = Counter(PLACEHOLDER.findall(english))
        if Counter(PLACEHOLDER.findall(translated)) != allowed and not _singular(english):
            wrong.append((english, translated))
    assert not wrong


def test_what_is_left_in_english_is_on_the_list_of_words_that_are_the_same() -> None:
    same = {english for english, translated in _all_pairs() if translated.replace("\xa0", " ") == english}
    # What is no word: placeholders, single letters, a pattern of a date.
    wordless = {text for text in same if not re.search(r"[^\W\d_]{2}", PLACEHOLDER.sub("", text))}
    assert same - wordless - SAME == set()
    assert SAME - same == set()


def test_no_sentence_counts_bytes() -> None:
    """People read sizes as 24.0 MB: `filesizeformat`."""
    assert not [english for english, _translated in _all_pairs() if re.search(r"\bbytes?\b", english)]


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("a typographic apostrophe", r"\w'\w"),
        ("a no-break space before : ; ? !", r"\w [:;?!]"),
        ("a no-break space inside « »", r"«(?!\xa0)|(?<!\xa0)»"),
        ("French quotation marks", "[“”]"),
        ("an ellipsis after the word", r" …"),
        ("a capital with its accent", r"\b(Etat|Etape|Echec|Element)"),
        ("vous", r"\b([Tt]u|[Tt]es|[Tt]on|[Tt]oi)\b"),
    ],
)
def test_french_typography(rule: str, broken: str) -> None:
    wrong = [text for _english, text in _all_pairs() if re.search(broken, _without_code(text))]
    assert not wrong, f"It wants {rule}."


def test_the_compiled_catalogue_is_of_these_translations() -> None:
    compiled = {key(entry): pairs(entry) for entry in polib.mofile(str(FOLDER / "django.mo"))}
    assert compiled == {key(entry): pairs(entry) for entry in french()}, "Run `make messages`."


def _all_pairs() -> Iterator[tuple[str, str]]:
    for entry in french():
        yield from pairs(entry)


def _singular(english: str) -> bool:
    """ "Every day" beside "Every %(number)d days": one may be a word."""
    return any(english == entry.msgid and entry.msgid_plural for entry in french())


def _without_code(text: str) -> str:
    return re.sub(r"`[^`]*`|<[^>]*>", "", text)
