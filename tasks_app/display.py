"""How the product shows a state, a moment, a span of time, a person: the same on every page.

In templates: `{% load work %}`, then `{{ job.state|state_badge }}`, `{{ job.created_at|moment }}`,
`{{ job.duration|span }}`, `{{ job.created_by|who }}` and `{% badge text variant icon %}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tasks_app.notices.notice import zoned as zoned  # a moment within a notice is shown so too

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
    context = {"text": text, "variant": variant, "icon": icon, "label_title": hint}
    return SafeString(render_to_string("unfold/helpers/label.html", context))


def state_badge(state: str) -> SafeString:
    """A Job's state in colour, word and icon."""
    # Tag libraries are loaded while apps still are: Unfold renders a widget as it is imported.
    from tasks_app.models import State

    variant, icon = STATE_LOOKS[state]
    return badge(State(state).label, variant, icon)


def moment(value: datetime | None) -> str:
    """22 Nov 2026, 09:15 CET; seconds appear under the pointer. "–" for None."""
    return _time(value, _("j M Y, H:i T"))


def instant(value: datetime | None) -> str:
    """22 Nov 2026, 09:15:07 CET, where what follows what within a minute. "–" for None."""
    return _time(value, _("j M Y, H:i:s T"))


def _time(value: datetime | None, shape: str) -> str:
    if value is None:
        return "–"
    try:
        local = timezone.localtime(value)
    except OverflowError:  # the end of the calendar, which no other zone has
        local = value
    return format_html(
        '<time datetime="{}" title="{}" class="whitespace-nowrap">{}</time>',
        value.isoformat(),
        zoned(local, _("j M Y, H:i:s T")),
        zoned(local, shape),
    )


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


def nowrap(text: Text) -> SafeString:
    """For a cell of a table that must stay on one line."""
    return format_html('<span class="whitespace-nowrap">{}</span>', text)


def two_lines(first: Text, second: Text) -> SafeString:
    """A cell whose second line says more, in small."""
    if not second:
        return nowrap(first)
    return format_html(
        '<span class="whitespace-nowrap">{}</span><br><span class="text-subtle text-xs">{}</span>',
        first,
        second,
    )


def who(user: Any) -> str:
    """A person's name as lists show it."""
    return user.get_full_name() or user.get_username() if user else _("the system")


def first_of(names: Sequence[str], shown: int = 3) -> str:
    """The first of some names, and a word where there are others."""
    first = ", ".join(names[:shown])
    return _("%(names)s and others") % {"names": first} if len(names) > shown else first


def count_up_to(bound: int, rows: QuerySet[Any]) -> int:
    """How many rows there are, which may be very many; `bound + 1` where there are more than `bound`."""
    # Their keys alone: what a list adds to each row is not worked out to count it.
    return rows.order_by().values("pk")[: bound + 1].count()


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
