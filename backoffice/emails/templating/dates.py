"""Days as people write them: read where there is one reading alone; written in the letter's language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time
from functools import cache

from babel import Locale
from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_noop

from backoffice.emails.templating.faults import Fault, quoted

NOT_A_DAY = gettext_noop("“%(value)s” cannot be read as a day with certainty. Write it like 2026-11-29.")
TWO_DAYS = gettext_noop("“%(value)s” may be %(one)s or %(other)s. Write which of the two, just like that.")
NO_DAY = gettext_noop(
    "a word without a value is used as a day. Ask first whether it has one, with {%% if %%}."
)
UNKNOWN_DIRECTIVE = gettext_noop(
    "“%(directive)s” says nothing about a day. %%d, %%B and %%Y are its day, month and year."
)

MAX_WRITTEN, MAX_FORMAT = 100, 200  # characters
NOW = frozenset({"now", "today"})

CLOCK = r"(?:(?:,? (?:à |at )?|T)(?P<hour>\d{1,2})(?::|h ?)(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
NAME = r"[^\W\d_]+\.?"
WEEKDAY = rf"(?:(?P<weekday>{NAME}),? )?"
YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})(?P<mark>[/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}}){CLOCK}"
)
YEAR_LAST = re.compile(
    rf"(?P<one>\d{{1,2}})(?P<mark>[/.-])(?P<other>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}){CLOCK}"
)
IN_WORDS = (
    re.compile(
        rf"{WEEKDAY}(?P<day>\d{{1,2}})(?:er|st|nd|rd|th|\.)? (?P<month>{NAME}),? (?P<year>\d{{4}}){CLOCK}"
    ),
    re.compile(rf"{WEEKDAY}(?P<month>{NAME}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}}){CLOCK}"),
)
ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].+)?")


def day(value: object) -> datetime:
    """`now`, or a text that is a day beyond doubt; raises Fault otherwise.

    That is 2026-11-29 (with a time or without), 29/11/2026 where no other day is meant by it, and a day with
    its month in words, in any language that readers have.
    """
    if value is None or (isinstance(value, str) and (not value or value.isspace())):
        raise Fault(NO_DAY)
    text = " ".join(value.split()) if isinstance(value, str) and len(value) <= MAX_WRITTEN else ""
    if text in NOW:
        return timezone.localtime()
    read = _read(text)
    if read is None:
        raise Fault(NOT_A_DAY, value=quoted(value))
    return read


def is_day(text: str) -> bool:
    """Whether a text is one, or may be one of two."""
    try:
        day(text)
    except Fault as fault:
        return fault.sentence == TWO_DAYS
    return True


def in_words(moment: date, language: str) -> str:
    """29 novembre 2026, 1er novembre 2026, 29 Nov 2026: as this language writes a date."""
    with translation.override(language):
        return date_format(moment, "DATE_FORMAT")


def formatted(moment: datetime, pattern: str, language: str) -> str:
    """By strftime's directives, names in this language; raises Fault on a directive that is none."""
    # "long" would stand there in place of the day.
    if len(pattern) > MAX_FORMAT or "%" not in pattern:
        raise Fault(UNKNOWN_DIRECTIVE, directive=quoted(pattern))
    if _is_french(language) and moment.day == 1:
        pattern = FIRST_OF_MONTH.sub("1er", pattern)
    return DIRECTIVE.sub(lambda found: _directive(found, moment, language), pattern)


# --- Reading ------------------------------------------------------------------------------------


def _read(text: str) -> datetime | None:
    try:
        if ISO.fullmatch(text):
            return datetime.fromisoformat(text)
        if found := YEAR_FIRST.fullmatch(text):
            return _moment(found, int(found["month"]), int(found["day"]))
        if found := YEAR_LAST.fullmatch(text):
            return _moment(found, *_month_and_day(found))
        found = next(filter(None, (pattern.fullmatch(text) for pattern in IN_WORDS)), None)
        return _moment_in_words(found) if found else None
    except ValueError:  # the thirty-first of February
        return None


def _month_and_day(found: re.Match[str]) -> tuple[int, int]:
    one, other, year = int(found["one"]), int(found["other"]), int(found["year"])
    if max(one, other) > 12 or one == other:
        return min(one, other), max(one, other)
    first, second = date(year, other, one).isoformat(), date(year, one, other).isoformat()
    raise Fault(TWO_DAYS, value=found[0], one=first, other=second)


def _moment_in_words(found: re.Match[str]) -> datetime | None:
    month = names("months").get(_key(found["month"]))
    if month is None:
        return None
    moment = _moment(found, month, int(found["day"]))
    named = found["weekday"]
    return moment if named is None or names("days").get(_key(named)) == moment.weekday() else None


def _moment(found: re.Match[str], month: int, day: int) -> datetime:
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    clock = time(hour, minute, second)
    return datetime.combine(date(int(found["year"]), month, day), clock)


@cache
def names(of: str) -> dict[str, int]:
    """Months or days by their names, whole and short, in every language that readers have."""
    found: dict[str, int] = {}
    for language, _name in settings.LANGUAGES:
        for widths in getattr(Locale.parse(language, sep="-"), of).values():
            for width in ("wide", "abbreviated"):
                found |= {_key(name): number for number, name in widths[width].items()}
    return found


def _key(name: str) -> str:
    """Without capitals, accents and the dot of what is cut."""
    apart = unicodedata.normalize("NFKD", name.rstrip("."))
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


# --- Writing ------------------------------------------------------------------------------------

DIRECTIVE = re.compile(r"%([-^]?)(.?)", re.DOTALL)
# As above, before the month's name alone.
FIRST_OF_MONTH = re.compile(r"%-?[de](?=\s+%\^?[Bbh])")
PYTHON_HAS = frozenset("YymdHIMSjuwGVUWzZ")  # the same in every language
COMPOSED = {"D": "%m/%d/%y", "F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "r": "%I:%M:%S %p"}
OTHERS: dict[str, Callable[[datetime], str]] = {
    "C": lambda at: f"{at.year // 100:02}",
    "e": lambda at: f"{at.day:2}",
    "k": lambda at: f"{at.hour:2}",
    "l": lambda at: f"{at.hour % 12 or 12:2}",
    "L": lambda at: f"{at.microsecond // 1000:03}",
    "s": lambda at: str(int(at.timestamp())),
    "%": lambda at: "%",
    "n": lambda at: "\n",
    "t": lambda at: "\t",
}
OF_LANGUAGE: dict[str, Callable[[Locale, datetime], str]] = {
    "B": lambda words, at: words.months["format"]["wide"][at.month],
    "b": lambda words, at: words.months["format"]["abbreviated"][at.month],
    "h": lambda words, at: words.months["format"]["abbreviated"][at.month],
    "A": lambda words, at: words.days["format"]["wide"][at.weekday()],
    "a": lambda words, at: words.days["format"]["abbreviated"][at.weekday()],
    "p": lambda words, at: words.day_periods["format"]["abbreviated"]["am" if at.hour < 12 else "pm"],
    "P": lambda words, at: words.day_periods["format"]["abbreviated"]["am" if at.hour < 12 else "pm"].lower(),
}
DJANGO_HAS = {"c": "DATETIME_FORMAT", "x": "DATE_FORMAT", "X": "TIME_FORMAT"}


def _directive(found: re.Match[str], moment: datetime, language: str) -> str:
    flag, letter = found.groups()
    try:
        said = _said(letter, moment, language)
    except (ValueError, OverflowError) as error:  # the first or last day there is, in seconds from 1970
        raise Fault(NOT_A_DAY, value=quoted(moment.isoformat())) from error
    if said is None:
        raise Fault(UNKNOWN_DIRECTIVE, directive=quoted(found[0]))
    if flag == "^":
        return said.upper()
    return (said.lstrip("0 ") or "0") if flag == "-" and said.strip().isdigit() else said


def _said(letter: str, moment: datetime, language: str) -> str | None:
    if letter in COMPOSED:
        return formatted(moment, COMPOSED[letter], language)
    if letter in PYTHON_HAS:
        return moment.strftime(f"%{letter}")
    if letter in OTHERS:
        return OTHERS[letter](moment)
    if letter in OF_LANGUAGE:
        return OF_LANGUAGE[letter](Locale.parse(language, sep="-"), moment)
    if letter == "x":
        return in_words(moment, language)
    if letter in DJANGO_HAS:
        with translation.override(language):
            return date_format(moment, DJANGO_HAS[letter])
    return None


def _is_french(language: str) -> bool:
    return language.partition("-")[0] == "fr"
