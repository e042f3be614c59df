"""Rows for the tests of dashboard, search and lists."""

from __future__ import annotations

import uuid
from datetime import timedelta
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from backoffice.models import Message, MessageState
from tasks_app.models import Job, ScheduleOptions, State


def make_job(state: State, ago: timedelta = timedelta(minutes=5), **fields: Any) -> Job:
    moment = timezone.now() - ago
    ended = moment if state in (State.SUCCEEDED, State.FAILED) else None
    return Job.objects.create(
        **{"id": str(uuid.uuid4()), "name": "tasks_app.tasks.envoi_email", "queue": "high"}
        | {"state": state, "created_at": moment, "available_at": moment, "ended_at": ended}
        | fields
    )


def make_message(state: MessageState) -> Message:
    return Message.objects.create(to="sam@example.org", sender="us@example.org", subject="Hello", state=state)


def make_schedule(**options: Any) -> PeriodicTask:
    every, _made = IntervalSchedule.objects.get_or_create(every=1, period=IntervalSchedule.HOURS)
    name = options.pop("name", f"Every hour {uuid.uuid4()}")
    schedule = PeriodicTask.objects.create(name=name, task="t", interval=every)
    fields = {"anchor": timezone.now(), "next_slot": timezone.now() + timedelta(minutes=7)} | options
    ScheduleOptions.objects.update_or_create(schedule=schedule, defaults=fields)
    return schedule


def dashboard(client: Client) -> str:
    page = client.get(reverse("admin:index"))
    assert page.status_code == 200
    return unescape(page.content.decode())
