"""What a search found, in parts that follow each other: all of it, each row once and in its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from tasks_app.db import windows
from tasks_app.db.among import AmongDated, Keys
from tasks_app.db.keyset import order_of, page
from tasks_app.models import Job
from tests.pages.work import a_job

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
MANY = 60


@pytest.fixture(params=["known", "asked for"])
def found(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> QuerySet[Job]:
    """Two of three, some of one moment; a few of them without a moment, one of which is the newest, and keys
    that no row has any more."""
    monkeypatch.setattr(windows, "FIRST", 4)
    monkeypatch.setattr(windows, "GROWTH", 2)
    made = [
        a_job(id=f"job-{number * 37 % 101:03}", created_at=NOON - timedelta(minutes=number // 4))
        for number in range(MANY)
    ]
    wanted = [job for number, job in enumerate(made) if number % 3]
    others = [made[0].pk, *(job.pk for job in wanted[7::11])]
    dated = sorted(((job.created_at, job.pk) for job in wanted if job.pk not in others), reverse=True)
    dated += [(NOON - timedelta(days=1), "gone")]
    # All of them are known, or the first alone; of the moment of the last of these there are more.
    keys = Keys(dated) if request.param == "known" else Keys(dated[:6], lambda: dated)
    return Job.objects.filter(AmongDated("pk", "created_at", keys, others)).order_by("-created_at", "-id")


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("order", [("-created_at", "-id"), ("created_at", "id")], ids=" ".join)
@pytest.mark.parametrize("size", [1, 5, 7, MANY])
def test_pages_give_each_row_once_in_order(
    found: QuerySet[Job], order: tuple[str, ...], size: int, backwards: bool
) -> None:
    rows = found.order_by(*order)
    how, key = order_of(rows), ()
    seen: list[str] = []
    assert how is not None
    while shown := page(rows, how, size, key, backwards=backwards):
        part = [job.pk for job in shown]
        seen = [*part, *seen] if backwards else [*seen, *part]
        key = how.key_of(shown[0] if backwards else shown[-1])
    assert seen == list(rows.values_list("pk", flat=True))
    assert len(seen) > MANY // 2


def test_they_hold_what_a_list_was_narrowed_to_besides(found: QuerySet[Job]) -> None:
    how = order_of(found)
    assert how is not None
    narrowed = found.exclude(pk=found[0].pk).filter(created_at__lt=NOON)
    assert [job.pk for job in page(narrowed, how, 9)] == [job.pk for job in narrowed[:9]]


def test_a_page_asks_for_the_keys_that_it_may_show(found: QuerySet[Job]) -> None:
    how = order_of(found)
    assert how is not None
    last = f"job-{(MANY - 2) * 37 % 101:03}"
    with CaptureQueriesContext(connection) as asked:
        page(found, how, 5)
    assert asked.captured_queries
    assert all(last not in one["sql"] for one in asked.captured_queries)


def test_each_part_stands_after_the_one_before(found: QuerySet[Job]) -> None:
    parts = [list(rows) for rows in windows.windows(found, "created_at", descending=True, since=None)]
    assert len(parts) > 2
    for one, other in pairwise(part for part in parts if part):
        assert one[-1].created_at > other[0].created_at


def test_rows_that_no_search_found_are_one_part(found: QuerySet[Job]) -> None:
    either = Job.objects.filter(queue="high") | Job.objects.filter(queue="low") | found
    for rows in (Job.objects.all(), either):
        assert list(windows.windows(rows, "created_at", descending=True, since=None)) == [rows]
