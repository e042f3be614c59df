"""PostgreSQL restarts at the worst moments: nothing stuck, no accepted email failed, no message eaten."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler

import pytest

from backoffice.models import Message, MessageState
from tasks_app.models import Job, State
from tests.faults import jobs
from tests.faults.house import House


@pytest.mark.scenario(13)
def test_a_database_restarted_in_mid_run_costs_nothing(house: House) -> None:
    """Held by `commit_end`, which asks again on a new connection: let it try once, and the held jobs run
    a second time after their lease."""
    house.start_all()
    held = [house.launch(jobs.hold_blindly, "go") for _ in range(4)]
    for job_id in held:
        house.ran(job_id)
    house.launch_runs(50)
    house.fault()
    house.restart_postgres()
    house.open_gate("go")
    house.account()


@pytest.mark.long
@pytest.mark.scenario(13)
def test_a_database_away_for_longer_than_a_lease_takes_no_job_from_a_worker_that_lives(house: House) -> None:
    """Two of the four come to their end while there is nowhere to write it.

    Held by `ClockScheduler.lenient_until`: without it the clock gives up all four as soon as the database
    is back, and they run twice. And by END_TRIES_OF_RUN, for those that had ended.
    """
    house.start_all(JOB_LEASE_SECONDS="4")
    held = [house.launch(jobs.hold_blindly, gate) for gate in ("at once", "at once", "later", "later")]
    for job_id in held:
        house.ran(job_id)
    house.fault()
    house.close_connections()
    house.postgres.stop()
    house.open_gate("at once")
    time.sleep(8)  # two leases
    house.postgres.start()
    house.open_gate("later")
    house.account()
    assert not Job.objects.filter(deaths__gt=0).exists()


@pytest.mark.scenario(13)
def test_a_body_whose_connection_was_lost_in_mid_run_is_run_again(house: House) -> None:
    """Held by `failures.database_went_away`: without it every job that asks the database after a restart
    fails, though nothing is wrong with it."""
    house.start_all()
    asking = [house.launch(jobs.ask_database, "go", runs=2) for _ in range(4)]
    for job_id in asking:
        house.ran(job_id)
    house.fault()
    house.restart_postgres()
    house.open_gate("go")
    house.account()


@pytest.mark.long
@pytest.mark.scenario(13)
def test_a_database_away_while_workers_claim_eats_no_message(house: House) -> None:
    """Held by the Reject in `JobTask.before_start`: without it Celery fails every job it takes meanwhile."""
    house.start_all()
    house.launch_runs(300)
    house.until(lambda: Job.objects.filter(state=State.SUCCEEDED).count() > 20)
    house.fault()
    house.restart_postgres(down=4)
    house.account()


@pytest.mark.scenario(13)
def test_a_database_away_at_the_final_commit_fails_no_accepted_email(house: House) -> None:
    """SES has said yes, and there is nowhere to write it for three seconds.

    Held by `commit_end`: let its error pass, and Celery makes a failure of the success.
    """
    house.start_all()

    def accept_and_take_the_database_away(handler: BaseHTTPRequestHandler) -> None:
        house.postgres.stop()
        house.post.accept(handler)

    house.post.answer = accept_and_take_the_database_away
    sent = house.launch_email()
    house.close_connections()
    house.until(lambda: not house.postgres.running)
    house.fault()
    time.sleep(3)
    house.postgres.start()
    house.account()
    assert Message.objects.get(job_id=sent).state == MessageState.SENT
