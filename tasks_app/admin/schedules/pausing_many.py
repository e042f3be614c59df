"""Pausing a selection of schedules by one pause for all, and resuming a selection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_together
from tasks_app.admin.dialogs import Dialog, ask, confirmed, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.schedules.access import PAUSE
from tasks_app.admin.schedules.actions import line, selection_again, sorted_out
from tasks_app.admin.schedules.pausing import PauseForm, end_and_log, pause_and_log
from tasks_app.db import shared_time
from tasks_app.display import labelled
from tasks_app.models import SchedulePause
from tasks_app.schedules.policies import words as policy_words
from tasks_app.schedules.policies.pausing import pauses_of


def pause_many(request: HttpRequest, queryset: QuerySet[Any], action: str) -> HttpResponse | None:
    """One end, one reason and one choice for all; one that is paused already has these from now on."""
    require(request, PAUSE)
    schedules, left_out = sorted_out(request, queryset, _not_seen_yet)
    held = pauses_of([schedule.pk for schedule in schedules], shared_time.now())
    is_answer = "answer" in request.POST
    count = len(schedules)
    dialog = Dialog(
        title=ngettext("Pause %(count)d schedule?", "Pause %(count)d schedules?", count) % {"count": count},
        text=_(
            "They make no jobs by their rhythm until the pause ends. Jobs that they made go on. A pause that "
            "holds already is changed."
        ),
        items=[_with_pause(schedule, held.get(schedule.pk)) for schedule in schedules],
        left_out=left_out,
        submit=_("Pause them"),
        form=dress(PauseForm(request.POST if is_answer else None)) if schedules else None,
        hidden=selection_again(schedules, action),
    )
    if not schedules or not is_answer or not confirmed(request, dialog):
        return ask(request, dialog, back=request.get_full_path())
    _pause_all(request, schedules, dict(dialog.form.cleaned_data) if dialog.form else {})
    return None


def resume_many(request: HttpRequest, queryset: QuerySet[Any], action: str) -> HttpResponse | None:
    require(request, PAUSE)
    chosen = list(queryset.order_by().values_list("pk", flat=True))
    held = pauses_of(chosen, shared_time.now())
    schedules, left_out = sorted_out(
        request, queryset, lambda schedule: "" if schedule.pk in held else _("it is not paused")
    )
    count = len(schedules)
    dialog = Dialog(
        title=ngettext("Resume %(count)d schedule?", "Resume %(count)d schedules?", count) % {"count": count},
        text=_("Each runs at its next time. What was held back runs as was chosen when it was paused."),
        items=[_with_pause(schedule, held[schedule.pk]) for schedule in schedules],
        left_out=left_out,
        submit=_("Resume them"),
        hidden=selection_again(schedules, action),
    )
    if not schedules or "answer" not in request.POST:
        return ask(request, dialog, back=request.get_full_path())
    with log_together(request, audit_log.SCHEDULES_RESUMED):
        done = _each(request, schedules, lambda schedule: end_and_log(request, schedule))
    messages.success(
        request,
        ngettext("%(count)d schedule resumed.", "%(count)d schedules resumed.", done) % {"count": done},
    )
    return None


def _pause_all(request: HttpRequest, schedules: list[PeriodicTask], given: dict[str, Any]) -> None:
    told = audit_log.pausing(given["reason"], given["until"])
    with log_together(request, audit_log.SCHEDULES_PAUSED, pause=told):
        done = _each(request, schedules, lambda schedule: bool(pause_and_log(request, schedule, given)))
    messages.success(
        request, ngettext("%(count)d schedule paused.", "%(count)d schedules paused.", done) % {"count": done}
    )


def _each(request: HttpRequest, schedules: list[PeriodicTask], act: Callable[[PeriodicTask], bool]) -> int:
    """How many it was done to; one that refuses says so, and the others go on."""
    done = 0
    for schedule in schedules:
        try:
            with transaction.atomic():
                done += act(schedule)
        except ValueError as error:
            messages.warning(request, labelled(schedule.name, str(error)))
    return done


def _not_seen_yet(schedule: PeriodicTask) -> str:
    seen = getattr(schedule, "options", None) is not None
    return "" if seen else _("the clock has not worked out its next time yet")


def _with_pause(schedule: PeriodicTask, held: SchedulePause | None) -> str:
    return f"{line(schedule)} · {policy_words.paused(held)}" if held else line(schedule)
