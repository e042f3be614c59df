"""What is killed, flushed, frozen or cut off: nothing is lost, nothing takes effect twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from django_celery_results.models import TaskResult

from tasks_app.models import Job, State
from tests.engine import jobs
from tests.engine.conftest import ended
from tests.servers import RedisServer, wait_until
from tests.stack import Stack

pytestmark = pytest.mark.stack

HEARTBEAT = 2.0  # seconds between two of Celery's


def test_a_broker_that_is_down_at_the_call_loses_nothing(
    start_worker: Callable[..., Any], log: Path, broker: RedisServer
) -> None:
    broker.kill()
    sent = jobs.write.delay(str(log))
    assert Job.objects.get(id=sent.id).published_at is None
    broker.start()
    start_worker()
    ended(sent.id)
    assert jobs.lines(log) == ["ran"]


def test_a_flushed_broker_loses_nothing(
    start_worker: Callable[..., Any], log: Path, broker: RedisServer
) -> None:
    ended_before = [jobs.write.delay(str(log), f"job {n}").id for n in range(20)]
    broker.client.flushall()
    start_worker()
    for job_id in ended_before:
        ended(job_id)
    assert sorted(jobs.lines(log)) == sorted(f"job {n}" for n in range(20))


def test_a_message_that_vanished_alone_is_found_missing(
    start_worker: Callable[..., Any], log: Path, broker: RedisServer
) -> None:
    start_worker()
    ended(jobs.write.delay(str(log), "the clock was here").id)
    broker.client.set("backoffice:marker", "1")
    sent = jobs.write.apply_async((str(log),), queue="nobody-listens")
    broker.client.delete("nobody-listens")
    long_ago = Job.objects.get(id=sent.id).published_at.replace(year=2020)
    Job.objects.filter(id=sent.id).update(published_at=long_ago)
    wait_until(lambda: _recovered() and broker.client.llen("nobody-listens") == 1)


def test_a_job_that_kills_its_worker_ends_failed_and_harms_no_neighbour(
    start_worker: Callable[..., Any], log: Path, tmp_path: Path
) -> None:
    start_worker(JOB_MAX_DEATHS="2")
    deadly = jobs.kill_worker.delay(str(log))
    neighbours = [jobs.add.delay(n, n).id for n in range(10)]
    job = ended(deadly.id, State.FAILED, timeout=60)
    assert jobs.lines(log) == ["killed", "killed"]
    assert (job.deaths, job.error_class) == (2, "WorkerLostError")
    assert "2 times" in job.error
    assert [a.outcome for a in job.attempts.all()] == ["lost", "lost"]
    assert TaskResult.objects.get(task_id=deadly.id).status == "FAILURE"
    for neighbour in neighbours:
        ended(neighbour)


def test_a_killed_worker_group_is_noticed_by_its_lease_and_leaves_no_files(
    start_worker: Callable[..., Any], log: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    worker = start_worker(JOB_LEASE_SECONDS="2", TMPDIR=str(temporary))
    sent = jobs.wait_for.delay(str(log), str(tmp_path / "go"))
    wait_until(lambda: jobs.lines(log))
    worker.kill()
    (tmp_path / "go").touch()
    [left] = temporary.iterdir()
    start_worker("worker2", JOB_LEASE_SECONDS="2", TMPDIR=str(temporary))
    assert left not in temporary.iterdir()
    job = ended(sent.id)
    assert (job.deaths, job.runs) == (1, 2)
    assert [line for line in jobs.lines(log) if line == "effect"] == ["effect"]


def test_a_long_job_keeps_its_lease(start_worker: Callable[..., Any], log: Path, tmp_path: Path) -> None:
    start_worker(JOB_LEASE_SECONDS="2")
    sent = jobs.sit.delay(str(log), str(tmp_path / "go"))
    first = wait_until(lambda: Job.objects.filter(id=sent.id, state=State.RUNNING).first()).lease_until
    renewed = lambda: Job.objects.get(id=sent.id).lease_until > first.replace(microsecond=0)  # noqa: E731
    wait_until(lambda: renewed() and Job.objects.get(id=sent.id).lease_until != first)
    (tmp_path / "go").touch()
    assert ended(sent.id).runs == 1


def test_a_run_that_thaws_after_its_lease_changes_nothing(
    processes: Stack, start_worker: Callable[..., Any], log: Path, tmp_path: Path
) -> None:
    frozen = start_worker(JOB_LEASE_SECONDS="2")
    sent = jobs.sit.delay(str(log), str(tmp_path / "go"))
    wait_until(lambda: jobs.lines(log) == ["began"])
    processes.freeze(frozen)
    wait_until(lambda: _recovered() and Job.objects.get(id=sent.id).state == State.WAITING)
    (tmp_path / "go").touch()
    other = start_worker("worker2")
    job = ended(sent.id)
    token_end = job.ended_at
    frozen.thaw()
    wait_until(lambda: "late end changes nothing" in frozen.tail(400))
    job.refresh_from_db()
    assert (job.ended_at, job.runs, job.deaths) == (token_end, 2, 1)
    assert jobs.lines(log).count("committed") == 1
    other.stop()


def test_a_worker_that_is_told_to_stop_hands_its_job_over(
    start_worker: Callable[..., Any], log: Path, tmp_path: Path
) -> None:
    leaving = start_worker(WORKER_SOFT_SHUTDOWN_SECONDS="1")
    sent = jobs.sit.delay(str(log), str(tmp_path / "go"))
    wait_until(lambda: jobs.lines(log) == ["began"])
    leaving.stop()
    assert "after the step that the event loop is at" in leaving.tail(1000)
    assert Job.objects.get(id=sent.id).state == State.WAITING
    (tmp_path / "go").touch()
    start_worker("worker2")
    job = ended(sent.id)
    assert (job.deaths, job.runs) == (0, 2)
    assert jobs.lines(log).count("committed") == 1


def test_a_worker_whose_broker_died_while_its_heartbeat_was_due_can_be_told_to_stop(
    broker: RedisServer, start_worker: Callable[..., Any]
) -> None:
    worker = start_worker(WORKER_SOFT_SHUTDOWN_SECONDS="1")
    worker.freeze()
    broker.kill()
    time.sleep(HEARTBEAT)  # is due now: the first that the thawed event loop does
    worker.thaw()
    assert worker.stop() == 0


def test_a_hard_time_limit_ends_the_process_and_fails_the_job_with_a_sentence(
    start_worker: Callable[..., Any], log: Path
) -> None:
    start_worker()
    job = ended(jobs.outlive_the_limit.delay(str(log)).id, State.FAILED)
    assert "longer than its time limit" in job.error
    assert [a.outcome for a in job.attempts.all()] == ["timed_out"]
    # The job is failed a moment before its process is killed.
    [pid] = jobs.lines(log)
    wait_until(lambda: not psutil.pid_exists(int(pid)))


def test_a_task_no_worker_knows_waits_for_one_that_does(
    processes: Any, start_worker: Callable[..., Any], log: Path
) -> None:
    ignorant = processes.start_worker("ignorant")
    sent = jobs.write.delay(str(log))
    waiting = wait_until(lambda: Job.objects.filter(id=sent.id, published_at=None).first())
    assert waiting.state == State.WAITING
    assert "No worker that runs knows this job yet" in waiting.error
    ignorant.stop()
    start_worker()
    Job.objects.filter(id=sent.id).update(available_at=waiting.created_at)  # its pause is over
    ended(sent.id)
    assert jobs.lines(log) == ["ran"]


def _recovered() -> bool:
    from django.utils import timezone

    from tasks_app.clock.recovery import recover

    recover(timezone.now())
    return True
