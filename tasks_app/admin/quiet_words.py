"""What a page says of a quiet period: when it is, and of whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from tasks_app.catalogue import label_of
from tasks_app.display import zoned
from tasks_app.models import QuietPeriod


def of_whom(quiet: QuietPeriod) -> str:
    """Whose runs it holds up."""
    if quiet.kind:
        return str(label_of(quiet.kind))
    return _("Queue %(queue)s") % {"queue": quiet.queue} if quiet.queue else _("The whole house")


def said(quiet: QuietPeriod) -> str:
    """When it is, in words: "On Saturday and Sunday from 22:00 to 06:00"."""
    if quiet.begins_at is not None:
        return _("Once, from %(begin)s to %(end)s") % {
            "begin": _plainly(quiet.begins_at),
            "end": _plainly(quiet.ends_at or quiet.begins_at),
        }
    days = ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in _days(quiet))
    times = {
        "days": days or _("Every day"),
        "begin": f"{quiet.from_time:%H:%M}",
        "end": f"{quiet.until_time:%H:%M}",
    }
    return _("%(days)s from %(begin)s to %(end)s") % times


def _days(quiet: QuietPeriod) -> Iterable[int]:
    return (int(day) for day in quiet.weekdays if day in "1234567")


def _plainly(at: datetime) -> str:
    return zoned(timezone.localtime(at), _("D j M Y, H:i T"))
