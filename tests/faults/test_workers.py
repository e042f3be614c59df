"""Workers are killed, frozen, replaced and told to stop; each job still has one end."""

from __future__ import annotations

import os
from typing import Any

import pytest
from celery import chain
from django.utils import timezone

from backoffice.models import Report
from tasks_app.clock.recovery import PUBLISHER_HEADSTART
from tasks_app.models import Job, JobAttempt, State
from tasks_app.tasks import cleanup_results
from tasks_app.worker.result_backend import UNREGISTERED_PAUSE
from tests.faults import jobs
from tests.faults.bounds import AFTER_A_DEATH, BUSY, LEASE_LOST, PUBLISHED, SOFT_SHUTDOWN
from tests.faults.house import SHORT_LEASE, House, at_once

OFFERS = 20  # of a job to two workers, either of which may take it: one of them is the new one's


@pytest.mark.long
@pytest.mark.scenario(9)
def test_a_worker_group_killed_in_the_middle_of_a_report_gives_one_document_and_no_half_file(
    house: House,
) -> None:
    """Bounded by the lease and a tick. Held by `recovery.take_back_expired_leases`: without its call in
    `recover` the job is "running" for ever. And by the temporary file of `making.make`: one that lies where
    reports are kept is still there afterwards, empty."""
    house.start_all(workers=1, **SHORT_LEASE)
    order = house.launch_report("overview")
    house.until(lambda: (house.job(order).progress or 0) >= 30)  # it is being typeset
    house.fault(LEASE_LOST + PUBLISHED)
    house.process("worker1").kill()
    house.start_worker("worker2")
    house.account()
    job = house.job(order)
    assert (job.runs, job.deaths) == (2, 1)
    assert [path.stat().st_size for path in house.report_files()] == [Report.objects.get(job_id=order).size]


@pytest.mark.long
@pytest.mark.scenario(9)
def test_a_worker_killed_when_the_file_is_written_but_its_row_is_not_gives_one_report(house: House) -> None:
    """The file of the lost run is one that no row knows, and the cleanup removes it when it is a day old.

    Held by `at_end`: call `made.record()` in `rapport_pdf` itself, and the lost run leaves its row, on which
    the second fails. The moment is made by a lock on the table of reports.
    """
    house.start_all(workers=1, **SHORT_LEASE)
    with house.locked("backoffice_report"):
        order = house.launch_report("overview")
        house.until(house.somebody_waits_for_a_lock)
        house.fault(LEASE_LOST + PUBLISHED)
        house.process("worker1").kill()
    house.start_worker("worker2")
    house.account()
    assert house.job(order).runs == 2
    assert len(house.report_files()) == 2
    for file in house.report_files():
        os.utime(file, (0, 0))
    house.record(cleanup_results.delay().id, runs=0)
    house.account()
    assert house.report_files() == [house.data / "files" / Report.objects.get(job_id=order).file]


@pytest.mark.long
@pytest.mark.scenario(10)
def test_a_job_that_kills_its_worker_is_run_as_often_as_allowed_and_harms_no_neighbour(house: House) -> None:
    """Held by `lost_run.state_after_loss`. Leave out its comparison with JOB_MAX_DEATHS, and the job is
    "waiting" again after its second death, and the wait for its end is in vain."""
    house.start_all(workers=1, JOB_MAX_DEATHS="2")
    deadly = house.launch(jobs.kill_worker, state=State.FAILED, runs=2)
    house.launch_runs(100)
    house.fault(AFTER_A_DEATH)
    house.account()
    job = house.job(deadly)
    assert (job.error_class, job.deaths) == ("WorkerLostError", 2)
    assert set(job.attempts.values_list("outcome", flat=True)) == {JobAttempt.Outcome.LOST}


@pytest.mark.scenario(14)
def test_a_worker_that_thaws_after_its_lease_changes_nothing_and_nothing_follows_from_it(
    house: House,
) -> None:
    """Held by the token in `transitions._held`. Let it find the row by its id alone, and the thawed run ends
    the job a second time."""
    house.start_all(workers=1, **SHORT_LEASE)
    frozen = house.process("worker1")
    steps = chain(jobs.hold_blindly.si("go"), jobs.step.si()).apply_async()
    held, follower = house.record(steps.parent.id, runs=2), house.record(steps.id)
    house.ran(held)
    house.fault(LEASE_LOST + AFTER_A_DEATH + BUSY)  # two processes are waited for
    house.freeze(frozen)
    house.until(lambda: house.job(held).deaths == 1)
    house.start_worker("worker2", **SHORT_LEASE)
    house.ran(held, times=2)
    # Both runs come to their end now; whichever is first, only the one with the token counts.
    house.open_gate("go")
    house.until(lambda: Job.objects.filter(pk=follower, state=State.SUCCEEDED).exists())
    frozen.thaw()
    house.until(lambda: "late end changes nothing" in frozen.tail(400))
    house.account()
    assert Job.objects.count() == 2


@pytest.mark.long
@pytest.mark.scenario(14)
def test_a_worker_that_thaws_while_the_next_run_is_under_way_does_not_end_it(house: House) -> None:
    """Nothing commits with this end: it is one statement, with a guard of its own.

    Held by the token in `hot_sql._END`, which is within `_END_WITH_RESULT` too. Take `AND token = ...`
    out, and the thawed run makes the job "succeeded" while the other still runs.
    """
    house.start_all(workers=1, **SHORT_LEASE)
    frozen = house.process("worker1")
    held = house.launch(jobs.hold_each_run, "go", runs=2)
    house.ran(held)
    house.fault(LEASE_LOST + AFTER_A_DEATH + BUSY)  # two processes are waited for
    house.freeze(frozen)
    house.until(lambda: house.job(held).deaths == 1)
    house.start_worker("worker2", **SHORT_LEASE)
    house.ran(held, times=2)
    house.open_gate("go-1")
    frozen.thaw()
    house.until(
        lambda: "late end changes nothing" in frozen.tail(400) or house.job(held).state != State.RUNNING
    )
    assert house.job(held).state == State.RUNNING
    house.open_gate("go-2")
    house.account()


@pytest.mark.long
@pytest.mark.scenario(18)
def test_a_task_the_old_worker_does_not_know_waits_for_the_new_one(house: House) -> None:
    """A rolling update: the old worker goes on beside the new one, and is offered what it does not know. Half
    a minute lies between two offers, which here is over at once.

    Held by the branch for NotRegistered in `JobResultBackend.mark_as_failure`: leave it out, and the
    message is gone and the job never says what it waits for. And by UNREGISTERED_PAUSE: make it nothing, and
    the old worker is offered the job without a rest. That each offer may go to either worker is the work of
    `taken_messages.ASK_FOR`: where all ask once a second, the old one may be served first each time, or not:
    that depends on when they began, and this scenario was seen to pass.
    """
    house.start_all(workers=0)
    old = house.start_worker("old", DJANGO_SETTINGS_MODULE="projet.settings")
    new_kind = house.launch(jobs.run)
    house.until(lambda: "No worker that runs knows this job yet" in house.job(new_kind).error)
    assert house.job(new_kind).available_at > timezone.now() + UNREGISTERED_PAUSE / 2
    house.start_worker("new")
    house.fault(OFFERS * PUBLISHED)

    def offered_until_it_ran() -> bool:
        now = timezone.now()
        Job.objects.filter(available_at__gt=now).update(available_at=now - PUBLISHER_HEADSTART)
        return house.job(new_kind).state == State.SUCCEEDED

    house.until(offered_until_it_ran)
    assert old.running
    assert house.job(new_kind).worker.startswith("new@")
    house.account()


@pytest.mark.long
@pytest.mark.scenario(20)
def test_workers_told_to_stop_under_load_hand_everything_over_at_once(house: House) -> None:
    """None lost, none doubled, no lease waited for. Compose and systemd (KillMode=mixed) send SIGTERM to the
    first process, and kill what is left only after 45 s.

    Held by `JobRequest._hand_back`: without its release the held jobs stay running until their lease ends,
    and count a death. A lease of ten minutes shows it: nothing here waits for one.
    """
    lease: dict[str, Any] = {"JOB_LEASE_SECONDS": "600"}
    house.start_all(**lease)
    held = [house.launch(jobs.hold, "go", runs=2) for _ in range(2)]
    for job_id in held:
        house.ran(job_id)
    house.launch_runs(300)
    house.until(lambda: Job.objects.filter(state=State.SUCCEEDED).count() > 20)
    house.fault(SOFT_SHUTDOWN + PUBLISHED + BUSY)  # two are stopped, one is started
    at_once([lambda worker=worker: worker.stop(45) for worker in house.workers])
    assert not Job.objects.running().exists()
    house.open_gate("go")
    house.start_worker("worker3", **lease)
    house.account()
    assert not Job.objects.filter(deaths__gt=0).exists()
    assert sorted(jobs.noted(house.folder, "took-effect")) == sorted(held)
