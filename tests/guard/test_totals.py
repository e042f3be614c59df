"""Lists say how many rows they have, up to a bound; a history has as many entries as it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from projet.admin_site.guard import paging
from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.models import Job
from tests.pages.things import make_things
from tests.pages.work import a_job

pytestmark = pytest.mark.django_db

JOBS = "/admin/tasks_app/job/"


@pytest.fixture
def client(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("superuser")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound of lists is 120, a page has 50."""
    monkeypatch.setattr(paging, "COUNTED_ROWS", 120)


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_list_says_which_of_how_many_rows_it_shows(client: Client, few: None) -> None:
    for _ in range(101):
        a_job()
    assert "1–50 of 101" in text(client.get(JOBS))
    last = client.get(JOBS + "?p=3")
    assert "101–101 of 101" in text(last)
    assert last.context["cl"].turned.ways.keys() == {"first", "previous"}


def test_beyond_the_bound_it_says_so_and_goes_on(client: Client, few: None) -> None:
    for _ in range(160):
        a_job()
    for page, shown in ((1, "1–50"), (3, "101–150")):
        assert f"{shown} of more than 120" in text(client.get(f"{JOBS}?p={page}"))
    last = client.get(JOBS + "?last=1")
    assert "of more than 120" in text(last)  # from when to when: it is beyond what is counted
    assert "next" not in last.context["cl"].turned.ways
    assert "999999" not in text(client.get(JOBS))


def test_a_page_after_the_last_is_the_last(client: Client) -> None:
    for _ in range(60):
        a_job()
    assert "51–60 of 60" in text(client.get(JOBS + "?p=200"))


@pytest.mark.parametrize("page", list(admin.site._registry.values()), ids=lambda page: page.opts.label_lower)
def test_no_list_counts_or_sorts_a_table_to_its_end(page: admin.ModelAdmin[Any], client: Client) -> None:
    make_things()
    url = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    table = page.opts.db_table.upper()
    counts = [q["sql"].upper() for q in asked if "COUNT(" in q["sql"].upper() and table in q["sql"].upper()]
    assert counts
    assert all("LIMIT" in sql for sql in counts), counts


@pytest.mark.parametrize("entries", [1, 150])
def test_a_history_has_as_many_entries_as_were_written(entries: int, client: Client, rf: Any) -> None:
    things = make_things()
    request = rf.get("/")
    request.user = things["auth_user"]
    for name in (
        "tasks_app_job",
        "django_celery_beat_periodictask",
        "backoffice_report",
        "backoffice_message",
    ):
        LogEntry.objects.all().delete()
        for number in range(entries):
            log_action(request, things[name], audit_log.RUN_AGAIN(id=str(number)))
        page = text(client.get(reverse(f"admin:{name}_history", args=[things[name].pk])))
        assert "9999999" not in page
        assert f"{entries} {'entry' if entries == 1 else 'entries'}" in page
        assert ("?p=2" in page) == (entries > 100)
    assert Job.objects.exists()
