"""A question that a page can do without is given up when it takes too long."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction

from projet.admin_site.guard import paging
from projet.admin_site.guard.paging import BoundedPaginator
from tasks_app.db.patience import in_time
from tasks_app.models import Job
from tests.pages.work import a_job

pytestmark = pytest.mark.django_db

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(600)",
}


def ask(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def test_what_takes_too_long_is_given_up_and_the_transaction_goes_on() -> None:
    with transaction.atomic():
        assert in_time("default", 20, lambda: ask(ENDLESS[connection.vendor])) is None
        assert in_time("default", 60_000, lambda: ask("SELECT 3")) == 3
        a_job()
    assert Job.objects.count() == 1


def test_the_limit_is_of_that_question_alone() -> None:
    with transaction.atomic():
        in_time("default", 123, lambda: ask("SELECT 1"))
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SHOW statement_timeout")
                assert cursor.fetchone() == ("0",)


def test_another_error_is_not_taken_for_it() -> None:
    with pytest.raises(OperationalError), transaction.atomic():
        in_time("default", 1_000, fail)


def fail() -> None:
    raise OperationalError("no such host")


def test_a_list_that_is_not_counted_in_time_has_many_rows_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        a_job()
    monkeypatch.setattr(paging, "in_time", lambda using, milliseconds, question: None)
    pages = BoundedPaginator(Job.objects.order_by("pk"), 2)
    assert pages.total == "many"
    assert [len(pages.page(number).object_list) for number in (1, 2, 3)] == [2, 1, 0]
