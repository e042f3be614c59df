"""The clauses of a phrase, in whatever order they stand: each is taken out, and nothing may be left over."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time

from tasks_app.schedules import causes
from tasks_app.schedules.phrases.meaning import NotUnderstood, Values, together
from tasks_app.schedules.phrases.moments import BARE, CLOCK, DATE, MONTH, RELATIVE, date_of, time_of
from tasks_app.schedules.phrases.places import places, zones
from tasks_app.schedules.phrases.vocabulary import (
    ADVERBS,
    DAY,
    DAY_OFF,
    FILLERS,
    MONDAY_TO_FRIDAY,
    MONTHS,
    NUMBERS,
    ORDINALS,
    PARTS_OF_AN_HOUR,
    SUN,
    UNITS,
    WEEKDAYS,
    WEEKEND,
    WORKING_DAY,
    alternatives,
    meaning,
    plain,
)

LONGEST = 200  # characters
NUMBER = rf"\d+|{alternatives(NUMBERS)}"
NAME = alternatives(WEEKDAYS)
ORDINAL = rf"{alternatives(ORDINALS)}|\d+(?:st|nd|rd|th|eme|e)"
DAY_NUMBER = r"(?:\d{1,2}(?:st|nd|rd|th|er|eme|e)?|first|premier)"
NUMBER_WORD = alternatives(NUMBERS)
OF_THE_MONTH = r"(?:day )?(?:of|in|du|de)(?: (?:the|each|every|chaque|le))? ?(?:month|mois)"
EVERY = r"(?:every|each|toutes? les|tous les|chaque)"
AND = r"(?:\s?,\s?|\s(?:and|et|&)\s)"
THE = r"(?:the |le |les |on |du )*"
CRON_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


class Phrase:
    """What is still to be read of it, and the values found so far."""

    def __init__(self, text: str, now: datetime) -> None:
        self.left, self.now = text, now
        self.found: Values = {}

    def take(self, pattern: str) -> re.Match[str] | None:
        """The first place where that stands as words of its own, taken out."""
        match = re.search(rf"(?<![\w:/-])(?:{pattern})(?![\w/])", self.left)
        if match:
            self.left = f"{self.left[: match.start()]} , {self.left[match.end() :]}"
        return match


def read(text: str, now: datetime) -> Values:
    """Values by the names of the form's fields; raises NotUnderstood. `now` is in the person's zone."""
    if len(text) > LONGEST:
        raise NotUnderstood(causes.PHRASE_TOO_LONG(most=LONGEST))
    cron = _cron(text)
    if cron:
        return cron
    phrase = Phrase(plain(text), now)
    for clause in CLAUSES:
        clause(phrase)
    words = (word.strip("'\"") for word in re.findall(r"[^\s,;.!]+", phrase.left))
    unread = [word for word in words if word and word not in FILLERS]
    if unread:
        raise NotUnderstood(causes.WORDS_NOT_UNDERSTOOD(words=" ".join(unread)[:60]))
    if not {"kind", "number", "from_time"} & phrase.found.keys():
        raise NotUnderstood(causes.NO_DAYS_IN_PHRASE())
    return together(phrase.found)


def _cron(text: str) -> Values | None:
    """Five fields of a crontab, which no words look like; None for words."""
    fields = text.split()
    if len(fields) < 5 or not all(re.fullmatch(r"[\d*/,?LW#a-zA-Z-]+", one) for one in fields):
        return None
    if not all(re.search(r"[\d*?]", one) for one in fields[:3]):
        return None
    if len(fields) > 5:
        raise NotUnderstood(causes.CRON_OF_SIX(count=len(fields)))
    return {"kind": "crontab", **dict(zip(CRON_FIELDS, fields, strict=True))}


# --- clauses: each takes what it knows -------------------------------------------------------------------


def _day_off(phrase: Phrase) -> None:
    for policy, pattern in DAY_OFF.items():
        if phrase.take(pattern):
            phrase.found["on_day_off"] = policy


def _zone(phrase: Phrase) -> None:
    """`Europe/Paris`, `UTC`, "Paris time", "heure de Paris", "in New York"."""
    written = phrase.take(r"utc|[a-z_]+/[a-z_]+(?:/[a-z_]+)?")
    if written:
        zone = "UTC" if written[0] == "utc" else zones().get(written[0])
        if zone is None:
            raise NotUnderstood(causes.NO_SUCH_ZONE(zone=written[0], field="zone"))
        phrase.found["zone"] = zone
        return
    for pattern in (
        r"(?:heure de|time of|in|a) ([a-z][a-z ]*[a-z])(?=$|,| at | a \d)",
        r"([a-z]+(?: [a-z]+)?) time",
    ):
        place = re.search(rf"(?<!\w){pattern}", phrase.left)
        if place and place[1] in places():
            phrase.take(re.escape(place[0]))
            phrase.found["zone"] = places()[place[1]]
            return


def _span(phrase: Phrase) -> None:
    """between 8 and 18"""
    edges = phrase.take(
        rf"(?:between|from|entre|de|d'|des) ?({BARE}) (?:and|to|until|till|et|a|jusqu'a) ({BARE})"
    )
    if edges:
        phrase.found |= {"from_time": _time(edges[1]), "until_time": _time(edges[2])}


def _once(phrase: Phrase) -> None:
    phrase.take("once|une fois|une seule fois")
    day = phrase.take(rf"(?:on |le )?({DATE}|{'|'.join(RELATIVE)})")
    if day:
        found = date_of(day[1], phrase.now.date())
        if found is None:
            raise NotUnderstood(causes.WORDS_NOT_UNDERSTOOD(words=day[1]))
        phrase.found |= {"kind": "once", "date": found}


def _sun(phrase: Phrase) -> None:
    event = phrase.take(rf"(?:at |au )?({alternatives(SUN)})")
    if event:
        phrase.take(ADVERBS["daily"])  # which it is
        phrase.found |= {"kind": "sun", "event": meaning(SUN, event[1])}


def _nth(phrase: Phrase) -> None:
    """the second Tuesday, the last working day, le dernier jour du mois"""
    if phrase.take(ADVERBS["end"]):
        phrase.found |= {"kind": "nth", "position": -1, "counted": "day"}
        return
    what = rf"({WORKING_DAY}|weekday|{NAME}|{DAY})"
    found = phrase.take(rf"{THE}({ORDINAL}) {what}(?: {OF_THE_MONTH})?")
    if found is None:
        return
    number = _ordinal(found[1])
    if re.fullmatch(rf"{WORKING_DAY}|weekday", found[2]):
        counted = "working"
    elif re.fullmatch(DAY, found[2]):
        counted = "day"
    else:
        counted = str(meaning(WEEKDAYS, found[2]))
    if counted == "day" and number > 0:
        phrase.found |= {"kind": "monthly", "days": [number]}
    else:
        phrase.found |= {"kind": "nth", "position": number, "counted": counted}


def _step(phrase: Phrase) -> None:
    """every 2 hours, toutes les 15 minutes, hourly, every other day"""
    for pattern, minutes in PARTS_OF_AN_HOUR.items():
        if phrase.take(pattern):
            phrase.found |= {"number": minutes, "unit": "minutes"}
            return
    if phrase.take(ADVERBS["hourly"]):
        phrase.found |= {"number": 1, "unit": "hours"}
        return
    found = phrase.take(rf"{EVERY} ({NUMBER}) ({alternatives(UNITS)})")
    alone = None if found else phrase.take(rf"{EVERY} (secondes?|minutes?|hour|heures?)")
    if found:
        number, unit = _number(found[1]), meaning(UNITS, found[2])
        phrase.found |= (
            {"number": 7 * number, "unit": "days"} if unit == "weeks" else {"number": number, "unit": unit}
        )
    elif alone:
        phrase.found |= {"number": 1, "unit": meaning(UNITS, alone[1])}


def _weekdays(phrase: Phrase) -> None:
    days: set[int] = set()
    if phrase.take(rf"{EVERY}? ?{THE}(?:{MONDAY_TO_FRIDAY})"):
        days |= {1, 2, 3, 4, 5}
    if phrase.take(rf"{EVERY}? ?{THE}(?:{WEEKEND})"):
        days |= {0, 6}
    span = phrase.take(rf"(?:from |du |de )?({NAME}) (?:to|through|until|au|a|-) ({NAME})")
    if span:
        first, last = (meaning(WEEKDAYS, span[n]) for n in (1, 2))
        days |= {(first + n) % 7 for n in range((last - first) % 7 + 1)}
    while name := phrase.take(rf"{EVERY}? ?{THE}({NAME})"):
        days.add(meaning(WEEKDAYS, name[1]))
    if days:
        phrase.found["weekdays"] = sorted(days)
        phrase.found.setdefault("kind", "weekly")


def _working(phrase: Phrase) -> None:
    if phrase.take(rf"{EVERY}? ?{THE}(?:{WORKING_DAY})"):
        phrase.found["on_day_off"] = "skip"
        phrase.found.setdefault("kind", "working")


def _days_of_month(phrase: Phrase) -> None:
    """the 1st, le 15 du mois, on the 1st and 15th, 1 March, December 24"""
    many = rf"{DAY_NUMBER}(?:{AND}{THE}{DAY_NUMBER})*"
    named = rf"(?:{MONTH})\b"
    for pattern in (
        rf"{THE}(?:day |jour )?({many}) {OF_THE_MONTH}",
        rf"{THE}({many})(?= (?:of |de )?{named})",
        rf"(?<=[a-z]) (?:{THE})({DAY_NUMBER})(?=$| , | at | a )"
        if re.search(rf"\b{named} {THE}\d", phrase.left)
        else "",
        rf"{THE}((?:\d{{1,2}}(?:st|nd|rd|th|er))(?:{AND}{THE}{DAY_NUMBER})*)",
        rf"(?:the|le|les|day|jour) ({many})(?! ?(?:h\b|heures|:))",
    ):
        found = phrase.take(pattern) if pattern else None
        if found:
            phrase.found["days"] = sorted(
                {int(one) if one.isdigit() else 1 for one in re.findall(r"\d+|first|premier", found[1])}
            )
            phrase.found.setdefault("kind", "monthly")
            return


def _months(phrase: Phrase) -> None:
    months: set[int] = set()
    while name := phrase.take(rf"(?:in |en |of |de |d')?({MONTH})\.?"):
        months.add(meaning(MONTHS, name[1]))
    if months:
        phrase.found["months"] = sorted(months)


def _times(phrase: Phrase) -> None:
    """at 8, à 7h30, at 8 and 18, noon"""
    times: list[time] = []
    while clock := phrase.take(rf"(?:at |a |vers )?({CLOCK})"):
        times.append(_time(clock[1]))
    if clock := phrase.take(rf"(?:at|a) ({BARE}(?:{AND}{BARE})*)"):
        times += [_time(one) for one in re.findall(BARE, clock[1])]
    if clock := phrase.take(rf"(?:at|a) ({NUMBER_WORD})(?: heures?| o'?clock)?"):
        times.append(_time(str(_number(clock[1]))))
    if phrase.take(ADVERBS["evening"]):
        phrase.found.setdefault("kind", "daily")
        times = [one.replace(hour=one.hour % 12 + 12) for one in times]
    if times:
        phrase.found["times"] = sorted(set(times))


def _adverbs(phrase: Phrase) -> None:
    for name in ("daily", "monthly", "yearly", "weekly"):
        if phrase.take(ADVERBS[name]) and name == "daily":
            phrase.found.setdefault("kind", "daily")


# In this order: what stands further down would take a part of what stands above.
CLAUSES: tuple[Callable[[Phrase], None], ...] = (
    _zone, _day_off, _span, _once, _sun, _nth, _step, _weekdays, _working, _days_of_month, _months, _times,
    _adverbs,
)  # fmt: skip


def _time(text: str) -> time:
    found = time_of(text)
    if found is None:
        raise NotUnderstood(causes.NO_SUCH_TIME(time=text))
    return found


def _number(text: str) -> int:
    return int(text) if text.isdigit() else meaning(NUMBERS, text)


def _ordinal(text: str) -> int:
    digits = re.match(r"\d+", text)
    return int(digits[0]) if digits else meaning(ORDINALS, text)
