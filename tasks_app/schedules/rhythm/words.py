"""A schedule's rhythm in words a person uses, in their language; its time zone where it is not theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.utils import timezone
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from tasks_app.db.bad_rows import or_none
from tasks_app.display import zoned
from tasks_app.models import Counted, OnDayOff
from tasks_app.schedules.rhythm.crontab import CrontabRhythm
from tasks_app.schedules.rhythm.fields import InvalidRhythm
from tasks_app.schedules.rhythm.kinds import crontab_rhythm
from tasks_app.schedules.rhythm.rules import rule_of
from tasks_app.zones import is_zone_named

WORKING_DAYS = (1, 2, 3, 4, 5)
# More times than this on one day are told by their hours and minutes, not one by one.
MOST_TIMES = 6
ORDINALS = {
    1: pgettext_lazy("of the month", "first"),
    2: pgettext_lazy("of the month", "second"),
    3: pgettext_lazy("of the month", "third"),
    4: pgettext_lazy("of the month", "fourth"),
    5: pgettext_lazy("of the month", "fifth"),
    -1: pgettext_lazy("of the month", "last"),
    -2: pgettext_lazy("of the month", "second to last"),
    -3: pgettext_lazy("of the month", "third to last"),
    21: pgettext_lazy("of the month", "21st"),
    22: pgettext_lazy("of the month", "22nd"),
    23: pgettext_lazy("of the month", "23rd"),
    31: pgettext_lazy("of the month", "31st"),
}
DAY_OFF = {
    OnDayOff.SKIP: gettext_lazy("%(sentence)s, but not on days off"),
    OnDayOff.BEFORE: gettext_lazy("%(sentence)s; on a day off, on the working day before"),
    OnDayOff.AFTER: gettext_lazy("%(sentence)s; on a day off, on the working day after"),
}


def words(schedule: Any) -> str:
    """`Every Monday at 07:00 (Europe/Paris)`; a sentence also for one that cannot be followed or read."""
    return or_none(lambda: _words(schedule)) or _("Its rhythm cannot be read")


def _words(schedule: Any) -> str:
    rule = rule_of(schedule)
    if schedule.crontab:
        return crontab_words(schedule.crontab, rule)
    return day_off_words(_beats_words(schedule), rule)


def _beats_words(schedule: Any) -> str:
    if schedule.interval:
        return interval_words(schedule.interval.every, schedule.interval.period)
    if schedule.clocked:
        moment = timezone.localtime(schedule.clocked.clocked_time)
        return _("Once, on %(moment)s") % {"moment": zoned(moment, "j F Y, H:i:s T")}
    if schedule.solar:
        return _("At %(event)s at latitude %(latitude)s, longitude %(longitude)s") % {
            "event": str(schedule.solar.get_event_display()).lower(),
            "latitude": schedule.solar.latitude.normalize(),
            "longitude": schedule.solar.longitude.normalize(),
        }
    return _("No rhythm")


def interval_words(every: int, period: str) -> str:
    """In the largest unit that fits: 3600 seconds are an hour."""
    if not period:  # an invalid row, which is listed all the same
        return _("No rhythm")
    seconds = timedelta(**{period: every}).total_seconds()
    sizes = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
    unit = next((unit for unit, size in sizes.items() if seconds % size == 0 and seconds), "seconds")
    number = round(seconds / sizes[unit])
    sentences = {
        "days": ngettext("Every day", "Every %(number)d days", number),
        "hours": ngettext("Every hour", "Every %(number)d hours", number),
        "minutes": ngettext("Every minute", "Every %(number)d minutes", number),
        "seconds": ngettext("Every second", "Every %(number)d seconds", number),
    }
    return sentences[unit] % {"number": number}


def crontab_words(row: Any, rule: Any = None) -> str:
    zone = str(row.timezone)
    try:
        rhythm = crontab_rhythm(
            row.minute, row.hour, row.day_of_month, row.month_of_year, row.day_of_week, zone
        )
    except InvalidRhythm as error:
        return str(error)
    times = span_words(rule) or _times(rhythm)
    dense = len(rhythm.hours) == 24 and _is_every_day(rhythm)
    if rule and rule.counted:
        sentence = _counted(rule, rhythm) % {"times": times}
    elif is_every_working_day(rhythm, rule):
        sentence = _("Every working day %(times)s") % {"times": times}
    else:
        sentence = capfirst(times) if dense else _days(rhythm) % {"times": times}
    if len(rhythm.months) < 12:
        months = _list(MONTHS[month] for month in rhythm.months)
        sentence = _("%(sentence)s, in %(months)s only") % {"sentence": sentence, "months": months}
    sentence = day_off_words(sentence, rule, told=is_every_working_day(rhythm, rule))
    if not is_zone_named(zone):
        return sentence
    return _("%(sentence)s (%(zone)s)") % {"sentence": sentence, "zone": zone.replace("_", " ")}


def is_every_working_day(rhythm: CrontabRhythm, rule: Any) -> bool:
    return bool(rule) and rule.on_day_off == OnDayOff.SKIP and not rule.counted and _is_every_day(rhythm)


def _is_every_day(rhythm: CrontabRhythm) -> bool:
    return len(rhythm.days) == 31 and len(rhythm.weekdays) == 7


def _counted(rule: Any, rhythm: CrontabRhythm) -> str:
    """The n-th of the month, with `%(times)s` where the times go."""
    what = _weekdays(rhythm) if rule.counted == Counted.WEEKDAY else str(Counted(rule.counted).label)
    sentence = _("On the %(which)s %(what)s of the month %(times)s")
    return sentence.replace("%(which)s", ordinal(rule.nth)).replace("%(what)s", what)


def ordinal(number: int) -> str:
    """first, second, last; from the end where it is negative."""
    if number in ORDINALS:
        return str(ORDINALS[number])
    if number < 0:
        return _("%(number)dth to last") % {"number": -number}
    return _("%(number)dth") % {"number": number}


def span_words(rule: Any) -> str:
    """Every so many minutes between two times; "" where the rule names none."""
    if not rule or rule.every is None:
        return ""
    return _("%(minutes)s from %(first)s to %(last)s") % {
        "minutes": _("every minute")
        if rule.every == 1
        else _("every %(step)d minutes") % {"step": rule.every},
        "first": f"{rule.first_time:%H:%M}",
        "last": f"{rule.last_time:%H:%M}",
    }


def day_off_words(sentence: str, rule: Any, *, told: bool = False) -> str:
    """The sentence with what becomes of days off, which it may have told already, and by which calendar."""
    if not rule:
        return sentence
    said = DAY_OFF.get(rule.on_day_off)
    if said and not told:
        sentence = str(said) % {"sentence": sentence}
    if rule.calendar is None:
        return sentence
    return _("%(sentence)s (%(zone)s)") % {"sentence": sentence, "zone": rule.calendar.name}


def both_days_set(schedule: Any) -> bool:
    """Whether a crontab names days of the month and days of the week: Celery wants both to match."""
    try:
        rhythm = schedule.crontab and crontab_rhythm(
            schedule.crontab.minute,
            schedule.crontab.hour,
            schedule.crontab.day_of_month,
            schedule.crontab.month_of_year,
            schedule.crontab.day_of_week,
            str(schedule.crontab.timezone),
        )
    except InvalidRhythm:
        return False
    return bool(rhythm) and len(rhythm.days) < 31 and len(rhythm.weekdays) < 7


def _days(rhythm: CrontabRhythm) -> str:
    """The days, with `%(times)s` where the times go."""
    if len(rhythm.days) == 31 and len(rhythm.weekdays) == 7:
        return _("Every day %(times)s")
    if len(rhythm.days) == 31 and rhythm.weekdays == WORKING_DAYS:
        return _("From Monday to Friday %(times)s")
    weekdays = _weekdays(rhythm)
    if len(rhythm.days) == 31:
        return _("Every %(weekdays)s %(times)s").replace("%(weekdays)s", weekdays)
    days = _list(date_format(date(2000, 1, day), "j") for day in rhythm.days)  # 1er in French
    on_days = ngettext(
        "On day %(days)s of the month %(times)s", "On days %(days)s of the month %(times)s", len(rhythm.days)
    ).replace("%(days)s", days)
    if len(rhythm.weekdays) == 7:
        return on_days
    only = _("%(sentence)s, but only when it is a %(weekdays)s")
    return only.replace("%(sentence)s", on_days).replace("%(weekdays)s", weekdays)


def _weekdays(rhythm: CrontabRhythm) -> str:
    return _list(WEEKDAYS[(day - 1) % 7] for day in sorted(rhythm.weekdays, key=lambda day: (day - 1) % 7))


def _times(rhythm: CrontabRhythm) -> str:
    hours, minutes = rhythm.hours, rhythm.minutes
    if len(hours) * len(minutes) <= MOST_TIMES:
        times = _list(f"{hour:02d}:{minute:02d}" for hour in hours for minute in minutes)
        return _("at %(times)s") % {"times": times}
    past = _minutes(minutes)
    if len(hours) == 24:
        return past
    if len(hours) > 1 and _step(hours) == 1:
        span = {"minutes": past, "first": f"{hours[0]:02d}:00", "last": f"{hours[-1]:02d}:59"}
        return _("%(minutes)s from %(first)s to %(last)s") % span
    return _("%(minutes)s in the hours %(hours)s") % {
        "minutes": past,
        "hours": _list(f"{hour:02d}" for hour in hours),
    }


def _minutes(minutes: Sequence[int]) -> str:
    if len(minutes) == 60:
        return _("every minute")
    step = _step(minutes)
    if minutes[0] == 0 and step and 60 % step == 0 and len(minutes) == 60 // step:
        return _("every %(step)d minutes") % {"step": step}
    if minutes == (0,):
        return _("every hour, on the hour")
    return _("at %(minutes)s minutes past each hour") % {"minutes": _list(map(str, minutes))}


def _step(values: Sequence[int]) -> int | None:
    """The distance between neighbours when it is the same everywhere."""
    steps = {later - earlier for earlier, later in pairwise(values)}
    return steps.pop() if len(steps) == 1 else None


def _list(texts: Iterable[Any]) -> str:
    return get_text_list([str(text) for text in texts], _("and"))
