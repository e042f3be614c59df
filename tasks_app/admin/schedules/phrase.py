"""A rhythm in a person's own words: it fills in the form's fields, which count once they are saved."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.schedules.form import ScheduleForm
from tasks_app.admin.schedules.kinds import ASKS, RhythmKind
from tasks_app.catalogue import Launchable
from tasks_app.models import Calendar
from tasks_app.schedules.phrases import NotUnderstood, read

PREFIX = "schedule"
PHRASE = f"{PREFIX}-phrase"
# What a phrase that does not name them takes away.
UNSAID: dict[str, Any] = {"weekdays": [], "months": [], "on_day_off": ""}


def is_said(request: HttpRequest) -> bool:
    """Whether the form was sent with a phrase to be read."""
    return bool(request.method == "POST" and request.POST.get(PHRASE, "").strip())


def heard(request: HttpRequest, schedule: PeriodicTask | None) -> ScheduleForm:
    """The form as the phrase fills it in; as it was, with the reason, where it is not understood."""
    said = request.POST[PHRASE]
    try:
        values = UNSAID | read(said, timezone.localtime())
    except NotUnderstood as error:
        form = ScheduleForm(request.POST, schedule=schedule, prefix=PREFIX)
        form.full_clean()
        form.errors.clear()
        form.add_error("phrase", str(error))
        return form
    data = request.POST.copy()
    for name, value in (_only_calendar(data, values) | values | {"phrase": ""}).items():
        data.setlist(
            f"{PREFIX}-{name}", [_entered(one) for one in (value if isinstance(value, list) else [value])]
        )
    form = ScheduleForm(data, schedule=schedule, prefix=PREFIX)
    form.said = said
    form.time_unsaid = "time" in ASKS[values["kind"]] and "time" not in values
    return form


def as_entered(one: Launchable, request: HttpRequest) -> forms.Form:
    """The job's own form as it was sent, which is not checked while a phrase is read."""
    blank = one.form()
    given = {
        name: field.widget.value_from_datadict(request.POST, request.FILES, blank.add_prefix(name))
        for name, field in blank.fields.items()
    }
    return one.form(initial={name: value for name, value in given.items() if name not in one.kind.secret})


def _only_calendar(data: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Where working days are named and no calendar is chosen: the one that there is."""
    names_days_off = values["kind"] == RhythmKind.WORKING or values["on_day_off"]
    if data.get(f"{PREFIX}-calendar") or not (names_days_off or values.get("counted") == "working"):
        return {}
    known = list(Calendar.objects.values_list("pk", flat=True)[:2])
    return {"calendar": known[0]} if len(known) == 1 else {}


def _entered(value: Any) -> str:
    """As a browser sends it."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%dT%H:%M}"
    return str(value)
