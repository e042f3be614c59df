"""What people decided outlives every worker: cancelled jobs, paused queues."""

from __future__ import annotations

import pytest

from tasks_app import control
from tasks_app.models import QueueState, State
from tests.cancelling import cancel
from tests.faults import jobs
from tests.faults.bounds import BUSY, PUBLISHED, SOFT_SHUTDOWN
from tests.faults.house import House


@pytest.mark.scenario(16)
def test_a_job_cancelled_while_it_waits_never_runs_whatever_restarts(house: House) -> None:
    """Its message is in the broker all the while. Held by the state in the guard of `hot_sql.claim`:
    let it take cancelled jobs, and it runs."""
    house.start_all()
    held = [house.launch(jobs.hold, "go", runs=2) for _ in range(4)]
    for job_id in held:
        house.ran(job_id)
    unwanted = house.launch(jobs.run, state=State.CANCELLED, runs=0)
    house.fault(SOFT_SHUTDOWN + PUBLISHED + BUSY)  # two are stopped, two are started
    assert cancel(house.job(unwanted), by="a person") == "cancelled"
    house.restart_workers()
    house.open_gate("go")
    house.launch_runs(10)
    house.account()


@pytest.mark.long
@pytest.mark.scenario(17)
def test_a_queue_paused_before_a_restart_gives_nothing_until_it_is_resumed(house: House) -> None:
    """Held by QueueState in the guard of `hot_sql._CLAIM`: take `queue NOT IN (...)` out, and bodies run
    while the queue is paused."""
    house.start_all()
    control.pause("default", by=None)
    waiting = house.launch_runs(20)
    house.restart_workers()
    # The messages are refused, and nobody holds them any more; none is back before the queue is open.
    house.until(
        lambda: (
            jobs.noted(house.folder, "ran") or not any(job.published_at for job in map(house.job, waiting))
        )
    )
    assert not jobs.noted(house.folder, "ran")
    assert QueueState.objects.get(name="default").paused
    house.fault(PUBLISHED)
    control.resume("default", by=None)
    house.account()
