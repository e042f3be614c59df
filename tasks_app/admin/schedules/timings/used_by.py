"""Which schedules run by a timing, and whether a person may change it for all of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.common import Person
from tasks_app.admin.schedules.access import VIEW, change_url, may_handle
from tasks_app.admin.schedules.page_rows import owner_said
from tasks_app.db.bad_rows import row_by_row
from tasks_app.display import first_of
from tasks_app.schedules.owners import owner_of
from tasks_app.schedules.timings import users_of

CALL = ("task", "args", "kwargs", "headers")  # of it may_handle judges
SHOWN = 50  # schedules on the page of a timing


def how_many(count: int) -> str:
    if not count:
        return _("No schedule")
    return ngettext("%(count)d schedule", "%(count)d schedules", count) % {"count": count}


def users_shown(user: Person, row: Model, count: int) -> dict[str, Any]:
    """The first of them by name, where their reader may see schedules; `count` is how many there are."""
    if not user.has_perm(VIEW):
        return {"users_hidden": True}
    rows = users_of(row).select_related("ownership__owner").order_by("name")
    shown = [
        {
            "name": schedule.name,
            "url": change_url(schedule),
            "on": schedule.enabled,
            "owner": owner_said(owner_of(schedule)),
        }
        for schedule in row_by_row(rows)[:SHOWN]
    ]
    return {"users": shown, "users_more": max(count - SHOWN, 0)}


def why_not_all(user: Person, row: Model) -> str:
    """Why this person may not change it: what is not theirs to change; "" where all is."""
    columns = users_of(row).only("name", *CALL).order_by("name")
    asked: dict[tuple[Any, ...], bool] = {}
    others: list[PeriodicTask] = []
    for schedule in row_by_row(columns):
        call = tuple(getattr(schedule, name) for name in CALL)
        if call not in asked:
            asked[call] = may_handle(user, schedule)
        if not asked[call]:
            others.append(schedule)
    if not others:
        return ""
    return ngettext(
        "You may not launch the job of a schedule that runs by it, and so may not change when that runs: "
        "%(names)s. Give your schedules a timing of their own, on their pages.",
        "You may not launch the jobs of %(count)d schedules that run by it, and so may not change when those "
        "run: %(names)s. Give your schedules a timing of their own, on their pages.",
        len(others),
    ) % {"count": len(others), "names": first_of([one.name for one in others])}
