"""PostgreSQL restarts at the worst moments: nothing stuck, no accepted email failed, no message eaten."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler

import pytest
from django.utils import timezone

from backoffice.models import Message, MessageState
from tasks_app.broker.lost_messages import LOOKED, MARKER
from tasks_app.models import Job
from tests.faults import jobs
from tests.faults.bounds import AFTER_A_DEATH
from tests.faults.house import House

LEASE = 4.0  # seconds, as the others
AWAY = 2 * LEASE
AWAY_AT_THE_CLAIM = 4.0
AWAY_AT_THE_END = 3.0


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
    is back, and they run twice. And by END_TRIES_OF_RUN: with five tries, the two that had ended do.
    """
    house.start_all(JOB_LEASE_SECONDS=f"{LEASE:.0f}")
    held = [house.launch(jobs.hold_blindly, gate) for gate in ("at once", "at once", "later", "later")]
    for job_id in held:
        house.ran(job_id)
    house.fault(AWAY + LEASE / 2)  # half a lease, for workers to renew theirs
    house.close_connections()
    house.postgres.stop()
    house.open_gate("at once")
    time.sleep(AWAY)
    house.postgres.start()
    house.open_gate("later")
    house.account()
    assert not Job.objects.filter(deaths__gt=0).exists()


@pytest.mark.scenario(13)
def test_a_body_whose_connection_was_lost_in_mid_run_is_run_again(house: House) -> None:
    """Held by `failures.database_went_away`: let it return False, and all four are "failed" after one run,
    though nothing is wrong with them."""
    house.start_all()
    asking = [house.launch(jobs.ask_database, "go", runs=2) for _ in range(4)]
    for job_id in asking:
        house.ran(job_id)
    house.fault(AFTER_A_DEATH)
    house.restart_postgres()
    house.open_gate("go")
    house.account()


@pytest.mark.long
@pytest.mark.scenario(13)
def test_a_database_away_while_workers_claim_eats_no_message(house: House) -> None:
    """The workers are stopped until the database is away, so that every claim meets its absence.

    Held by the Reject in `JobTask.before_start`: raise the error itself, and Celery acknowledges each
    message whose claim failed; the clock has to publish those jobs once more, half a minute later.
    """
    house.start_all()
    # A clock that starts looks at the whole broker twice. The second look in the middle of this fault would
    # publish what the workers hold once more, which harms nothing and hides what is asked here.
    house.until(lambda: house.redis.client.get(MARKER) == LOOKED.encode())
    for worker in house.workers:
        worker.freeze()
    house.launch_runs(300)
    launched = timezone.now()
    house.fault(AWAY_AT_THE_CLAIM)
    house.close_connections()
    house.postgres.stop()
    for worker in house.workers:
        worker.thaw()
    house.until(lambda: any("The database is away" in worker.tail(400) for worker in house.workers))
    time.sleep(AWAY_AT_THE_CLAIM)
    house.postgres.start()
    house.account()
    assert not Job.objects.filter(published_at__gt=launched).exists()


@pytest.mark.scenario(13)
def test_a_database_away_at_the_final_commit_fails_no_accepted_email(house: House) -> None:
    """SES has said yes, and there is nowhere to write it for three seconds.

    Held by `result_writer.commit_statement`, which `commit_end` goes through: let it raise the first error,
    and the process of the run is lost, and with it what SES said: job and message are "unknown".
    """
    house.start_all()

    def accept_and_take_the_database_away(handler: BaseHTTPRequestHandler) -> None:
        house.postgres.stop()
        house.post.accept(handler)

    house.post.answer = accept_and_take_the_database_away
    sent = house.launch_email()
    house.close_connections()
    house.until(lambda: not house.postgres.running)
    house.fault(AWAY_AT_THE_END)
    time.sleep(AWAY_AT_THE_END)
    house.postgres.start()
    house.account()
    assert Message.objects.get(job_id=sent).state == MessageState.SENT
