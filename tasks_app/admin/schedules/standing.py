"""How a schedule stands, for the top of its page: paused or not, its policy in words, what is filled in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.schedules.access import FILL_IN, PAUSE, RUN, may_handle, stored_arguments
from tasks_app.admin.schedules.filling import shown_fill_ins
from tasks_app.admin.schedules.next_run import after_the_pause
from tasks_app.catalogue import launchable_of
from tasks_app.db import shared_time
from tasks_app.schedules.policies import words
from tasks_app.schedules.policies.pausing import pause_of


def standing(request: HttpRequest, schedule: PeriodicTask) -> dict[str, Any]:
    options = getattr(schedule, "options", None)
    pause = pause_of(schedule.pk, shared_time.now())
    handles = may_handle(request.user, schedule)
    arguments, _unreadable = stored_arguments(schedule)
    next_slot = options.next_slot if options else None
    return {
        "paused": words.paused(pause) if pause else "",
        "pause": pause,
        "next_slot": after_the_pause(schedule, pause) if pause and next_slot else next_slot,
        "policy": words.sentences(schedule),
        "fill_ins": shown_fill_ins(schedule),
        "may_run": handles and request.user.has_perm(RUN),
        "may_run_changed": handles
        and request.user.has_perm(RUN)
        and launchable_of(schedule.task, arguments) is not None,
        "may_pause": handles and options is not None and request.user.has_perm(PAUSE),
        "may_fill_in": handles and options is not None and request.user.has_perm(FILL_IN),
    }
