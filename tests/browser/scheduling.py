"""Schedules that the real clock runs every two seconds, and what came of their times."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import QuerySet
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from playwright.sync_api import Page, expect

from backoffice.models import EmailTemplate, Recipient
from tasks_app.db import shared_time
from tasks_app.models import Slot, SlotState
from tests.browser.walking import go
from tests.servers import wait_until

CLEANUP = "tasks_app.tasks.cleanup_results"
EMAIL = "tasks_app.tasks.envoi_email"


def two_seconds() -> IntervalSchedule:
    every: IntervalSchedule = IntervalSchedule.objects.get_or_create(
        every=2, period=IntervalSchedule.SECONDS
    )[0]
    return every


def every_two_seconds(name: str, **fields: Any) -> PeriodicTask:
    """The clock runs it already."""
    given = {"task": CLEANUP, "interval": two_seconds()} | fields
    schedule: PeriodicTask = PeriodicTask.objects.create(name=name, **given)
    wait_until(times(schedule, SlotState.DONE).exists, what=f"a time of {name} to be done")
    return schedule


def a_letter(name: str, address: str, **fields: Any) -> PeriodicTask:
    """A schedule that sends the welcome to this recipient."""
    arguments = {
        "destinataire_id": Recipient.objects.get(email=address).pk,
        "modele_id": EmailTemplate.objects.get(slug="welcome").pk,
    }
    made: PeriodicTask = PeriodicTask.objects.create(
        name=name, task=EMAIL, kwargs=json.dumps(arguments), **fields
    )
    return made


def spoil_the_letter() -> None:
    EmailTemplate.objects.filter(slug="welcome").update(text="Dear {{ nobody }},")


def mend_the_letter() -> None:
    EmailTemplate.objects.filter(slug="welcome").update(text="Dear {{ recipient.name }},")


def times(schedule: PeriodicTask, state: SlotState) -> QuerySet[Slot]:
    return Slot.objects.filter(schedule=schedule, state=state)


def done_from_now_on(schedule: PeriodicTask) -> QuerySet[Slot]:
    return times(schedule, SlotState.DONE).filter(decided_at__gt=shared_time.now())


def open_schedule(page: Page, schedule: PeriodicTask) -> None:
    go(page, "Schedules")
    page.get_by_role("link", name=schedule.name).click()
    expect(page.get_by_role("heading", name=schedule.name, exact=True)).to_be_visible()
