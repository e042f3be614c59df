"""What a page of the list says of its schedules, asked once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.jobs.lineage import told, with_lineage
from tasks_app.admin.schedules import access
from tasks_app.admin.schedules.history import slot_badge
from tasks_app.admin.schedules.strip import StripWriter
from tasks_app.catalogue import kind_of, label_of, launchable_of
from tasks_app.db import shared_time
from tasks_app.db.among import Among
from tasks_app.display import Text, who
from tasks_app.models import Job, ScheduleOwner, SchedulePause, ScheduleTrouble
from tasks_app.notices import say
from tasks_app.schedules.health.strips import strips
from tasks_app.schedules.policies.words import paused_briefly

SWITCH = (
    '<a href="{url}" hx-get="{url}" hx-target="#modal-content" hx-select="#dialog" '
    'x-on:htmx:after-on-load="openModal = $event.detail.successful" '
    'x-on:htmx:response-error="location = $el.href" role="switch" aria-checked="{on}" aria-label="{name}" '
    'title="{what}" class="bo-switch"><span aria-hidden="true"></span></a>'
)


class PageRows:
    """By schedule: strip, last outcome, trouble, owner, job and switch, in six statements for all rows."""

    def __init__(self, request: HttpRequest, schedules: Sequence[PeriodicTask]) -> None:
        self.user: Any = request.user
        ids = [one.pk for one in schedules]
        self.strips = strips(ids)
        self.write = StripWriter()
        last = [cells[0].job_id for cells in self.strips.values() if cells[0].job_id]
        columns = Job.objects.only("id", "rerun_id", "rerun_state")
        self.last_jobs = with_lineage(columns).in_bulk(last)
        open_ones = ScheduleTrouble.objects.filter(Among("schedule_id", ids), ended_at=None)
        self.troubles = {pk: (cause, params) for pk, cause, params in open_ones.values_list(
            "schedule_id", "cause", "params"
        )}  # fmt: skip
        owners = ScheduleOwner.objects.filter(Among("schedule_id", ids)).select_related("owner")
        self.owners = {one.schedule_id: one for one in owners}
        held = SchedulePause.objects.on(shared_time.now()).filter(Among("schedule_id", ids))
        self.pauses = {one.schedule_id: one for one in held.order_by("-begins_at")}
        self.may_change = self.user.has_perm(access.CHANGE)
        self._known: dict[tuple[str, str | None, str | None], tuple[Text, bool]] = {}
        self._switch_page = access.pattern_of("switch")

    def strip(self, schedule: PeriodicTask) -> SafeString:
        return self.write(self.strips.get(schedule.pk, []))

    def last_outcome(self, schedule: PeriodicTask) -> str:
        cells = self.strips.get(schedule.pk)
        if not cells:
            return "–"
        badge, job = slot_badge(cells[0].state), self.last_jobs.get(cells[0].job_id)
        again = told(job.rerun_state, job.rerun_id, getattr(job, "rerun_state_now", None)) if job else None
        return SafeString(f"{badge} {again}") if again else badge

    def trouble(self, schedule: PeriodicTask) -> str:
        found, pause = self.troubles.get(schedule.pk), self.pauses.get(schedule.pk)
        if pause is not None:
            return paused_briefly(pause, shared_time.now())
        return say(*found) if found else ""

    def owner(self, schedule: PeriodicTask) -> str:
        return owner_said(self.owners.get(schedule.pk))

    def job_label(self, schedule: PeriodicTask) -> Text:
        return self._job_of(schedule)[0]

    def switch(self, schedule: PeriodicTask) -> str:
        if not (self.may_change and self._job_of(schedule)[1]):
            return _("On") if schedule.enabled else _("Off")
        return SafeString(
            SWITCH.format(
                url=escape(self._switch_page.replace(access.KEY, str(schedule.pk))),
                on="true" if schedule.enabled else "false",
                name=escape(schedule.name),
                what=escape(_("Switch off") if schedule.enabled else _("Switch on")),
            )
        )

    def _job_of(self, schedule: PeriodicTask) -> tuple[Text, bool]:
        """What it launches, and whether its reader may: of schedules that are alike worked out once."""
        call = (schedule.task, schedule.args, schedule.kwargs)
        if call not in self._known:
            kind, one = kind_of(schedule.task), None
            arguments, unreadable = access.stored_arguments(schedule)
            if not unreadable:
                one = launchable_of(schedule.task, arguments)
            may = one.allowed(self.user) if one else kind is None or self.user.has_perm(kind.permission)
            self._known[call] = (one.label if one else label_of(schedule.task), may)
        return self._known[call]


def owner_said(found: ScheduleOwner | None) -> str:
    """Whose it is, in words; with its owner loaded."""
    if found is None:
        return _("nobody")
    if found.is_system:
        return _("the system")
    if found.owner is None or not found.owner.is_active:
        return _("somebody who left")
    return who(found.owner)
