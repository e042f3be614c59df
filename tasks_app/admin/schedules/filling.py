"""Filling in past times: the span is chosen, what it holds is shown with a count, and only then it begins."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.launch_keys import FIELD, launch_key
from tasks_app.admin.moments import MomentField
from tasks_app.admin.schedules.access import FILL_IN, change_url, find_to_handle
from tasks_app.db import shared_time
from tasks_app.display import labelled, zoned
from tasks_app.models import FillIn, FillState
from tasks_app.models.policy import FASTEST
from tasks_app.notices.notice import shown
from tasks_app.schedules.job_of_schedule import problem_of
from tasks_app.schedules.policies.filling import (
    CannotFillIn,
    Found,
    Survey,
    Which,
    begin,
    stop,
    survey,
)
from tasks_app.schedules.rhythm import InvalidRhythm
from tasks_app.schedules.rhythm.preview import zone_of
from tasks_app.schedules.rhythm.words import words

LISTED = 10  # times of the dry run
LATELY = 3  # fill-ins on the page of their schedule


class FillForm(forms.Form):
    first = MomentField(label=gettext_lazy("From"), widget=forms.DateTimeInput)
    last = MomentField(
        label=gettext_lazy("Until"),
        widget=forms.DateTimeInput,
        help_text=gettext_lazy("Both included. What is still to come runs by itself, and is none of it."),
    )
    which = forms.ChoiceField(
        label=gettext_lazy("Which times?"),
        choices=Which.choices,
        initial=Which.MISSING,
        widget=forms.RadioSelect,
    )
    pace = forms.IntegerField(
        label=gettext_lazy("So many a minute"),
        initial=60,
        validators=[MinValueValidator(1), MaxValueValidator(FASTEST)],
        help_text=gettext_lazy("So that other work finds room beside it."),
    )

    def __init__(self, schedule: PeriodicTask, data: Any = None) -> None:
        self.schedule, self.survey = schedule, Survey()
        super().__init__(data)

    def clean(self) -> dict[str, Any]:
        data, now = self.cleaned_data, shared_time.now()
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("This is before it begins."))
        elif first and first > now:
            self.add_error(
                "first", _("This is still to come: past times are filled in. Choose an earlier one.")
            )
        elif first and last and data.get("which"):
            self._look(first, last, Which(data["which"]), now)
        return data

    def _look(self, first: datetime, last: datetime, which: Which, now: datetime) -> None:
        try:
            self.survey = survey(self.schedule, first, last, which, now)
        except (CannotFillIn, InvalidRhythm) as error:
            self.add_error("first", str(error))


def fill_in(request: HttpRequest, object_id: str) -> HttpResponse:
    """First the span is asked for; its valid answer is shown as what would run, and asks once more."""
    require(request, FILL_IN)
    schedule = find_to_handle(request, object_id)
    key = launch_key(request)
    problem = problem_of(schedule)
    form = FillForm(schedule, request.POST if request.method == "POST" else None)
    dialog = Dialog(
        title=_("Fill in past times of this schedule"),
        text=_(
            "Each of them gets its job after all, with what its moment says. Nothing runs before you have "
            "seen how many."
        ),
        items=[] if problem else [labelled(schedule.name, words(schedule))],
        left_out=[labelled(schedule.name, str(problem))] if problem else [],
        submit=_("Show what would run"),
        form=None if problem else dress(form),
        hidden=[(FIELD, key)],
    )
    if problem or not confirmed(request, dialog):
        return ask(request, dialog, back=change_url(schedule))
    seen = str(len(form.survey.chosen))
    if request.POST.get("seen") != seen or not form.survey.chosen:
        return ask(request, _dry_run(schedule, form, key, seen), back=change_url(schedule))
    _begin(request, schedule, form, key)
    return done(request, change_url(schedule))


def stop_filling(request: HttpRequest, object_id: str, fill_in_id: str) -> HttpResponse:
    require(request, FILL_IN)
    schedule = find_to_handle(request, object_id)
    one = FillIn.objects.filter(pk=fill_in_id, schedule=schedule).first()
    if one is None:
        raise Http404
    dialog = Dialog(
        title=_("Stop filling in?"),
        text=_("No more jobs are made of past times. Those that were made go on."),
        items=[progress(one)],
        submit=_("Stop it"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=change_url(schedule))
    with transaction.atomic():
        if stop(one, by=request.user, now=shared_time.now()):
            one.refresh_from_db()
            log_action(request, schedule, audit_log.FILL_IN_STOPPED(done=one.done, total=one.total))
            messages.success(request, _("Stopped."))
        else:
            messages.info(request, _("It had ended already."))
    return done(request, change_url(schedule))


def shown_fill_ins(schedule: PeriodicTask) -> list[dict[str, Any]]:
    """The last ones, for the page of their schedule."""
    rows = FillIn.objects.filter(schedule=schedule).defer("moments").order_by("-created_at")[:LATELY]
    return [
        {
            "row": one,
            "said": progress(one),
            "why": shown(one.why) if one.why else "",
            "goes_on": one.state == FillState.RUNNING,
            "percent": round(100 * one.done / one.total) if one.total else 100,
        }
        for one in rows
    ]


def progress(one: FillIn) -> str:
    return _("%(state)s: %(done)s of %(total)s past times, %(made)s jobs made, %(pace)s a minute.") % {
        "state": FillState(one.state).label,
        "done": one.done,
        "total": one.total,
        "made": one.made,
        "pace": one.pace,
    }


def _dry_run(schedule: PeriodicTask, form: FillForm, key: str, seen: str) -> Dialog:
    """The same answers once more, hidden, with the count that was seen."""
    found, count, zone = form.survey, len(form.survey.chosen), zone_of(schedule)
    hidden = [(FIELD, key), ("seen", seen)]
    hidden += [(name, request_value) for name in form.fields if (request_value := form.data.get(name))]
    items = [_said(run.nominal, zone) for run in found.chosen[:LISTED]]
    if count > LISTED:
        items.append(
            _("and %(number)s more, the last one %(moment)s")
            % {"number": count - LISTED, "moment": _said(found.chosen[-1].nominal, zone)}
        )
    others = _(
        "Of %(all)s times: %(missing)s without a job, %(failed)s failed, %(done)s done, %(open)s under way."
    ) % {
        "all": len(found.times),
        "missing": found.count(Found.MISSING),
        "failed": found.count(Found.FAILED),
        "done": found.count(Found.DONE),
        "open": found.count(Found.OPEN),
    }
    minutes = max(1, -(-count // form.cleaned_data["pace"]))
    long = ngettext("It takes about %(count)d minute.", "It takes about %(count)d minutes.", minutes)
    title = ngettext("Make %(count)d job of past times?", "Make %(count)d jobs of past times?", count)
    return Dialog(
        title=title % {"count": count} if count else _("There is nothing to fill in"),
        text=f"{others} {long % {'count': minutes}}" if count else others,
        items=items,
        left_out=[] if count else [_("None of these times is of those that you chose.")],
        submit=_("Fill in"),
        hidden=hidden,
    )


def _begin(request: HttpRequest, schedule: PeriodicTask, form: FillForm, key: str) -> None:
    chosen, pace, now = form.survey.chosen, form.cleaned_data["pace"], shared_time.now()
    try:
        with transaction.atomic():
            one = begin(schedule, chosen, by=request.user, key=key, pace=pace, now=now)
            if one.created_at == now:  # else it is the second click on one button
                first, last = chosen[0].nominal, chosen[-1].nominal
                said = audit_log.FILL_IN_BEGUN(count=len(chosen), first=first, last=last, pace=pace)
                log_action(request, schedule, said)
    except CannotFillIn as error:
        messages.error(request, str(error))
        return
    messages.success(request, _("The clock makes these jobs now; this page says how far it has come."))


def _said(moment: datetime, zone: ZoneInfo) -> str:
    return zoned(moment.astimezone(zone), _("D j M Y, H:i T"))
