"""Ends and leases where something odd is in the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.utils.serialization import get_pickleable_exception
from celery.worker import state as worker_state
from django.db import InterfaceError, OperationalError
from django_celery_results.models import TaskResult

from tasks_app.db import shared_time
from tasks_app.errors import JobLost
from tasks_app.ledger import transitions
from tasks_app.ledger.failure import Failure
from tasks_app.ledger.lost_run import lose
from tasks_app.ledger.run import Run
from tasks_app.models import Job, JobAttempt, State
from tasks_app.worker import lease, request
from tasks_app.worker.result_writer import tell_that_lost
from tests.cancelling import ASKED
from tests.engine import jobs
from tests.servers import RedisServer


class PrinterError(Exception):
    """Like many of libraries: it cannot be pickled."""

    def __init__(self, sentence: str, *, printer: str) -> None:
        super().__init__(sentence)
        self.printer = printer


def test_a_failure_that_cannot_be_pickled_keeps_its_name_and_sentence() -> None:
    failure = Failure.of(get_pickleable_exception(PrinterError("Out of paper.", printer="third floor")))
    assert (failure.error_class, failure.error) == ("PrinterError", "Out of paper.")


@pytest.fixture
def unlogged() -> Iterator[None]:
    """A captured log with such characters cannot travel between the processes of a test run."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("refused", ["\x00", "\udc80"], ids=["nul", "surrogate"])
def test_a_failure_with_characters_that_databases_refuse_is_written(
    db: None, unlogged: None, refused: str
) -> None:
    sent = jobs.fail_with_character.apply((ord(refused),))
    job = Job.objects.get(id=sent.id)
    assert (job.state, job.error[:2], job.error[-5:]) == (State.FAILED, "no", "paper")
    assert refused not in job.error + JobAttempt.objects.get(job=job).traceback
    assert TaskResult.objects.get(task_id=sent.id).status == "FAILURE"


@pytest.mark.parametrize("met_by", [(shared_time, "measure_now_and_then"), (transitions, "renew")])
def test_the_thread_that_renews_outlives_a_lost_connection(
    monkeypatch: pytest.MonkeyPatch, met_by: tuple[Any, str]
) -> None:
    def away(*args: Any) -> bool:
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(shared_time, "measure_now_and_then", lambda: None)
    monkeypatch.setattr(*met_by, away)
    run = Run("the-job", "its-token")
    lease._keeper._renew(run)
    assert not run.lost


def test_each_run_of_a_process_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    outer, inner = Run("outer", "a"), Run("inner", "b")
    lease.watch(outer)
    lease.watch(inner)
    lease.unwatch(inner)
    assert lease._keeper.runs == {outer}
    lease.unwatch(outer)


def test_a_stale_connection_of_the_main_process_is_renewed_and_an_absent_database_left_to_the_lease(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [OperationalError("server closed the connection"), None]

    def decide() -> bool:
        answer = answers.pop(0)
        if answer:
            raise answer
        return True

    assert request.or_leave_it_to_the_lease(decide)
    answers[:] = [OperationalError("no server")] * 2
    assert not request.or_leave_it_to_the_lease(decide)


def test_a_loss_that_cannot_be_decided_is_left_to_the_lease_and_celery_hears_of_no_error() -> None:
    def decide() -> bool:
        raise KeyError("headers")

    assert not request.or_leave_it_to_the_lease(decide)


def test_a_warm_shutdown_is_known_by_its_exit_code_of_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not request.worker_is_leaving()
    monkeypatch.setattr(worker_state, "should_stop", 0)
    assert request.worker_is_leaving()


def test_a_superseded_run_cannot_tell_a_state(db: None, tmp_path: Path) -> None:
    with pytest.raises(JobLost):
        jobs.tell_after_losing_the_job.apply(throw=True)
    assert not TaskResult.objects.filter(status="PROGRESS").exists()


def test_a_lost_job_that_was_asked_to_stop_ends_cancelled(
    broker: RedisServer, transactional_db: None
) -> None:
    sent = jobs.add.delay(1, 2)
    assert transitions.claim(sent.id, "its-token", "a worker")
    assert transitions.ask_to_cancel(sent.id, ASKED)
    assert lose(sent.id, "its-token", "It is gone.", tell_that_lost)
    assert Job.objects.get(id=sent.id).state == State.CANCELLED
    assert TaskResult.objects.get(task_id=sent.id).status == "REVOKED"
