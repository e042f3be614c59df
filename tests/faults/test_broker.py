"""The broker forgets, dies, or loses one message: the database has them all."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.faults import jobs
from tests.faults.house import House


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
    """Held by `missing.find_what_the_broker_lost`. Remove its call in `recover`, and all wait for ever."""
    house.start_all()
    held = [house.launch(jobs.hold, "go") for _ in range(4)]
    for job_id in held:
        house.ran(job_id)
    house.launch_runs(1000)
    house.fault()
    lose_everything(house)
    house.open_gate("go")
    house.account()
    assert sorted(jobs.noted(house.folder, "took-effect")) == sorted(held)


@pytest.mark.long
@pytest.mark.scenario(7)
def test_every_connection_to_the_broker_cut_in_mid_job_gives_one_effect(house: House) -> None:
    """Held by the claim: kombu puts messages back that were taken and not acknowledged, and each is
    delivered again. Take `state = 'waiting'` out of `statements._CLAIM`, and the held ones run twice."""
    house.start_all()
    held = [house.launch(jobs.hold, "go") for _ in range(4)]
    for job_id in held:
        house.ran(job_id)
    house.launch_runs(100)
    house.fault()
    for _ in range(3):
        house.redis.client.client_kill_filter(_type="normal", skipme=True)
        house.until(lambda: len(house.redis.client.client_list(_type="normal")) > 2)
    house.redis.client.client_kill_filter(_type="normal", skipme=True)
    for taken in house.redis.client.hvals("unacked"):  # back at once, not after `visibility_timeout`
        house.redis.client.lpush("default", json.dumps(json.loads(taken)[0]))
    house.open_gate("go")
    house.account()
    assert sorted(jobs.noted(house.folder, "took-effect")) == sorted(held)


@pytest.mark.long  # half a minute, in which nothing happens, is the bound itself
@pytest.mark.scenario(8)
def test_a_message_taken_by_a_worker_that_is_killed_before_it_noted_it_runs_once(house: House) -> None:
    """Redis gives the message to a stopped worker's BRPOP and forgets it; then the worker dies.

    Held by `_Broker.passed_over` and `missing`: a published job that has not started for 30 s is looked for.
    Make `missing` return nothing, and the job waits for ever.
    """
    house.start_all(workers=1)
    first = house.launch(jobs.run)
    house.ran(first)
    worker = house.process("worker1")
    worker.freeze()
    taken = house.launch(jobs.run)
    house.until(house.queues_are_empty)
    assert taken not in str(house.redis.client.hvals("unacked"))  # nobody but the dead knew of it
    house.fault()
    worker.kill()
    house.start_worker("worker2")
    house.account()
