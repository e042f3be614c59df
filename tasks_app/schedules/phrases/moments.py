"""Times of a day and dates, as both languages write them."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from tasks_app.schedules.phrases.vocabulary import MONTHS, alternatives, meaning

MONTH = alternatives(MONTHS)
# 8:30, 8h30, 8 h, 8.30pm, 8am, noon, midnight; with "at" before it a bare hour too.
CLOCK = (
    r"(?:\d{1,2}\s?:\s?\d{2}(?:\s?(?:am|pm|a\.m\.|p\.m\.))?|\d{1,2}\s?h(?:eures?)?(?:\s?\d{2})?(?![a-z\d])"
    r"|\d{1,2}(?:\.\d{2})?\s?(?:am|pm|a\.m\.|p\.m\.)(?![a-z])|noon|midday|midnight|midi(?! solaire)|minuit)"
)
BARE = rf"(?:{CLOCK}|\d{{1,2}}(?:\s?o'?clock)?(?![\d:/.-]))"
NAMED = {"noon": time(12), "midday": time(12), "midi": time(12), "midnight": time(0), "minuit": time(0)}
DATE = (
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|e)?(?: of)? (?:{MONTH})\.?,? \d{{4}}"
    rf"|(?:{MONTH})\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
)
RELATIVE = {"today": 0, "tomorrow": 1, "aujourd'hui": 0, "demain": 1, "apres-demain": 2}


def time_of(text: str) -> time | None:
    """None where no clock shows it."""
    text = text.strip()
    if text in NAMED:
        return NAMED[text]
    found = re.fullmatch(
        r"(\d{1,2})(?:\s?(?::|h|\.|heures?)\s?)?(\d{2})?\s?(?:h|heures?|o'?clock)?\s?([ap])?\.?m?\.?", text
    )
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def date_of(text: str, today: date) -> date | None:
    """None where there is no such day."""
    if text in RELATIVE:
        return today + timedelta(days=RELATIVE[text])
    numbers = [int(one) for one in re.findall(r"\d+", text)]
    try:
        if len(numbers) == 3:
            year, month, day = numbers if "-" in text else reversed(numbers)
            return date(year, month, day)
        named = re.search(rf"\b({MONTH})\b", text)
        day, year = numbers
        return date(year, meaning(MONTHS, named[1]), day) if named else None
    except ValueError:
        return None
