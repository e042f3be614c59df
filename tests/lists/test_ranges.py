"""Several ordered ranges of one table, read together in one statement."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_app.db.ranges import among_first, first_of_each, newest_by, part_of, values_of_each
from tasks_app.models import Job, State
from tests.pages.work import a_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def ranges() -> list[QuerySet[Job]]:
    """By state and by queue: a job may be in both; of `about` an apostrophe and a percent sign."""
    now = timezone.now()
    for number in range(12):
        a_job(
            [State.FAILED, State.SUCCEEDED][number % 2],
            id=f"job-{number:02}",
            queue=["high", "low", "low"][number % 3],
            about="100 % of 'it'",
            created_at=now - timedelta(minutes=number),
        )
    rows = Job.objects.order_by("-created_at", "-id")
    return [
        rows.filter(state="failed", about="100 % of 'it'"),
        rows.filter(queue="high"),
        rows.filter(queue="none"),
    ]


def test_each_range_gives_its_first_rows_and_each_row_is_there_once(ranges: list[QuerySet[Job]]) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = first_of_each(ranges, 3)
    assert len(asked) == 1
    assert sorted(job.pk for job in found) == ["job-00", "job-02", "job-03", "job-04", "job-06"]


def test_they_are_rows_as_any_but_for_what_was_left_out(ranges: list[QuerySet[Job]]) -> None:
    found = first_of_each([rows.defer("message", "args") for rows in ranges], 3)
    whole = Job.objects.in_bulk([job.pk for job in found])
    assert {frozenset(job.get_deferred_fields()) for job in found} == {frozenset({"message", "args"})}
    for job in found:
        for name in ("created_at", "state", "kwargs", "created_by_id", "message"):
            assert getattr(job, name) == getattr(whole[job.pk], name)


@pytest.mark.parametrize("size", [1, 3, 4, 7, 8, 100])
def test_rows_of_two_ranges_are_counted_once(ranges: list[QuerySet[Job]], size: int) -> None:
    by_state, by_queue, of_none = ranges
    with CaptureQueriesContext(connection) as asked:
        counts, more = newest_by(
            "queue", "created_at", [by_queue, by_state, of_none], size, ("queue", "high")
        )
    rows = sorted({*by_state, *by_queue}, key=lambda job: job.created_at, reverse=True)
    assert len(asked) == 1
    assert +counts == Counter(job.queue for job in rows[:size])
    assert more == (len(rows) > size)


def test_values_of_several_statements_come_in_one_each_once(ranges: list[QuerySet[Job]]) -> None:
    parts = [part_of(rows.values_list("pk", flat=True)[:3]) for rows in ranges]
    with CaptureQueriesContext(connection) as asked:
        found = values_of_each(parts)
    assert len(asked) == 1
    assert sorted(found) == ["job-00", "job-02", "job-03", "job-04", "job-06"]


@pytest.mark.parametrize("size", [1, 4, 100])
def test_what_is_wanted_is_looked_for_among_the_first_alone(ranges: list[QuerySet[Job]], size: int) -> None:
    rows, wanted = ranges[0], Q(queue="low") | Q(about__icontains="NOTHING")
    found = values_of_each([among_first(rows, size, "id", wanted)])
    assert found == [job.pk for job in rows[:size] if job.queue == "low"]
