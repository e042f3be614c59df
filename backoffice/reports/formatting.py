"""How values look in a report, in its language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import formats, timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from backoffice.reports.periods import zone
from backoffice.reports.sections import Badge, Code, Figures, Section, Share, Stacked

type Marks = tuple[tuple[str, str], ...]  # elements with their classes, the outermost first
type Line = tuple[str, Marks]

NOTHING = "–"
SHORTEST = 0.01  # seconds: below it a reader wants no number
BREAK = mark_safe("<br>")


def shown(value: Any) -> str | SafeString:
    """A cell's value for the eye: localised, with its colour or type where it has one."""
    lines = lines_of(value)
    [(text, marks), *more] = lines
    if not marks and not more:
        return text
    return format_html_join(
        BREAK, "{}", ((marked(conditional_escape(text), marks),) for text, marks in lines)
    )


def figures_of(sections: Iterable[Section]) -> list[list[str]]:
    """What a document says at a glance, as [label, value] in its language."""
    figures = [one for section in sections if isinstance(section, Figures) for one in section.figures]
    return [[str(one.label), lines_of(one.value)[0][0]] for one in figures]


def lines_of(value: Any) -> list[Line]:
    """A cell's value as lines of text, each with its look; what is marked up already stays a SafeString."""
    match value:
        case Badge():
            return [(str(value.text), (("span", f"badge {value.tone}"),))]
        case Code():
            return [(value.text, (("code", ""),))]
        case Stacked():
            below = [(text, (("span", "below"), *marks)) for text, marks in lines_of(value.below)]
            return [*lines_of(value.value), *below]
        case datetime():
            local = timezone.localtime(value, zone())
            return [(formats.date_format(local, gettext("j M Y, H:i")), (("span", "when"),))]
        case _:
            return [(_plain(value), ())]


def marked(text: SafeString, marks: Marks) -> SafeString:
    """A text within the elements that give it its look, the first outermost."""
    for tag, name in reversed(marks):
        attribute = format_html(' class="{}"', name) if name else ""
        text = format_html("<{}{}>{}</{}>", tag, attribute, text, tag)
    return text


def _plain(value: Any) -> str:
    match value:
        case None:
            return NOTHING
        case Share():
            return percentage(value.value)
        case date():
            return formats.date_format(value, gettext("D j M Y"))
        case timedelta():
            return duration(value)
        case bool():
            return gettext("yes") if value else gettext("no")
        case int():
            return formats.number_format(value, force_grouping=True)
        case float():
            return formats.number_format(value, 1, force_grouping=True)
        case _:
            return str(value)


def percentage(share: float) -> str:
    """0.9871 as "98.7%", in French "98,7 %": never 100 for a share below it."""
    rounded = round(share * 100, 1)
    if rounded == 100 and share < 1:
        rounded = 99.9
    digits = 0 if rounded in (0, 100) else 1
    return gettext("%(number)s%%") % {"number": formats.number_format(rounded, digits, force_grouping=True)}


def duration(value: timedelta) -> str:
    """Two units at most: 0.34 s, 4.2 s, 3 min 20 s, 1 h 5 min, 3 days 4 h."""
    seconds = value.total_seconds()
    if 0 < seconds < SHORTEST:
        return gettext("under %(number)s s") % {"number": formats.number_format(SHORTEST, 2)}
    if seconds < 60:
        digits = 2 if seconds < 1 else 1 if seconds < 10 else 0
        return gettext("%(number)s s") % {"number": formats.number_format(seconds, digits)}
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return gettext("%(minutes)d min %(seconds)02d s") % {"minutes": minutes, "seconds": rest}
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return gettext("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    days, hours = divmod(hours, 24)
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days} + (f" {hours} h" if hours else "")
