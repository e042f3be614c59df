"""Schedules moved between installations: exported as YAML, and brought in after a look at it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION
from django.contrib.admin.models import CHANGE as CHANGED
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action, log_list, log_together
from tasks_app.admin.dialogs import require
from tasks_app.admin.dressing import dress
from tasks_app.admin.schedules.access import ADD, CHANGE, VIEW, may_handle
from tasks_app.admin.schedules.form_page import page
from tasks_app.admin.schedules.review import Difference, difference
from tasks_app.db import shared_time
from tasks_app.db.bad_rows import row_by_row
from tasks_app.notices import in_each_language
from tasks_app.schedules.moving.importing import Report, Result, calendars_of, import_file
from tasks_app.schedules.moving.reading import LARGEST, Refused
from tasks_app.schedules.moving.writing import written
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.rhythm import words

COMPARED = 10  # schedules whose runs are compared one by one
LIST = "admin:django_celery_beat_periodictask_changelist"


class FileForm(forms.Form):
    file = forms.FileField(widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml"}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["file"].label = _("File of schedules (YAML)")
        self.fields["file"].help_text = _("As the export makes it. Nothing is changed before you said so.")


# --- Out -----------------------------------------------------------------------------------------


def export_all(request: HttpRequest) -> HttpResponse:
    return export(request, PeriodicTask.objects.all())


def export(request: HttpRequest, schedules: QuerySet[Any]) -> HttpResponse:
    """Those of them whose job this person may launch: the file says its arguments."""
    require(request, VIEW)
    ids = schedules.order_by().values("pk")
    rows = with_rhythms(PeriodicTask.objects.filter(pk__in=ids).select_related("options").order_by("name"))
    theirs = [schedule for schedule in row_by_row(rows) if may_handle(request.user, schedule)]
    log_list(request, PeriodicTask, audit_log.SCHEDULES_EXPORTED(count=len(theirs)))
    return HttpResponse(
        written(theirs),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="schedules.yaml"'},
    )


# --- In ------------------------------------------------------------------------------------------


def bring_in(request: HttpRequest) -> HttpResponse:
    """A file is chosen, what it would change is shown, and it is done: three steps of one address."""
    require(request, VIEW, ADD, CHANGE)
    form = FileForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"title": _("Import schedules"), "back": reverse(LIST)}
    text = request.POST.get("text")
    if request.method == "POST" and (text is not None or form.is_valid()):
        data = text.encode() if text is not None else form.cleaned_data["file"].read(LARGEST + 1)
        try:
            report = _import(request, data, dry_run=text is None)
        except Refused as error:
            context["refused"] = _("Line %(line)d: %(problem)s") % {
                "line": error.line,
                "problem": error.notice,
            }
        else:
            if text is not None:
                return _done(request, report)
            context |= {"report": _shown(report), "text": data.decode("utf-8-sig")}
    context["form"] = dress(form)
    return page(request, "tasks_app/schedules_import.html", context)


def _import(request: HttpRequest, data: bytes, *, dry_run: bool) -> Report:
    def forbids(schedule: PeriodicTask) -> str:
        return "" if may_handle(request.user, schedule) else _("you may not launch its job")

    return import_file(data, shared_time.now(), request.user, dry_run=dry_run, forbids=forbids)


def _done(request: HttpRequest, report: Report) -> HttpResponse:
    with log_together(request, audit_log.SCHEDULES_IMPORTED):
        for calendar in calendars_of(report):
            log_action(request, calendar, audit_log.CALENDAR_IMPORTED())
        for result in report.to_do:
            if result.schedule_id is not None:
                _log(request, result)
    count = len([result for result in report.to_do if not result.is_calendar])
    said = ngettext("%(count)d schedule was imported.", "%(count)d schedules were imported.", count)
    messages.success(request, said % {"count": count})
    for result in report.refused[:COMPARED]:
        messages.warning(request, _sentence(result))
    return redirect(reverse(LIST))


def _log(request: HttpRequest, result: Result) -> None:
    schedule = with_rhythms(PeriodicTask.objects.all()).get(pk=result.schedule_id)
    rhythm = in_each_language(lambda: words(schedule))
    flag = CHANGED if result.before else ADDITION
    log_action(request, schedule, audit_log.SCHEDULE_IMPORTED(rhythm=rhythm), flag)


def _shown(report: Report) -> dict[str, Any]:
    new, changed, same = (report.of(outcome) for outcome in ("new", "changed", "same"))
    return {
        "new": new,
        "changed": [
            (result, _difference(result) if number < COMPARED else None)
            for number, result in enumerate(changed)
        ],
        "same": len(same),
        "refused": [_sentence(result) for result in report.refused],
        "count": len(report.to_do),
    }


def _difference(result: Result) -> Difference | None:
    if result.before is None or result.after is None:
        return None
    return difference(result.before, result.after, result.schedule_id)


def _sentence(result: Result) -> str:
    values = {"line": result.line, "name": result.name or "–", "reason": result.reason}
    return _("Line %(line)d, “%(name)s”: %(reason)s") % values
