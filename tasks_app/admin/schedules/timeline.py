"""A day or a week of all schedules as a timeline, and the list of a day's runs, which prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.dialogs import require
from tasks_app.admin.quiet_words import of_whom, said
from tasks_app.admin.schedules.access import VIEW, change_url, job_label
from tasks_app.admin.schedules.form_page import page
from tasks_app.admin.schedules.timeline_boxes import Filled, drawn
from tasks_app.calendars.causes import InvalidCalendar
from tasks_app.calendars.rows import working_days_of
from tasks_app.calendars.working_days import MONDAY_TO_FRIDAY, WorkingDays
from tasks_app.catalogue import label_of
from tasks_app.db import shared_time
from tasks_app.models import Calendar, SlotState
from tasks_app.schedules.timeline.cells import HOURS, ONE_DAY, Cells, days_from
from tasks_app.schedules.timeline.coming import Lane, coming, switched_on
from tasks_app.schedules.timeline.past import outcomes
from tasks_app.schedules.timeline.quiet import QuietHours, quiet_hours
from tasks_app.schedules.timeline.runs import Runs, runs_of

DAY, WEEK = "day", "week"
DAYS = {DAY: 1, WEEK: 7}
FIRST, LAST = date(1970, 1, 8), date(9990, 1, 1)  # of what can be asked for


def timeline(request: HttpRequest) -> HttpResponse:
    """`?day=2026-12-01&span=week&calendar=3&queue=low`; without any, the week of today."""
    require(request, VIEW)
    now, today = shared_time.now(), timezone.localdate()
    chosen = request.GET.get("span", WEEK)
    chosen = chosen if chosen in DAYS else WEEK
    day = asked_day(request, today)
    first = day if chosen == DAY else day - day.weekday() * ONE_DAY
    cells = Cells(days_from(first, DAYS[chosen]), timezone.get_current_timezone())
    working, calendar = _working(request)
    rows = switched_on()
    lanes = _lanes(coming(cells, now, rows), outcomes(cells, now), cells.count, request)
    quiet = quiet_hours(cells, now)
    context: dict[str, Any] = {
        "title": _("Timeline of schedules"),
        "span": chosen,
        "heads": _heads(cells, chosen, working, today),
        "lanes": drawn(lanes, cells, HOURS if chosen == WEEK else 1, working, quiet),
        "quiet": _quiet_said(quiet, request),
        "calendar": calendar,
        "calendars": list(Calendar.objects.order_by("name")[:50]),
        "queues": sorted({lane.queue for lane in lanes}),
        "queue": request.GET.get("queue", ""),
        "states": [(state.value, str(state.label)) for state in SlotState],
        "period": _period(cells),
        **_ways(request, first, day, chosen, today),
    }
    if chosen == DAY:
        listed = runs_of(_of_queue(rows, lanes, request), cells, now)
        context |= {"runs": [_run(one) for one in listed.runs], "left_out": listed.left_out}
    return page(request, "tasks_app/schedule_timeline.html", context)


def asked_day(request: HttpRequest, today: date) -> date:
    """Of `?day=`; `tomorrow` is a word for one; today for what is none."""
    text = request.GET.get("day", "")
    if text == "tomorrow":
        return today + ONE_DAY
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if FIRST <= day <= LAST else today


# --- What is shown ---------------------------------------------------------------------------------


def _lanes(
    runs: Mapping[Lane, list[int]],
    past: Mapping[Lane, list[Counter[str]]],
    count: int,
    request: HttpRequest,
) -> Filled:
    queue = request.GET.get("queue", "")
    nothing, none = [0] * count, [Counter[str]()] * count
    found = sorted(runs.keys() | past.keys(), key=lambda lane: (lane.queue, str(label_of(lane.kind))))
    named = any(lane.queue == queue for lane in found)
    return {
        lane: (runs.get(lane, nothing), past.get(lane, none))
        for lane in found
        if not named or lane.queue == queue
    }


def _heads(cells: Cells, chosen: str, working: WorkingDays, today: date) -> list[dict[str, Any]]:
    """Of columns: days with those off shaded, or the hours of one day."""
    if chosen == DAY:
        off = cells.days[0] not in working
        return [{"text": f"{hour:02d}", "off": off, "day": ""} for hour in range(HOURS)]
    return [
        {
            "text": date_format(day, _("D j M")),
            "off": day not in working,
            "today": day == today,
            "day": f"{day:%Y-%m-%d}",
        }
        for day in cells.days
    ]


def _working(request: HttpRequest) -> tuple[WorkingDays, Calendar | None]:
    """The calendar that is asked for, else the first there is."""
    asked = request.GET.get("calendar", "")
    rows = Calendar.objects.order_by("name")
    chosen = (
        rows.filter(pk=int(asked)).first()
        if asked.isascii() and asked.isdigit() and len(asked) < 19
        else None
    )
    calendar = chosen or (rows.first() if asked != "none" else None)
    try:
        return working_days_of(calendar), calendar
    except InvalidCalendar:
        return MONDAY_TO_FRIDAY, None


def _quiet_said(quiet: Sequence[QuietHours], request: HttpRequest) -> list[dict[str, str]]:
    """Each in words: what a shaded hour alone does not tell."""
    may_open = request.user.has_perm("tasks_app.view_quietperiod")
    address = "admin:tasks_app_quietperiod_change"
    return [
        {
            "name": one.period.name,
            "when": said(one.period),
            "of": of_whom(one.period),
            "between": str(one.period.get_between_display()),
            "url": reverse(address, args=[one.period.pk]) if may_open else "",
        }
        for one in quiet
    ]


def _of_queue(rows: Any, lanes: Filled, request: HttpRequest) -> Any:
    """Schedules of the kinds that are shown."""
    return rows.filter(task__in={lane.kind for lane in lanes}) if request.GET.get("queue") else rows


def _run(one: Runs) -> dict[str, Any]:
    schedule: PeriodicTask = one.schedule
    return {
        "first": timezone.localtime(one.first),
        "last": timezone.localtime(one.last),
        "count": one.count,
        "name": schedule.name,
        "url": change_url(schedule),
        "job": job_label(schedule),
    }


def _period(cells: Cells) -> str:
    first, last = cells.days[0], cells.days[-1]
    if first == last:
        return date_format(first, _("l j F Y"))
    ends = {"first": date_format(first, _("j F")), "last": date_format(last, _("j F Y"))}
    return _("%(first)s – %(last)s") % ends


def _ways(request: HttpRequest, first: date, day: date, chosen: str, today: date) -> dict[str, str]:
    """Addresses of the span before and after, of the other span, of today and of tomorrow as a list."""
    kept = {name: value for name in ("calendar", "queue") if (value := request.GET.get(name))}
    step = DAYS[chosen] * ONE_DAY

    def at(which: date | str, what: str = chosen) -> str:
        return f"?{urlencode({'day': str(which), 'span': what, **kept})}"

    return {
        "before": at(first - step),
        "after": at(first + step),
        "as_day": at(day, DAY),
        "as_week": at(day, WEEK),
        "tomorrow": at("tomorrow", DAY),
        "now_url": at(today),
        "kept_query": urlencode(kept),
        "day": f"{day:%Y-%m-%d}",
    }
