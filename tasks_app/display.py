"""How the product shows a state, a moment, a span of time, a person: the same on every page.

In templates: `{% load work %}`, then `{{ job.state|state_badge }}`, `{{ job.created_at|moment }}`,
`{{ job.duration|span }}`, `{{ job.created_by|who }}` and `{% badge text variant icon %}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from tasks_app.notices import wording_of
from tasks_app.notices.notice import zoned as zoned  # a moment within a notice is shown so too
from tasks_app.zones import is_named

if TYPE_CHECKING:
    from tasks_app.models.caused import Caused

type Text = str | Promise

# How far the rows of a list are counted: beyond it nobody reads on, and a count would read the whole table.
COUNTED_ROWS = 10_000

# Colour (a variant of Unfold's label) and icon (a Material Symbols name). The word is always shown too.
STATE_LOOKS: dict[str, tuple[str, str]] = {
    "waiting": ("", "hourglass_empty"),
    "running": ("info", "play_circle"),
    "succeeded": ("success", "check_circle"),
    "failed": ("danger", "error"),
    "cancelled": ("", "block"),
    "unknown": ("warning", "help"),
}


def badge(text: Text, variant: str = "", icon: str = "", hint: Text = "") -> SafeString:
    """A word in a coloured box; variant: "", info, success, warning, danger or primary."""
    return _badge(str(text), variant, icon, str(hint))


@lru_cache(maxsize=1_000)  # a list has one in each row, of few sorts
def _badge(text: str, variant: str, icon: str, hint: str) -> SafeString:
    context = {"text": text, "variant": variant, "icon": icon, "label_title": hint}
    return SafeString(" ".join(render_to_string("unfold/helpers/label.html", context).split()))


def state_badge(state: str) -> SafeString:
    """A Job's state in colour, word and icon."""
    # Tag libraries are loaded while apps still are: Unfold renders a widget as it is imported.
    from tasks_app.models import State

    variant, icon = STATE_LOOKS[state]
    return badge(State(state).label, variant, icon)


# --- Moments -----------------------------------------------------------------------------------

# Filled in by hand: a list has a hundred of them.
WHOLE_SHOWN = '<time datetime="{0}" title="{1}" class="whitespace-nowrap">{2}</time>'
WHOLE_READ = (
    '<time datetime="{0}" title="{1}" class="bo-when">'
    '<span aria-hidden="true">{2}</span><span class="bo-read">{1}</span></time>'
)


def moment(value: datetime | None) -> str:
    """22 Nov 2026, 09:15; the whole of it is under the pointer. "–" for None."""
    return _time(value, lambda local: zoned(local, _("j M Y, H:i T")))


def instant(value: datetime | None) -> str:
    """22 Nov 2026, 09:15:07, where what follows what within a minute. "–" for None."""
    return _time(value, lambda local: zoned(local, _("j M Y, H:i:s T")))


def when(value: datetime | None) -> str:
    """In a list: 09:15 today, 22 Nov, 09:15 this year, 22 Nov 2025 before; read out whole. "–" for None."""
    return _time(value, _briefly, read_whole=True)


def soon(value: datetime | None, now: datetime) -> str:
    """In a list, of what is to come: in 3 h 05 min · 09:15. "–" for None; what is due now has no span."""
    if value is None or value <= now:
        return when(value)
    words = _("in %(span)s") % {"span": _roughly(value - now)}
    return SafeString(f'{when(value)} <span class="bo-beside">{escape(words)}</span>')


def _roughly(value: timedelta) -> str:
    """A span without the seconds that nobody waits for."""
    minutes = int(value.total_seconds()) // 60
    return pgettext("duration", "%(min)d min") % {"min": minutes} if 0 < minutes < 60 else span(value)


def to_the_second(value: datetime | None) -> str:
    """In a log: 09:15:07 today, 22 Nov, 09:15:07 before. "–" for None."""
    return _time(value, _clock)


def brief(value: datetime | None) -> str:
    """Within a sentence: 09:15 today, 22 Nov, 09:15 otherwise."""
    return _briefly(timezone.localtime(value)) if value else ""


def _time(value: datetime | None, say: Callable[[datetime], str], *, read_whole: bool = False) -> str:
    if value is None:
        return "–"
    try:
        local = timezone.localtime(value)
    except OverflowError:  # the end of the calendar, which no other zone has
        local = value
    whole, said = _wholly(local), say(local)
    shape = WHOLE_READ if read_whole else WHOLE_SHOWN
    return SafeString(shape.format(escape(value.isoformat()), escape(whole), escape(said)))


def _wholly(local: datetime) -> str:
    """22 Nov 2026, 09:15:07 CET, whoever reads it."""
    said = f"{_day(local.date(), _('j M Y'), get_language())}, {local:%H:%M:%S}"
    return f"{said} {zone}" if (zone := local.tzname()) else said


def _clock(local: datetime) -> str:
    if local.date() == timezone.localdate():
        return f"{local:%H:%M:%S}"
    return f"{_day(local.date(), _('j M'), get_language())}, {local:%H:%M:%S}"


def _briefly(local: datetime) -> str:
    today = timezone.localdate()
    clock = f"{local:%H:%M} {local.tzname()}" if is_named(local) and local.tzname() else f"{local:%H:%M}"
    if local.date() == today:
        return clock
    if local.year == today.year:
        return f"{_day(local.date(), _('j M'), get_language())}, {clock}"
    return _day(local.date(), _("j M Y"), get_language())


@lru_cache(maxsize=1_000)
def _day(day: date, shape: str, language: str | None) -> str:
    return date_format(day, shape)


def span(value: timedelta | None) -> str:
    """0.4 s, 12 s, 3 min 20 s, 2 h 05 min, 3 d 4 h. "–" for None."""
    if value is None:
        return "–"
    seconds = max(value.total_seconds(), 0)
    if seconds < 10:
        return pgettext("duration", "%(s)s s") % {"s": number_format(round(seconds, 1), 1)}
    if seconds < 60:
        return pgettext("duration", "%(s)s s") % {"s": int(seconds)}
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return pgettext("duration", "%(min)d min %(s)02d s") % {"min": minutes, "s": rest}
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return pgettext("duration", "%(h)d h %(min)02d min") % {"h": hours, "min": minutes}
    days, hours = divmod(hours, 24)
    return pgettext("duration", "%(d)d d %(h)d h") % {"d": days, "h": hours}


def labelled(name: Text, text: Text) -> str:
    """What is said of something, after its name: "Nightly overview: Every day at 05:00"."""
    return _("%(name)s: %(text)s") % {"name": name, "text": text}


# --- Cells of lists: one line each --------------------------------------------------------------

LONGEST_CAUSE = 1_000  # characters, of what is under the pointer too
TAIL = 24  # characters of its end that stay: as many as the narrowest column of a laptop has room for
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[A-ZÀ-Ý“«])")


def beside(first: Text, second: Text) -> SafeString:
    """A thing, and in small what it is about; cut where a row ends, the whole under the pointer."""
    if not second:
        return cut(first)
    return format_html('<span title="{0}\n{1}">{0} <span class="bo-beside">{1}</span></span>', first, second)


def cut(text: Text) -> SafeString:
    """A text of any length, cut at the end of its cell."""
    return format_html('<span title="{0}">{0}</span>', text) if text else SafeString("")


def cause_of(row: Caused) -> SafeString:
    """Why a job or a message failed, in a list; the whole is under the pointer and on its page.

    Of a cause of ours that is a sentence without persons, who stand beside it, and without what to do; of a
    foreign one its class and what it says.
    """
    said, wording = row.said, wording_of(row.cause or "")
    if wording is not None:
        return cause(SENTENCE_END.split(str(wording.general), 1)[0], whole=said)
    class_path, is_foreign, _place = (row.cause or "").partition("@")
    name = class_path.rpartition(".")[2]
    named = labelled(name, said) if is_foreign and said != name else said
    return cause(named, whole=named)


def cause(text: Text, whole: Text = "") -> SafeString:
    """What went wrong: one line, cut in the middle, for whom is at its beginning and why at its end."""
    line = str(text).strip().partition("\n")[0][:LONGEST_CAUSE]
    whole = str(whole or line).strip()[:LONGEST_CAUSE]
    if len(line) <= TAIL:
        return format_html('<span title="{}">{}</span>', whole, line) if line else SafeString("")
    at = line.find(" ", len(line) - TAIL)
    at = len(line) - TAIL if at == -1 else at
    return format_html(
        '<span class="bo-cause" title="{0}"><span>{1}</span><span>{2}</span></span>',
        whole,
        line[:at],
        line[at:],
    )


def who(user: Any) -> str:
    """A person's name as lists show it."""
    from tasks_app.models.audit import SYSTEM  # not above, see state_badge

    if not user or user.get_username() == SYSTEM:
        return _("the system")
    return str(user.get_full_name() or user.get_username())


def first_of(names: Sequence[str], shown: int = 3) -> str:
    """The first of some names, and a word where there are others."""
    first = ", ".join(names[:shown])
    return _("%(names)s and others") % {"names": first} if len(names) > shown else first


def count_up_to(bound: int, rows: QuerySet[Any]) -> int:
    """How many rows there are, which may be very many; `bound + 1` where there are more than `bound`."""
    # Their keys alone: what a list adds to each row is not worked out to count it.
    return rows.order_by().values("pk")[: bound + 1].count()


def counts_up_to(bound: int, several: Sequence[QuerySet[Any]]) -> list[int]:
    """The same of several querysets of one database, in one statement."""
    asked = [rows.order_by().values("pk")[: bound + 1].query.sql_with_params() for rows in several]
    counts = [f"(SELECT COUNT(*) FROM ({sql}) q{number})" for number, (sql, _params) in enumerate(asked)]  # noqa: S608 - ours
    with connections[several[0].db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", [value for _sql, params in asked for value in params])
        return list(cursor.fetchone())


def more_than(count: int, bound: int) -> str:
    """As sentences say it: `1,234`, or `more than 10,000` beyond that bound."""
    shown = number_format(min(count, bound), force_grouping=True)
    return _("more than %(count)s") % {"count": shown} if count > bound else shown


def capped(count: int, bound: int) -> str:
    """As people read it: `12`, or `1,000+` beyond a bound of 1,000."""
    return number_format(min(count, bound), force_grouping=True) + ("+" if count > bound else "")


def up_to(rows: QuerySet[Any], bound: int) -> str:
    """How many rows there are, read no further than `bound`: "12", or "1,000+"."""
    return capped(count_up_to(bound, rows), bound)
