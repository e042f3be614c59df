"""A message that somebody else published becomes a job, once; one that no row takes is a failed one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django_celery_results.models import TaskResult

from tasks_app.ledger.refused_message import what_arrived
from tasks_app.models import Job, MessageTally, State
from tests.engine import jobs
from tests.engine.malformed import SENDERS
from tests.servers import RedisServer

pytestmark = pytest.mark.usefixtures("no_log_lines")


@pytest.mark.parametrize(("args", "kwargs"), [pytest.param(*one, id=name) for name, one in SENDERS.items()])
def test_a_foreign_message_that_no_row_takes_is_a_failed_job(
    broker: RedisServer, transactional_db: None, args: Any, kwargs: Any, deliver: Callable[..., Any]
) -> None:
    job_id = deliver(jobs.add.name, args, kwargs)
    job = Job.objects.get()
    assert (job.id, job.state, job.origin, job.name) == (job_id, State.FAILED, "adopted", jobs.add.name)
    assert "Nothing of it ran" in job.error
    assert what_arrived(job)
    assert TaskResult.objects.get(task_id=job_id).status == "FAILURE"


def test_a_foreign_id_of_another_job_is_refused_and_that_job_is_left_alone(
    broker: RedisServer, transactional_db: None, deliver: Callable[..., Any]
) -> None:
    taken = jobs.add.apply_async((1, 2), countdown=600)
    before = Job.objects.filter(id=taken.id).values().get()
    deliver(jobs.say_language.name, [], {}, id=taken.id)
    deliver(jobs.add.name, [3, 4], {}, id=taken.id)
    assert Job.objects.filter(id=taken.id).values().get() == before
    refused = Job.objects.exclude(id=taken.id)
    assert [(job.state, taken.id in job.error) for job in refused] == [(State.FAILED, True)] * 2
    assert not TaskResult.objects.filter(task_id=taken.id).exists()


def test_a_foreign_message_that_comes_twice_runs_once(
    broker: RedisServer, transactional_db: None, deliver: Callable[..., Any]
) -> None:
    job_id = deliver(jobs.add.name, [1, 2], {})
    deliver(jobs.add.name, [1, 2], {}, id=job_id)
    job = Job.objects.get()
    assert (job.state, job.runs) == (State.SUCCEEDED, 1)


def test_a_foreign_message_speaks_for_nobody(
    broker: RedisServer, transactional_db: None, deliver: Callable[..., Any]
) -> None:
    """A person or a schedule that its headers name would be those of a row, or of none."""
    deliver(jobs.add.name, [1, 2], {}, job_by=987_654, job_schedule=5, job_slot="2026-01-01T00:00:00Z")
    job = Job.objects.get()
    assert (job.state, job.created_by_id, job.scheduled_for) == (State.SUCCEEDED, None, None)


def test_a_late_message_of_a_job_that_is_gone_is_counted(
    broker: RedisServer, transactional_db: None, deliver: Callable[..., Any]
) -> None:
    for _ in range(3):
        deliver(jobs.add.name, [1, 2], {}, job=1)
    assert not Job.objects.exists()
    tally = MessageTally.objects.get()
    assert (tally.reason, tally.count) == (MessageTally.Reason.PRUNED, 3)
