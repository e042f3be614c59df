"""However long the history, the dashboard reads a bounded part of it: what each statement does is asked of
the database itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.pages.long_history import GROWING, long_history, whole  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sweep,
    pytest.mark.usefixtures("everything_reports", "long_history"),
]


def test_no_statement_of_the_page_reads_a_history_whole(signed_in: Callable[[str], Client]) -> None:
    for role in ("Staff", "Support", "Managers"):
        client = signed_in(role)
        client.get(reverse("admin:index"))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("admin:index")).status_code == 200
        for query in asked.captured_queries:
            if query["sql"].startswith("SELECT") and any(f'"{table}"' in query["sql"] for table in GROWING):
                assert not whole(query["sql"]), f"{role}: {whole(query['sql'])}\n{query['sql']}"


def test_a_statement_that_reads_all_of_it_is_found() -> None:
    assert whole('SELECT COUNT(*) FROM "tasks_app_job" WHERE "tasks_app_job"."error" = \'x\'')
    assert whole('SELECT "id" FROM "tasks_app_job" ORDER BY "started_at" LIMIT 6')
    assert not whole('SELECT "id" FROM "tasks_app_job" ORDER BY "created_at" DESC, "id" DESC LIMIT 6')
