"""The promise of a schedule: given, changed and taken back in a dialog; its month on the schedule's page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.schedules.access import CHANGE, change_url, find_to_handle
from tasks_app.admin.schedules.form import zones
from tasks_app.db import shared_time
from tasks_app.display import labelled
from tasks_app.models import Calendar, PromisedDays, SchedulePromise
from tasks_app.notices import in_each_language
from tasks_app.schedules.promises.reading import EARLIEST, Day, first_of_month, month_of, streak
from tasks_app.schedules.rhythm import words

ONE_DAY = timedelta(days=1)


class PromiseForm(forms.Form):
    done_by = forms.TimeField(
        label=gettext_lazy("Done by"), initial="07:00", widget=forms.TimeInput(attrs={"type": "time"})
    )
    days = forms.ChoiceField(
        label=gettext_lazy("Which days"),
        choices=PromisedDays.choices,
        initial=PromisedDays.WORKING,
        help_text=gettext_lazy(
            "On a working day without any run by then it is broken; days off never count. For a schedule "
            "that runs once a week, choose the days that it runs."
        ),
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zones, initial=settings.TIME_ZONE)
    calendar = forms.ModelChoiceField(
        label=gettext_lazy("Calendar of working days"),
        required=False,
        queryset=Calendar.objects.all(),
        empty_label=gettext_lazy("Monday to Friday, no public holidays"),
    )


def promise(request: HttpRequest, object_id: str) -> HttpResponse:
    """Give it, or change it: days before are not decided anew."""
    require(request, CHANGE)
    schedule = find_to_handle(request, object_id)
    known = SchedulePromise.objects.filter(schedule=schedule).first()
    names = PromiseForm.base_fields
    initial = {name: getattr(known, name) for name in names} if known else None
    form = PromiseForm(request.POST if request.method == "POST" else None, initial=initial)
    dress(form)
    dialog = Dialog(
        title=_("By when is it done?"),
        text=_(
            "Each day whose time has come is kept or broken, by the last run that was due before it. "
            "What is run again in time keeps it."
        ),
        items=[labelled(schedule.name, words(schedule))],
        form=form,
        submit=_("Promise it"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=change_url(schedule))
    given = SchedulePromise(schedule=schedule, since=shared_time.now(), **form.cleaned_data)
    with transaction.atomic():
        given.save()
        told = in_each_language(lambda: in_words(given))
        log_action(request, schedule, audit_log.PROMISE_GIVEN(promise=told))
    messages.success(request, _("The promise counts from now on."))
    return done(request, change_url(schedule))


def take_back(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, CHANGE)
    schedule = find_to_handle(request, object_id)
    dialog = Dialog(
        title=_("Take the promise back?"),
        text=_("From now on no day counts. Days that were kept or broken stay."),
        items=[labelled(schedule.name, words(schedule))],
        submit=_("Take it back"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=change_url(schedule))
    with transaction.atomic():
        if SchedulePromise.objects.filter(schedule=schedule).delete()[0]:
            log_action(request, schedule, audit_log.PROMISE_TAKEN_BACK())
    messages.success(request, _("The promise was taken back."))
    return done(request, change_url(schedule))


def in_words(given: SchedulePromise) -> str:
    """Done by 07:00 on working days."""
    shape = (
        _("done by %(time)s on working days")
        if given.days == PromisedDays.WORKING
        else _("done by %(time)s on each day that it runs")
    )
    said = shape % {"time": f"{given.done_by:%H:%M}"}
    if given.zone != settings.TIME_ZONE:
        said = f"{said} ({given.zone})"
    return f"{said} ({given.calendar.name})" if given.calendar else said


# --- On the schedule's page ------------------------------------------------------------------------


def promised(request: HttpRequest, schedule: PeriodicTask) -> dict[str, Any]:
    """The promise in words, its streak, and a month of its days; {} where there is none."""
    given = SchedulePromise.objects.select_related("calendar").filter(schedule=schedule).first()
    if given is None:
        return {}
    today = timezone.localdate()
    first = first_of_month(request.GET.get("month", ""), today)
    month = month_of(given, first, shared_time.now())
    before, after = first - ONE_DAY, (first + 31 * ONE_DAY).replace(day=1)
    return {
        "promise": in_words(given),
        "streak": streak(schedule.pk),
        "month": month,
        "month_name": date_format(first, "F Y"),
        "weeks": [[cell and _shown(cell) for cell in week] for week in month.weeks],
        "broken_days": [
            cell.row for week in month.weeks for cell in week if cell and cell.row and not cell.row.kept
        ],
        "month_before": f"{before:%Y-%m}" if before >= EARLIEST else "",
        "month_after": f"{after:%Y-%m}" if after <= today else "",
    }


def _shown(cell: Day) -> dict[str, Any]:
    """A cell in words: what it says to who sees no colour."""
    row, state = cell.row, DAY_STATES[cell.state]
    said = f"{date_format(cell.day, _('j F Y'))}: {state}"
    if row and row.said:
        said = f"{said}. {row.said}"
    url = ""
    if row and row.job_id:
        url = reverse("admin:tasks_app_job_change", args=[row.job_id])
    return {"day": cell.day.day, "state": cell.state, "said": said, "url": url, "row": row}


DAY_STATES: dict[str, Any] = {
    "kept": gettext_lazy("kept"),
    "broken": gettext_lazy("broken"),
    "off": gettext_lazy("does not count"),
    "to_come": gettext_lazy("to come"),
    "none": gettext_lazy("nothing was promised or due"),
}
