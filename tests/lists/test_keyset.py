"""Rows next to a place in an order: none twice, none left out, whatever comes and goes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Lower

from tasks_app.db.keyset import before, one_way, order_of, page
from tasks_app.models import Job, State
from tests.pages.work import a_job

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
ORDERS = [
    ("-created_at", "-id"),
    ("created_at", "id"),
    ("id",),
    ("-pk",),
    ("available_at", "id"),
    ("-available_at", "-id"),
]


def some_jobs() -> None:
    """Three have one moment, and three no moment at which they are due."""
    for number in range(11):
        moment = NOON + timedelta(seconds=number // 3)
        due = None if number % 4 == 1 else moment
        a_job(State.WAITING, id=f"job-{number * 7 % 11:02}", created_at=moment, available_at=due)


def in_order(rows: QuerySet[Any]) -> list[str]:
    """As Python sorts them: those without a value last."""
    order = order_of(rows)
    assert order is not None
    some = list(rows.order_by())
    for column in reversed(order.columns):
        name = column.attname
        filled = sorted(
            (row for row in some if getattr(row, name) is not None),
            key=lambda row, name=name: getattr(row, name),
            reverse=order.descending,
        )
        some = filled + [row for row in some if getattr(row, name) is None]
    return [row.pk for row in some]


def turned(rows: QuerySet[Any], size: int, *, backwards: bool = False) -> Iterator[list[str]]:
    order = order_of(rows)
    assert order is not None
    found = page(rows, order, size, backwards=backwards)
    while found:
        yield [row.pk for row in found]
        edge = found[0] if backwards else found[-1]
        found = page(rows, order, size, order.key_of(edge), backwards=backwards)


@pytest.mark.parametrize("size", [1, 2, 4, 11, 50])
@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_pages_give_each_row_once_in_order_from_either_end(order: tuple[str, ...], size: int) -> None:
    some_jobs()
    rows = Job.objects.order_by(*order)
    wanted = in_order(rows)
    assert [pk for some in turned(rows, size) for pk in some] == wanted
    pages = list(turned(rows, size, backwards=True))
    assert [pk for some in reversed(pages) for pk in some] == wanted


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_what_stands_before_a_row_is_counted(order: tuple[str, ...]) -> None:
    some_jobs()
    rows = Job.objects.order_by(*order)
    found = order_of(rows)
    assert found is not None
    for number, pk in enumerate(in_order(rows)):
        assert before(rows, found, Job.objects.get(pk=pk)).count() == number


def test_rows_that_come_and_go_move_no_other() -> None:
    some_jobs()
    rows = Job.objects.order_by("-created_at", "-id")
    wanted, order = in_order(rows), order_of(rows)
    assert order is not None
    first = page(rows, order, 4)
    a_job(id="job-99", created_at=NOON + timedelta(days=1))
    place = order.key_of(first[-1])
    Job.objects.filter(pk=first[-1].pk).delete()
    second = page(rows, order, 4, place)
    assert [row.pk for row in first + second] == wanted[:8]


def test_an_order_that_no_key_can_name_a_place_in_has_none() -> None:
    for order in (
        (Lower("name"), "id"),
        ("created_by__username", "id"),
        ("created_by", "id"),
        ("-created_at", "id"),
        ("created_at", "available_at", "id"),
        ("created_at",),
        ("?",),
        (),
    ):
        assert order_of(Job.objects.order_by(*order)) is None, order
    assert order_of(Job.objects.order_by(F("created_at").desc(), "-id")) is not None


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (["created_at", "-created_at", "-id"], ["created_at", "id"]),
        (["-created_at", "-pk"], ["-created_at", "-id"]),
        (["about", "-pk"], ["about", "id"]),
        (["-id"], ["-id"]),
        (["pk", "-created_at"], ["pk", "-created_at"]),
        (["created_by__username", "-pk"], ["created_by__username", "id"]),
    ],
)
def test_the_key_goes_the_way_of_what_stands_before_it(given: list[str], made: list[str]) -> None:
    assert one_way(Job, given) == made


def test_a_place_is_found_in_the_index_among_many_rows_of_one_moment() -> None:
    a_job()
    order = order_of(Job.objects.order_by("-created_at", "-id"))
    assert order is not None
    rows = Job.objects.filter(order.beyond((NOON, "job-05"))).order_by("-created_at", "-id")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # one row is read whole by anybody
        condition = rows[:50].explain()
        assert "ROW(created_at, (id)::text) <" in condition
        assert "Index Cond" in condition
    else:
        assert "USING INDEX job_newest ((created_at,id)<(?,?))" in rows[:50].explain()
