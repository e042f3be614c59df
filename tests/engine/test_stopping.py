"""What people stop: waiting and running jobs, whole queues. It holds through restarts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.utils import timezone

from tasks_app import control
from tasks_app.clock.recovery import recover
from tasks_app.clock.tick import tick
from tasks_app.models import Job, State
from tests.cancelling import cancel
from tests.engine import jobs
from tests.engine.conftest import ended
from tests.servers import wait_until

pytestmark = [pytest.mark.stack, pytest.mark.once]


def test_a_cancelled_waiting_job_never_runs(
    start_worker: Callable[..., Any], log: Path, admin_user: Any
) -> None:
    sent = jobs.write.delay(str(log), "cancelled")
    job = Job.objects.get(id=sent.id)
    assert cancel(job, by=admin_user) == "cancelled"
    start_worker()
    ended(jobs.write.delay(str(log), "next").id)
    assert jobs.lines(log) == ["next"]
    assert cancel(Job.objects.get(id=sent.id), by=admin_user) == "final"


def test_a_running_job_that_is_asked_stops_at_its_next_progress_point(
    start_worker: Callable[..., Any], log: Path, tmp_path: Path, admin_user: Any
) -> None:
    start_worker()
    sent = jobs.wait_for.delay(str(log), str(tmp_path / "never"))
    job = wait_until(lambda: Job.objects.filter(id=sent.id, progress=50).first())
    assert cancel(job, by=admin_user) == "asked"
    ended(sent.id, State.CANCELLED)
    assert "effect" not in jobs.lines(log)


def test_a_paused_queue_gives_no_job_until_it_is_resumed(
    start_worker: Callable[..., Any], log: Path, admin_user: Any
) -> None:
    control.pause("default", by=admin_user)
    sent = jobs.write.delay(str(log))
    start_worker()
    wait_until(lambda: Job.objects.get(id=sent.id).published_at is None)
    recover(timezone.now())
    assert Job.objects.get(id=sent.id).published_at is None
    control.resume("default", by=admin_user)
    ended(sent.id)
    assert jobs.lines(log) == ["ran"]


def test_a_job_that_does_not_stop_when_asked_is_stopped_by_force_after_the_grace(
    start_worker: Callable[..., Any], log: Path, tmp_path: Path, admin_user: Any
) -> None:
    start_worker()
    sent = jobs.hang.delay(str(log))
    [pid] = wait_until(lambda: jobs.lines(log))
    job = Job.objects.get(id=sent.id)
    assert cancel(job, by=admin_user) == "asked"
    tick(timezone.now())  # within the grace nothing happens
    job.refresh_from_db()
    assert (job.state, psutil.pid_exists(int(pid))) == (State.RUNNING, True)
    tick(timezone.now() + settings.CANCEL_GRACE)
    job = ended(sent.id, State.CANCELLED)
    assert "stopped by force" in job.error
    wait_until(lambda: not psutil.pid_exists(int(pid)))
    # Its neighbours run on, in the process that took its place.
    ended(jobs.write.delay(str(log), "next").id)


def test_a_job_that_may_not_be_cut_off_is_left_to_end_by_itself(
    start_worker: Callable[..., Any], log: Path, tmp_path: Path, admin_user: Any
) -> None:
    start_worker()
    sent = jobs.sit.delay(str(log), str(tmp_path / "go"))
    wait_until(lambda: jobs.lines(log) == ["began"])
    cancel(Job.objects.get(id=sent.id), by=admin_user)
    tick(timezone.now() + settings.CANCEL_GRACE)
    (tmp_path / "go").touch()
    assert ended(sent.id).cancel_asked_at
    assert jobs.lines(log) == ["began", "committed"]
