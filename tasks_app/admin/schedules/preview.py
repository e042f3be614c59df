"""What a rhythm means, in words and as the next ten runs: beside the form as it stands, and on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.dialogs import require
from tasks_app.admin.schedules.access import ADD, CHANGE, chosen, schedule_of, stored_arguments
from tasks_app.admin.schedules.form import ScheduleForm
from tasks_app.admin.schedules.phrase import PREFIX, heard, is_said
from tasks_app.catalogue import Arguments, JobKind, kind_of
from tasks_app.db.bad_rows import is_of_one_row, or_none
from tasks_app.display import labelled
from tasks_app.schedules.job_of_schedule import cannot_be_dealt_with
from tasks_app.schedules.policies.around import Around
from tasks_app.schedules.rhythm import InvalidRhythm, Run, both_days_set, next_ten, words

# The days that a run at a moment is about, in words; "" for none.
type Covered = Callable[[datetime], str]


def preview(request: HttpRequest, object_id: str = "") -> HttpResponse:
    """The words and the next ten runs of the form as it stands; nothing is saved."""
    require(request, CHANGE if object_id else ADD)
    schedule = schedule_of(object_id) if object_id else None
    said = is_said(request)
    form = heard(request, schedule) if said else ScheduleForm(request.POST, schedule=schedule, prefix=PREFIX)
    if not said:
        form.is_valid()
    about_rhythm = [name for name in form.errors if name not in ("name", "__all__")]
    if about_rhythm or request.method != "POST":
        context = _incomplete(form, about_rhythm)
    else:
        form.cleaned_data.setdefault("name", "")
        context = coming(form.unsaved(), _covered_by_form(request)) | {"said": form.said}
    return TemplateResponse(request, "tasks_app/schedule_runs.html", context)


def _incomplete(form: ScheduleForm, about_rhythm: list[str]) -> dict[str, Any]:
    """What is wrong, apart from what was not filled in yet: that is no mistake."""
    wrong = [name for name in about_rhythm if form[name].value() not in (None, "", [])]
    missing = [str(form[name].label) for name in about_rhythm if name not in wrong]
    sentences = [labelled(form[name].label, str(error)) for name in wrong for error in form.errors[name]]
    return {"incomplete": sentences, "missing": missing}


def _covered_by_form(request: HttpRequest) -> Covered | None:
    """The days that a run is about, by the job's own form as it stands; None while that is not complete."""
    one = chosen(request)
    if one is None or one.kind.covers is None:
        return None
    form = one.form(request.POST)
    return covered_by(one.kind, one.arguments(form)) if form.is_valid() else None


def covered_by(kind: JobKind | None, arguments: Arguments) -> Covered | None:
    if kind is None or kind.covers is None:
        return None
    covers = kind.covers
    return lambda moment: str(or_none(lambda: covers(arguments, moment)) or "")


def coming(schedule: PeriodicTask, covered: Covered | None = None) -> dict[str, Any]:
    """Words, notes and next runs with the days they cover; a sentence where the rhythm cannot be followed."""
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
    covered = covered or covered_by(kind_of(schedule.task), stored_arguments(schedule)[0])
    if schedule.one_off:
        runs = runs[:1]
    return {
        "words": said,
        "runs": [_shown_run(run, covered, hold) for run, hold in _with_holds(schedule, runs)],
        "both_days": both_days_set(schedule),
        "off": not schedule.enabled,
        "stuck": bool(options and options.invalid),
    }


def _with_holds(schedule: PeriodicTask, runs: list[Run]) -> Iterator[tuple[Run, str]]:
    """Each run with what stands against it as things are: a pause, a quiet period."""
    now = timezone.now()
    around = Around([schedule] if schedule.pk else [], now, now)
    for run in runs:
        hold = around.at(schedule, run.moment)
        yield run, str(hold.why) if hold else ""


def _shown_run(run: Run, covered: Covered | None, hold: str = "") -> dict[str, str]:
    """In the schedule's own zone; seconds only where there are some."""
    clock = "H:i:s" if run.local.second else "H:i"
    return {
        "day": date_format(run.local, _("D j M Y")),
        "time": date_format(run.local, clock),
        "offset": run.offset,
        "note": f"{run.note} {hold}".strip(),
        "covers": covered(run.nominal) if covered else "",
    }
