"""The broker forgets, dies, or loses one message: the database has them all."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest

from tasks_app.broker.publishing import publish
from tasks_app.models import Job, State
from tests.faults import jobs
from tests.faults.bounds import EMPTIED, PASSED_OVER
from tests.faults.house import House
from tests.servers import Process


def flush(house: House) -> None:
    house.redis.client.flushall()


def kill(house: House) -> None:
    house.redis.kill()
    house.redis.start()


@pytest.mark.long
@pytest.mark.parametrize(
    "lose_everything",
    [
        pytest.param(flush, marks=pytest.mark.scenario(5), id="FLUSHALL"),
        pytest.param(kill, marks=pytest.mark.scenario(6), id="kill -9 without persistence"),
    ],
)
def test_a_broker_that_forgets_a_thousand_waiting_and_four_running_jobs_loses_none(
    house: House, lose_everything: Callable[[House], None]
) -> None:
    """Held by `lost_messages.find_what_the_broker_lost`. Remove its call in `recover`, and after a flush as
    after a kill the four end and the thousand wait for ever."""
    house.start_all()
    held = [house.launch(jobs.hold, "go") for _ in range(4)]
    for job_id in held:
        house.ran(job_id)
    house.launch_runs(1000)
    house.until(lambda: not Job.objects.filter(published_at=None).exists())  # the broker has them all
    assert (Job.objects.running().count(), Job.objects.filter(state=State.WAITING).count()) == (4, 1000)
    house.fault(EMPTIED)
    lose_everything(house)
    house.open_gate("go")
    house.account()
    assert sorted(jobs.noted(house.folder, "took-effect")) == sorted(held)


def cut_all_lines(house: House) -> None:
    """But the test's own."""
    house.redis.client.client_kill_filter(skipme=True)


@pytest.mark.long
@pytest.mark.scenario(7)
def test_every_connection_to_the_broker_cut_in_mid_job_gives_one_effect(house: House) -> None:
    """Held by the claim: a worker that lost its connection puts messages back that it runs already, and each
    is delivered again. Take `state = 'waiting'` out of `hot_sql._CLAIM`, and the held ones run three
    times."""
    house.start_all()
    held = [house.launch(jobs.hold, "go") for _ in range(4)]
    for job_id in held:
        house.ran(job_id)
    house.launch_runs(100)
    house.fault()
    for _ in range(3):
        cut_all_lines(house)
        house.until(lambda: len(house.redis.client.client_list(_type="normal")) > 2)
    cut_all_lines(house)
    publish(Job.objects.filter(id__in=held), patient=True)  # each again, whatever was put back
    house.open_gate("go")
    house.account()
    assert sorted(jobs.noted(house.folder, "took-effect")) == sorted(held)


def stop_whole(worker: Process) -> None:
    """Redis gives the message to its BRPOP, and forgets it."""
    worker.freeze()


def stop_pool(worker: Process) -> None:
    """Its main process takes the message; no pool process claims the job."""
    assert worker.popen is not None
    for pool_process in psutil.Process(worker.popen.pid).children():
        pool_process.suspend()


@pytest.mark.long  # half a minute, in which nothing happens, is the bound itself
@pytest.mark.scenario(8)
@pytest.mark.parametrize("stop", [stop_whole, stop_pool], ids=["in BRPOP", "before the claim"])
def test_a_message_taken_by_a_worker_that_is_killed_runs_once(
    house: House, stop: Callable[[Process], None]
) -> None:
    """Held by `_Broker.passed_over`: what was published and has not started for 30 s is looked for, though
    nothing else says that the broker lost anything. Let it return False, and the job waits for ever. "Before
    the claim" is held by `JobQoS` too: take its `append` away, and kombu's note in the broker, which would
    hide the job for twelve hours, is found.
    """
    house.start_all(workers=1)
    house.launch(jobs.run)
    house.await_ends()  # no body is under way when the worker stops
    worker = house.process("worker1")
    stop(worker)
    taken = house.launch(jobs.run)
    house.until(house.queues_are_empty)
    assert taken not in str(house.redis.client.hvals("unacked"))  # nobody but the dead knew of it
    house.fault(PASSED_OVER)
    worker.kill()
    house.start_worker("worker2")
    house.account()


@pytest.mark.scenario(3)
def test_a_message_of_an_earlier_attempt_starts_nothing(house: House) -> None:
    """It lies behind others in the broker while its job fails, waits and is due again.

    Held by the edition in the guard of `hot_sql.claim`: without it the old message runs the body, which
    then counts its attempts from the start once more.
    """
    house.start_all(workers=1)
    worker = house.process("worker1")
    house.freeze(worker)
    stumbling = house.launch(jobs.stumble, 1, runs=2)
    held = [house.launch(jobs.hold, "go") for _ in range(2)]
    Job.objects.filter(pk=stumbling).update(published_at=None)
    publish(Job.objects.filter(pk=stumbling), patient=True)
    worker.thaw()
    for job_id in held:
        house.ran(job_id)
    house.until(lambda: house.job(stumbling).retries == 1 and house.job(stumbling).published_at)
    house.open_gate("go")
    house.account()
