"""A French report is French from its cover to its last table, on paper and in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from backoffice.models import Message, MessageState
from backoffice.reports import making
from tasks_app.models import Node, PromiseDay, QueueState, ScheduleOptions, State
from tasks_app.schedules.promises import causes
from tests.language.english import english_in
from tests.pages.work import a_job
from tests.reports.reading import text

# Once: what a page says does not depend on the database it is read from.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

DAY = datetime(2026, 10, 5, 9, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 3, 6, tzinfo=UTC)
# One word of a table or cover, of people, programs or the company's name, that is the same in both.
NAMES = frozenset({"Back", "File", "Service", "Version", "Format", "Type", "Workers"})


@pytest.fixture(autouse=True)
def rows(data_dir: Any) -> None:
    """Something for every line of every report."""
    for number, state in enumerate(State):
        at = DAY + timedelta(days=number)
        a_job(state, created_at=at, started_at=at, ended_at=at + timedelta(seconds=3), error_class="x.Refus")
    for outcome in MessageState:
        message = Message.objects.create(to="sam@example.org", sender="us@example.org", subject="Bonjour")
        Message.objects.filter(pk=message.pk).update(state=outcome, created_at=DAY, error="Refusé.")
    add_stack()
    add_promises()


def add_stack() -> None:
    now = timezone.now()
    for kind in Node.Kind:
        Node.objects.create(name=f"{kind}@hôte", kind=kind, started_at=now, beat_at=now)
    QueueState.objects.create(name="low", paused=True)
    every = IntervalSchedule.objects.create(every=2, period=IntervalSchedule.HOURS)
    schedule = PeriodicTask.objects.create(name="Ménage", task="projet.celery.debug_task", interval=every)
    ScheduleOptions.objects.update_or_create(schedule=schedule, defaults={"anchor": now, "next_slot": now})


def add_promises() -> None:
    for number, why in enumerate((None, causes.FAILED(moment=DAY, why="Refus."), causes.SWITCHED_OFF())):
        at = DAY + timedelta(days=number)
        row = PromiseDay(
            schedule_name="Ménage", day=at.date(), deadline=at, kept=why is None, done_at=at, decided_at=at
        )
        if why:
            row.cause, row.cause_params, row.reason = why.code, why.params, str(why)
        row.save()


@pytest.mark.parametrize("slug", ["activity", "emails", "overview", "promises"])
def test_the_document_has_no_english(slug: str) -> None:
    made = making.make(slug, {"language": "fr"}, moment=NOVEMBER)
    lines = text(made).splitlines()
    assert lines
    # Columns stand side by side on a line: each word of it is looked at too.
    words = [word for line in lines for word in line.split() if word[:1].isupper() and len(word) > 3]
    assert not list(english_in(lines + words, NAMES))


@pytest.mark.parametrize("slug", ["activity", "emails", "promises"])
def test_the_spreadsheet_has_no_english(slug: str) -> None:
    made = making.make(slug, {"language": "fr", "format": "csv"}, moment=NOVEMBER)
    with default_storage.open(made.report.file) as file:
        table = list(csv.reader(io.StringIO(file.read().decode("utf-8-sig")), delimiter=";"))
    assert len(table) > 1
    assert len(table[0]) > 4
    cells = [cell for row in table for cell in row]
    assert not list(english_in(cells, NAMES))
