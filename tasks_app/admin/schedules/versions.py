"""The versions of a schedule: who changed what, and an earlier one put back; schedules that are gone."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION
from django.contrib.admin.models import CHANGE as CHANGED
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.common import Person, log_action
from tasks_app.admin.dialogs import require
from tasks_app.admin.dressing import dress
from tasks_app.admin.schedules.access import ADD, CHANGE, VIEW, may_handle
from tasks_app.admin.schedules.editing import current
from tasks_app.admin.schedules.form_page import page, without_focus
from tasks_app.admin.schedules.review import WhyForm, difference
from tasks_app.db import shared_time
from tasks_app.db.bad_rows import or_none
from tasks_app.display import who
from tasks_app.ledger.message_checks import LARGEST_KEY
from tasks_app.models import Made, ScheduleVersion
from tasks_app.notices import in_each_language
from tasks_app.schedules.rhythm import words
from tasks_app.schedules.undoing.meanwhile import meanwhile
from tasks_app.schedules.undoing.putting_back import CannotBePutBack, put_back, why_not
from tasks_app.schedules.versions.deleted import deleted_schedules
from tasks_app.schedules.versions.recording import Stamp
from tasks_app.schedules.versions.unsaved import unsaved
from tasks_app.schedules.versions.wording import changes, rhythm_words

SHOWN = 25
URL = "admin:django_celery_beat_periodictask_"


def versions_url(schedule_id: int) -> str:
    return reverse(f"{URL}versions", args=[schedule_id])


def versions(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """Newest first, each with what it changed; of a schedule that was deleted too."""
    require(request, VIEW)
    rows = versions_of(schedule_id)
    before = request.GET.get("before", "")
    shown = list((rows.filter(number__lt=int(before)) if before.isdecimal() else rows)[: SHOWN + 1])
    latest = rows[0]
    mine = may_put_back(request.user, latest)
    context = {
        "title": _("History of “%(name)s”") % {"name": latest.definition["name"]},
        "entries": [
            _shown(one, earlier, latest, mine) for one, earlier in pairwise([*shown, None]) if one is not None
        ][:SHOWN],
        "older": shown[SHOWN - 1].number if len(shown) > SHOWN else None,
        "schedule_id": schedule_id,
        "is_deleted": latest.made == Made.DELETED,
        "is_first_page": not before,
    }
    return page(request, "tasks_app/schedule_versions.html", context)


def deleted(request: HttpRequest) -> HttpResponse:
    """Schedules that are gone, and by whom."""
    require(request, VIEW)
    gone = deleted_schedules()[: SHOWN * 4]
    rows = [
        {
            "name": version.definition["name"],
            "rhythm": rhythm_words(version.definition),
            "at": version.at,
            "by": name_of(version),
            "url": versions_url(version.schedule_id),
        }
        for version in gone
    ]
    return page(request, "tasks_app/schedules_deleted.html", {"title": _("Deleted schedules"), "rows": rows})


def put_version_back(request: HttpRequest, schedule_id: int, number: int) -> HttpResponse:
    """First what it would do; then, by a POST, it is done."""
    require(request, VIEW)
    version = version_of(schedule_id, number)
    there = PeriodicTask.objects.filter(pk=schedule_id).exists()
    require(request, CHANGE if there else ADD)
    if not may_put_back(request.user, version) or (there and not _handles(request.user, schedule_id)):
        raise PermissionDenied
    form = WhyForm(request.POST if request.method == "POST" else None)
    problem = why_not(version)
    if request.method == "POST" and form.is_valid() and problem is None:
        try:
            schedule = _put_back(request, version, form.cleaned_data["why"], is_new=not there)
        except CannotBePutBack as error:
            problem = error.notice
        else:
            return redirect(_after(schedule))
    now = current(schedule_id) or {}
    context = {
        "title": _("Put version %(number)d back?") % {"number": number},
        "version": version,
        "who": name_of(version),
        "problem": str(problem or ""),
        "changes": changes(now, version.definition) if now else [],
        "is_deleted": not there,
        "rhythm": rhythm_words(version.definition),
        "difference": difference(now, version.definition, schedule_id) if problem is None else None,
        "why_form": without_focus(dress(form)),
        "back": versions_url(schedule_id),
    }
    return page(request, "tasks_app/schedule_put_back.html", context)


# --- What they share -----------------------------------------------------------------------------


def versions_of(schedule_id: int) -> QuerySet[ScheduleVersion]:
    """Newest first; raises Http404 where there is none, and for a number that is no key."""
    if schedule_id > LARGEST_KEY:
        raise Http404
    rows = ScheduleVersion.objects.filter(schedule=schedule_id).select_related("by").order_by("-number")
    if not rows.exists():
        raise Http404
    return rows


def version_of(schedule_id: int, number: int) -> ScheduleVersion:
    found = versions_of(schedule_id).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def may_put_back(user: Person, version: ScheduleVersion) -> bool:
    """Whether they may launch the job of that version at all."""
    schedule = or_none(lambda: unsaved(version.definition | {"timing": {}, "rule": None}))
    return schedule is not None and may_handle(user, schedule)


def name_of(version: ScheduleVersion) -> str:
    return who(version.by) if version.by else ""


def _handles(user: Person, schedule_id: int) -> bool:
    return may_handle(user, PeriodicTask.objects.get(pk=schedule_id))


def _shown(
    version: ScheduleVersion, earlier: ScheduleVersion | None, latest: ScheduleVersion, mine: bool
) -> dict[str, Any]:
    is_now = version.pk == latest.pk and version.made != Made.DELETED
    differs = version.digest != latest.digest or latest.made == Made.DELETED
    return {
        "version": version,
        "who": name_of(version),
        "made": version.get_made_display(),
        "changes": changes(earlier.definition, version.definition) if earlier else [],
        "rhythm": rhythm_words(version.definition) if earlier is None else "",
        "is_now": is_now,
        "may_put_back": mine and differs and version.made != Made.DELETED,
        "was_put_back": version.made == Made.BACK,
    }


def _put_back(request: HttpRequest, version: ScheduleVersion, why: str, *, is_new: bool) -> PeriodicTask:
    stamp = Stamp(Made.BACK, request.user, why)
    with transaction.atomic():
        schedule = put_back(version, shared_time.now(), stamp)
        rhythm = in_each_language(lambda: words(schedule))
        said = {"number": version.number, "rhythm": rhythm}
        notice = (
            audit_log.SCHEDULE_PUT_BACK_BECAUSE(reason=why, **said)
            if why
            else audit_log.SCHEDULE_PUT_BACK(**said)
        )
        log_action(request, schedule, notice, ADDITION if is_new else CHANGED)
    messages.success(request, _("Version %(number)d was put back.") % {"number": version.number})
    return schedule


def _after(schedule: PeriodicTask) -> str:
    """Where there are times to make up for, they are asked about; else the schedule's page."""
    back = versions_of(schedule.pk)[0]
    found = meanwhile(back, shared_time.now())
    if found is not None and (found.offered or found.needless or found.refused):
        return reverse(f"{URL}meanwhile", args=[schedule.pk, back.number])
    return reverse(f"{URL}change", args=[schedule.pk])
