"""Several ordered ranges of one table, read together in one statement."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_app.db.ranges import columns_of_each, first_of_each
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


@pytest.mark.parametrize("size", [1, 4, 100])
def test_columns_alone_are_of_the_same_rows(ranges: list[QuerySet[Job]], size: int) -> None:
    found = {job.pk: job.queue for job in first_of_each(ranges, size)}
    assert dict(columns_of_each(ranges, ("pk", "queue"), size)) == found
