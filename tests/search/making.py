"""Rows to be found, and the lists that find them."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.models import Message
from tasks_app.db.trigrams import INDEXES
from tasks_app.models import Job, SearchText, State
from tasks_app.search.filling import fill

JOBS = "tasks_app_job"
MESSAGES = "backoffice_message"


def a_job(about: str, ago: timedelta = timedelta(minutes=5), **values: Any) -> Job:
    moment = timezone.now() - ago
    given = {"id": str(uuid4()), "name": "tasks_app.tasks.envoi_email", "queue": "high", "about": about}
    return Job.objects.create(
        **given | {"state": State.SUCCEEDED, "created_at": moment, "available_at": moment} | values
    )


def a_message(to: str, subject: str, **values: Any) -> Message:
    return Message.objects.create(to=to, subject=subject, sender="us@example.org", **values)


def fill_all(now: datetime | None = None) -> None:
    """As the clock does, look after look, until there is no more."""
    while fill(now or timezone.now(), budget=60):
        pass


def texts(thing: str) -> dict[str, str]:
    return dict(SearchText.objects.filter(thing=thing).values_list("ref", "text"))


def found(client: Client, page: str, term: str, **filters: str) -> list[Any]:
    """The keys of the rows that a list shows for these words."""
    answer = client.get(reverse(f"admin:{page}_changelist"), {"q": term} | filters)
    assert answer.status_code == 200
    return [row.pk for row in answer.context["cl"].result_list]


def said(client: Client, page: str, term: str, **filters: str) -> list[str]:
    """What the list says beside its box."""
    answer = client.get(reverse(f"admin:{page}_changelist"), {"q": term} | filters)
    notes: list[str] = answer.context["cl"].search_notes
    text = unescape(answer.content.decode())
    assert all(note in text for note in notes)
    return notes


def analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":  # what a vacuum does, which no transaction may ask for
            for name in [name for index in INDEXES for name in index.names]:
                cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [name])
