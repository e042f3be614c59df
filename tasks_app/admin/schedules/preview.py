"""What a rhythm means, in words and as the next ten runs: beside the form as it stands, and on the page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.dialogs import require
from tasks_app.admin.schedules.access import ADD, CHANGE, schedule_of
from tasks_app.admin.schedules.form import ScheduleForm
from tasks_app.db.bad_rows import is_of_one_row
from tasks_app.display import labelled
from tasks_app.schedules.job_of_schedule import cannot_be_dealt_with
from tasks_app.schedules.rhythm import InvalidRhythm, Run, both_days_set, next_ten, words


def preview(request: HttpRequest, object_id: str = "") -> HttpResponse:
    """The words and the next ten runs of the form as it stands; nothing is saved."""
    require(request, CHANGE if object_id else ADD)
    schedule = schedule_of(object_id) if object_id else None
    form = ScheduleForm(request.POST, schedule=schedule, prefix="schedule")
    form.is_valid()
    about_rhythm = [name for name in form.errors if name not in ("name", "__all__")]
    if about_rhythm or request.method != "POST":
        sentences = [
            labelled(form[name].label, str(error)) for name in about_rhythm for error in form.errors[name]
        ]
        context: dict[str, Any] = {"incomplete": sentences}
    else:
        form.cleaned_data.setdefault("name", "")
        context = coming(form.unsaved())
    return TemplateResponse(request, "tasks_app/schedule_runs.html", context)


def coming(schedule: PeriodicTask) -> dict[str, Any]:
    """Words, notes and next runs; a sentence where the rhythm cannot be followed."""
    options = getattr(schedule, "options", None) if schedule.pk else None
    try:
        runs = next_ten(schedule, timezone.now(), anchor=options.anchor if options else None)
        said = words(schedule)
    except InvalidRhythm as error:
        return {"incomplete": [str(error)]}
    except Exception as error:  # a moment beyond the calendar, a column that cannot be read
        if not is_of_one_row(error):
            raise
        return {"incomplete": [str(cannot_be_dealt_with(error))]}
    if schedule.one_off:
        runs = runs[:1]
    return {
        "words": said,
        "runs": [_shown_run(run) for run in runs],
        "both_days": both_days_set(schedule),
        "off": not schedule.enabled,
        "stuck": bool(options and options.invalid),
    }


def _shown_run(run: Run) -> dict[str, str]:
    """In the schedule's own zone; seconds only where there are some."""
    clock = "H:i:s" if run.local.second else "H:i"
    return {
        "day": date_format(run.local, _("D j M Y")),
        "time": date_format(run.local, clock),
        "offset": run.offset,
        "note": run.note,
    }
