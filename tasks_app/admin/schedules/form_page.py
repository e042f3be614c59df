"""The page of a schedule's form: its fields in their parts, and what comes of them."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.dressing import dress
from tasks_app.admin.schedules import policies
from tasks_app.admin.schedules.access import schedule_of
from tasks_app.admin.schedules.form import ScheduleForm
from tasks_app.admin.schedules.kinds import RhythmKind, fields_of
from tasks_app.admin.schedules.preview import coming
from tasks_app.catalogue import Launchable, launchables

RHYTHM_FIELDS = [
    name for name in ScheduleForm.base_fields if any(name in fields_of(kind) for kind in RhythmKind)
]
BOUND_FIELDS = ("start_time", "expires", "one_off", "enabled")
POLICY_FIELDS = ("after_downtime", *policies.FIELDS)
PREVIEW = "admin:django_celery_beat_periodictask_preview"


def form_page(
    request: HttpRequest,
    schedule: PeriodicTask | None,
    one: Launchable | None,
    schedule_form: ScheduleForm,
    job_form: forms.Form,
    context: dict[str, Any],
) -> HttpResponse:
    choices_url = (lambda name: reverse("admin:launch_choices", args=[one.slug, name])) if one else None
    context |= {
        "launchable": one,
        "schedule_form": _switching_kinds(without_focus(dress(schedule_form))),
        "job_form": without_focus(dress(job_form, choices_url)),
        "kind": schedule_form["kind"].value() or RhythmKind.DAILY,
        "preview_url": _preview_url(schedule, one),
        "rhythm_fields": [(schedule_form[name], _asked_by(name)) for name in RHYTHM_FIELDS],
        "bound_fields": [schedule_form[name] for name in BOUND_FIELDS],
        "policy_fields": [schedule_form[name] for name in POLICY_FIELDS],
        "error_lists": [errors for form in (schedule_form, job_form) if (errors := form.non_field_errors())],
        "other_jobs": launchables(request.user),
        "media": schedule_form.media + job_form.media,
        "time_unsaid": schedule_form.time_unsaid and schedule_form["time"].value(),
    }
    if schedule_form.said:
        context |= coming(schedule_form.unsaved()) if schedule_form.is_valid() else {}
    elif schedule is not None and not schedule_form.is_bound:
        context |= coming(schedule_of(schedule.pk))
    return page(request, "tasks_app/schedule_form.html", context)


def page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    context = admin.site.each_context(request) | {"opts": PeriodicTask._meta} | context
    return TemplateResponse(request, template, context)


def _preview_url(schedule: PeriodicTask | None, one: Launchable | None) -> str:
    url = reverse(f"{PREVIEW}_of", args=[schedule.pk]) if schedule else reverse(PREVIEW)
    return f"{url}?{urlencode({'job': one.slug})}" if one else url


def _switching_kinds(form: forms.Form) -> forms.Form:
    """The kind that is chosen shows and hides the fields of the rhythm."""
    form.fields["kind"].widget.attrs["x-model"] = "kind"
    return form


def _asked_by(name: str) -> str:
    """When a field is shown: of which kinds of rhythm it is, for the page's own script."""
    kinds = json.dumps([str(kind) for kind in RhythmKind if name in fields_of(kind)])
    return f"{kinds}.includes(kind)"


def without_focus(form: forms.Form) -> forms.Form:
    """The page is read from its top: a focus in its middle would scroll there."""
    for field in form.fields.values():
        field.widget.attrs.pop("autofocus", None)
    return form
