"""Pausing a schedule with a reason, an end and what becomes of its times meanwhile; and resuming it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat.models import PeriodicTask

from tasks_app import control
from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.moments import MomentField
from tasks_app.admin.schedules.access import PAUSE, change_url, find_to_handle
from tasks_app.admin.schedules.next_run import next_run_said
from tasks_app.db import shared_time
from tasks_app.display import labelled
from tasks_app.models import Between, SchedulePause
from tasks_app.models.queue import REASON_LENGTH
from tasks_app.schedules.policies import words as policy_words
from tasks_app.schedules.policies.pausing import pause as begin_pause
from tasks_app.schedules.policies.pausing import pause_of
from tasks_app.schedules.policies.pausing import resume as end_pause
from tasks_app.schedules.rhythm import words


class PauseForm(forms.Form):
    until = MomentField(
        label=gettext_lazy("Until when?"),
        required=False,
        widget=forms.DateTimeInput,
        help_text=gettext_lazy(
            "Then it resumes by itself. Left empty, it is paused until somebody resumes it."
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Shown in the list of schedules; may be left empty."),
    )
    between = forms.ChoiceField(
        label=gettext_lazy("Its times meanwhile"),
        choices=Between.choices,
        initial=Between.SKIP,
        widget=forms.RadioSelect,
    )

    def clean_until(self) -> datetime | None:
        until: datetime | None = self.cleaned_data["until"]
        try:
            control.check_end(until)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return until


def pause(request: HttpRequest, object_id: str) -> HttpResponse:
    """A pause that holds already is shown in the form, and changed by it."""
    require(request, PAUSE)
    schedule = find_to_handle(request, object_id)
    held = pause_of(schedule.pk, shared_time.now())
    dialog = Dialog(
        title=_("Change the pause of this schedule?") if held else _("Pause this schedule?"),
        text=_("It makes no jobs by its rhythm until the pause ends. Jobs that it made go on."),
        items=[labelled(schedule.name, words(schedule)), *([policy_words.paused(held)] if held else [])],
        submit=_("Change the pause") if held else _("Pause it"),
        form=_form(request, held),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=change_url(schedule))
    given = dict(dialog.form.cleaned_data) if dialog.form else {}
    try:
        held = pause_and_log(request, schedule, given)
    except ValueError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, policy_words.paused(held))
    return done(request, change_url(schedule))


def resume(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, PAUSE)
    schedule = find_to_handle(request, object_id)
    held = pause_of(schedule.pk, shared_time.now())
    dialog = Dialog(
        title=_("Resume this schedule?"),
        text=next_run_said(schedule),
        items=[labelled(schedule.name, words(schedule)), *([policy_words.paused(held)] if held else [])],
        submit=_("Resume it"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=change_url(schedule))
    try:
        _resume(request, schedule)
    except ValueError as error:
        messages.error(request, str(error))
    return done(request, change_url(schedule))


def pause_and_log(request: HttpRequest, schedule: PeriodicTask, given: dict[str, Any]) -> SchedulePause:
    """Raises ValueError, with a sentence."""
    with transaction.atomic():
        held = begin_pause(schedule, by=request.user, **given)
        log_action(
            request, schedule, audit_log.SCHEDULE_PAUSED(pause=audit_log.pausing(held.reason, held.until))
        )
    return held


def end_and_log(request: HttpRequest, schedule: PeriodicTask) -> bool:
    """False where it was not paused any more. Raises ValueError, with a sentence."""
    with transaction.atomic():
        resumed = end_pause(schedule, by=request.user)
        if resumed:
            log_action(request, schedule, audit_log.SCHEDULE_RESUMED())
    return resumed


def _resume(request: HttpRequest, schedule: PeriodicTask) -> None:
    if end_and_log(request, schedule):
        messages.success(request, labelled(_("Resumed"), next_run_said(schedule)))
    else:
        messages.info(request, _("It was not paused any more."))


def _form(request: HttpRequest, held: SchedulePause | None) -> forms.Form:
    initial = {"until": held.until, "reason": held.reason, "between": held.between} if held else None
    return dress(PauseForm(request.POST if request.method == "POST" else None, initial=initial))
