"""The index of contents is asked, of rows so many that a planner would rather use an index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.models import Recipient
from backoffice.models.emails import RECIPIENT_INDEX
from tasks_app.db.among import Among
from tasks_app.models import Job, SearchText
from tasks_app.models.search import TEXT_INDEX
from tasks_app.search import finding
from tasks_app.search.things import JOB
from tests.search.making import analyse

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

MANY = 20_000
WHOLE = ("Seq Scan", "SCAN texts", "SCAN tasks_app", "SCAN backoffice")


def plan_of_rows(rows: QuerySet[Any]) -> str:
    return str(rows.explain())


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql)
        return "\n".join(str(row) for row in cursor.fetchall())


@pytest.fixture(scope="module")
def many_texts(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Made once, for tests that only look at them."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_many()
        yield
        transaction.set_rollback(True)


def make_many() -> None:
    now = timezone.now()
    SearchText.objects.bulk_create(
        SearchText(thing="job", ref=f"r{n}", text=f" person{n}@example.org {n % 97}", moment=now)
        for n in range(MANY)
    )
    Recipient.objects.bulk_create(
        Recipient(email=f"person{n}@example.org", name=f"Person {n}") for n in range(MANY // 4)
    )
    Job.objects.bulk_create(
        Job(id=f"r{n}", name="t", queue="q", about=f"person{n}@example.org", created_at=now)
        for n in range(MANY // 4)
    )
    analyse()


def plans(ask: Any) -> list[tuple[str, str]]:
    with CaptureQueriesContext(connection) as asked:
        ask()
    selects = [one["sql"] for one in asked if one["sql"].lstrip().startswith("SELECT")]
    return [(sql, plan_of(sql)) for sql in selects]


@pytest.mark.parametrize("words", [["person1234"], ["nobody"], ["xample", "son77"], ["4321@example", "4"]])
def test_a_rare_word_is_asked_of_the_index(
    words: list[str], many_texts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    explained = []

    def explain_too(texts: Any) -> Any:
        rows = texts.order_by().values_list("moment", "ref")[: finding.MOST]
        explained.append(plan_of_rows(rows))
        return rows

    monkeypatch.setattr(finding, "_cut", explain_too)
    with CaptureQueriesContext(connection) as asked:
        finding._everywhere(JOB, words)
    if connection.vendor == "sqlite":
        explained = [plan_of(one["sql"]) for one in asked]
    [plan] = explained
    assert TEXT_INDEX.name in plan or "VIRTUAL TABLE INDEX" in plan, plan
    assert not any(word in plan for word in WHOLE), plan


def test_rows_are_looked_up_by_their_keys_however_many(many_texts: None) -> None:
    keys = [f"r{n}" for n in range(4_000)]
    for rows in (
        Job.objects.filter(Among("pk", keys)).order_by("-created_at", "-id")[:50],
        SearchText.objects.filter(Among("ref", keys), thing="job", text__contains="nobody")[:50],
    ):
        for sql, plan in plans(lambda rows=rows: list(rows)):
            assert not any(word in plan for word in WHOLE), (sql, plan)


def test_a_recipient_is_asked_of_the_index(many_texts: None) -> None:
    if connection.vendor == "postgresql":
        [(sql, plan)] = plans(lambda: list(Recipient.objects.filter(folded__contains="person1234")))
        assert RECIPIENT_INDEX.name in plan, sql
