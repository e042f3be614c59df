"""What was decided under a wrong version: its times, and jobs for exactly those that are missing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import require
from tasks_app.admin.schedules.access import RUN, VIEW, may_handle
from tasks_app.admin.schedules.form_page import page
from tasks_app.admin.schedules.versions import URL, version_of, versions_url
from tasks_app.admin.things import page_of
from tasks_app.db import shared_time
from tasks_app.models import Job
from tasks_app.schedules.job_of_schedule import InvalidSchedule
from tasks_app.schedules.undoing.making_up import make_up
from tasks_app.schedules.undoing.meanwhile import Meanwhile, Outcome, Time, meanwhile

CHOSEN = "time"
SAID = {
    Outcome.MISSING: gettext_lazy("It did not run."),
    Outcome.FAILED: gettext_lazy("It failed, or was cancelled."),
    Outcome.OTHERWISE: gettext_lazy("It ran as the wrong version had it."),
    Outcome.UNDER_WAY: gettext_lazy("It has not ended yet."),
    Outcome.MADE_UP: gettext_lazy("It was made up for already."),
    Outcome.RIGHT: gettext_lazy("It ran as it should."),
}
# What is done about it, and whether that is proposed.
PROPOSED = {
    Outcome.MISSING: (gettext_lazy("Its job is made now."), True),
    Outcome.FAILED: (gettext_lazy("It is run again."), True),
    Outcome.OTHERWISE: (gettext_lazy("It is run again, as it should have been."), True),
}


def made_up_for(request: HttpRequest, schedule_id: int, number: int) -> HttpResponse:
    require(request, VIEW)
    back = version_of(schedule_id, number)
    schedule = PeriodicTask.objects.filter(pk=schedule_id).first()
    found = meanwhile(back, shared_time.now())
    if schedule is None or found is None:
        raise Http404
    may_run = request.user.has_perm(RUN) and may_handle(request.user, schedule)
    if request.method == "POST":
        if not may_run:
            raise PermissionDenied
        _make_up(request, schedule, number)
        return redirect(request.path)
    context = {
        "title": _("What ran, and what did not, meanwhile"),
        "found": found,
        "versions": _numbers(found),
        "refused": str(found.refused or ""),
        "times": [_shown(request, time) for time in found.times if time.outcome != Outcome.RIGHT],
        "right": sum(time.outcome == Outcome.RIGHT for time in found.times),
        "needless": [
            {"moment": slot.moment, "url": page_of(request, job) if job else ""}
            for slot, job in _with_jobs(found)
        ],
        "may_run": may_run and bool(found.offered),
        "field": CHOSEN,
        "history": versions_url(schedule_id),
        "back": reverse(f"{URL}change", args=[schedule_id]),
    }
    return page(request, "tasks_app/schedule_meanwhile.html", context)


def _make_up(request: HttpRequest, schedule: PeriodicTask, number: int) -> None:
    chosen = request.POST.getlist(CHOSEN)
    try:
        with transaction.atomic():
            back = version_of(schedule.pk, number)
            jobs = make_up(back, chosen, shared_time.now(), request.user)
            if jobs:
                log_action(request, schedule, audit_log.SCHEDULE_MADE_UP(count=len(jobs)))
    except InvalidSchedule as error:
        messages.error(request, str(error.notice))
        return
    if jobs:
        said = ngettext("%(count)d job launched.", "%(count)d jobs launched.", len(jobs))
        messages.success(request, said % {"count": len(jobs)})
    if len(jobs) < len(chosen) or not chosen:
        messages.warning(request, _none_or_fewer(len(chosen)))


def _none_or_fewer(chosen: int) -> str:
    if not chosen:
        return _("No time was ticked: nothing was launched.")
    return _("Some of these times were seen to meanwhile, by somebody else or by the clock: left alone.")


def _shown(request: HttpRequest, time: Time) -> dict[str, Any]:
    proposed, ticked = PROPOSED.get(time.outcome, ("", False))
    return {
        "run": time.run,
        "is_moved": time.run.due != time.run.nominal,
        "said": SAID[time.outcome],
        "reason": time.slot.reason_text if time.slot and time.outcome == Outcome.MISSING else "",
        "proposed": proposed,
        "ticked": ticked,
        "key": time.key if time.offered else "",
        "url": page_of(request, time.job) if time.job else "",
    }


def _with_jobs(found: Meanwhile) -> list[tuple[Any, Job | None]]:
    jobs = Job.objects.in_bulk([slot.job_id for slot in found.needless])
    return [(slot, jobs.get(slot.job_id)) for slot in found.needless]


def _numbers(found: Meanwhile) -> str:
    first, last = found.wrong[0], found.wrong[-1]
    return str(first) if first == last else f"{first}–{last}"
