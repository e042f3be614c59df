"""An update that commits with a job's end: in the end's one statement on PostgreSQL, beside it on SQLite."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django_celery_results.models import TaskResult

from tasks_app.ledger.hot_sql import FinalUpdate, speaks_postgresql
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.new_job import build_job
from tasks_app.models import Job, State
from tests.engine.deliveries import NAME, Delivery
from tests.servers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def group() -> Group:
    return Group.objects.create(name="before")


def rename(prefix: str, provided: str) -> str:
    return f"""
UPDATE auth_group SET name = %({prefix}name)s WHERE name = %({prefix}name_before)s AND {provided}
"""  # noqa: S608 - the engine's own words


def delivered() -> Delivery:
    """A run that renames this group and another as it ends."""
    [job] = insert_jobs([build_job(NAME, kwargs={"when_lost": "AGAIN"})])
    Group.objects.create(name="another")
    renamed = [("before", "100 %"), ("another", "one more")]
    delivery = Delivery(job, [FinalUpdate(rename, {"name_before": old, "name": new}) for old, new in renamed])
    assert delivery.claimed
    return delivery


def outcome(delivery: Delivery, group: Group) -> tuple[str, str, list[str]]:
    """State of the job, name of the group, and what results say."""
    group.refresh_from_db()
    results = TaskResult.objects.filter(task_id=delivery.job_id).values_list("status", flat=True)
    return Job.objects.get(id=delivery.job_id).state, group.name, list(results)


def test_they_commit_with_the_end(group: Group) -> None:
    delivery = delivered()
    delivery.obey("succeed")
    assert outcome(delivery, group) == (State.SUCCEEDED, "100 %", ["SUCCESS"])
    assert Group.objects.filter(name="one more").exists()


def test_a_run_that_was_overtaken_changes_nothing(group: Group) -> None:
    delivery = delivered()
    Job.objects.update(token="of another run")
    delivery.obey("succeed")
    assert outcome(delivery, group) == (State.RUNNING, "before", [])


def test_a_run_that_fails_changes_nothing(group: Group) -> None:
    delivery = delivered()
    delivery.obey("fail")
    assert outcome(delivery, group) == (State.FAILED, "before", ["FAILURE"])


def test_a_row_that_somebody_changes_at_that_moment_is_judged_as_they_leave_it(group: Group) -> None:
    if not speaks_postgresql():
        pytest.skip("SQLite has one writer at a time")
    delivery = delivered()
    with transaction.atomic():
        Group.objects.filter(pk=group.pk).update(name="theirs")
        delivery.orders.put(("succeed", None))
        wait_until(somebody_waits_for_a_lock, what="the end to wait for the row")
    delivery.alive = delivery._answer() == "in the body"
    assert outcome(delivery, group) == (State.SUCCEEDED, "theirs", ["SUCCESS"])


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
