"""A job that was asked to stop, or may not run twice, never starts again, whatever comes between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.utils import timezone
from django_celery_results.models import TaskResult

from tasks_app import catalogue
from tasks_app.catalogue import WhenLost
from tasks_app.ledger import transitions
from tasks_app.ledger.lost_run import hand_back, lose
from tasks_app.models import Job, State
from tasks_app.worker.result_writer import tell_that_cancelled, tell_that_lost
from tests.cancelling import ASKED, cancel
from tests.engine.deliveries import NAME, Delivery, declared
from tests.servers import RedisServer


@pytest.fixture
def running(
    broker: RedisServer, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Delivery]]:
    """A delivery in its body."""
    begun: list[Delivery] = []

    def deliver(when_lost: str = "AGAIN") -> Delivery:
        sent = current_app.tasks[NAME].apply_async(kwargs={"when_lost": when_lost})
        begun.append(Delivery(Job.objects.get(id=sent.id)))
        return begun[-1]

    with declared(monkeypatch):
        yield deliver
        for delivery in begun:
            if delivery.alive:
                delivery.obey("succeed")


def state_of(delivery: Delivery) -> tuple[str, str]:
    """Of its job, and the status of its result."""
    job = Job.objects.get(id=delivery.job_id)
    return job.state, TaskResult.objects.get(task_id=job.id).status


def ask(delivery: Delivery, person: User) -> None:
    assert cancel(Job.objects.get(id=delivery.job_id), by=person) == "asked"


@pytest.mark.parametrize(
    ("when_lost", "end"),
    [
        ("AGAIN", (State.CANCELLED, "REVOKED")),
        ("ASK", (State.UNKNOWN, "FAILURE")),  # it was cut off, and something may have left
        ("FAIL", (State.FAILED, "FAILURE")),
    ],
)
def test_a_worker_that_leaves_ends_it(
    running: Callable[..., Delivery], admin_user: User, when_lost: str, end: tuple[str, str]
) -> None:
    run = running(when_lost)
    ask(run, admin_user)
    assert hand_back(run.job_id, run.token, run.context, tell_that_lost, tell_that_cancelled)
    assert state_of(run) == end
    assert not hand_back(run.job_id, run.token, run.context, tell_that_lost, tell_that_cancelled)
    run.obey("succeed")
    assert state_of(run) == end


@pytest.mark.parametrize(
    ("when_lost", "state"), [("AGAIN", State.WAITING), ("ASK", State.UNKNOWN), ("FAIL", State.FAILED)]
)
def test_without_being_asked_it_goes_to_another_worker_only_where_its_kind_may_run_again(
    running: Callable[..., Delivery], when_lost: str, state: str
) -> None:
    run = running(when_lost)
    assert hand_back(run.job_id, run.token, run.context, tell_that_lost, tell_that_cancelled)
    assert Job.objects.get(id=run.job_id).state == state
    run.obey("succeed")
    assert Job.objects.get(id=run.job_id).state == state


@pytest.mark.parametrize(
    ("order", "detail"),
    [("go back to the queue", None), ("replace", {"when_lost": "AGAIN"}), ("retry", timezone.now())],
)
def test_a_body_that_leaves_the_job_to_another_run_ends_it(
    running: Callable[..., Delivery], admin_user: User, order: str, detail: Any
) -> None:
    run = running()
    ask(run, admin_user)
    run.obey(order, detail)
    assert state_of(run) == (State.CANCELLED, "REVOKED")
    assert Job.objects.get(id=run.job_id).error == f"{admin_user} asked it to stop."


def test_it_may_be_asked_while_its_retry_is_being_written(
    running: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    retry = transitions.retry

    def asked_just_before(job_id: str, *args: Any, **kwargs: Any) -> bool:
        assert transitions.ask_to_cancel(job_id, ASKED)
        return retry(job_id, *args, **kwargs)

    monkeypatch.setattr(transitions, "retry", asked_just_before)
    run = running()
    run.obey("retry", timezone.now())
    assert state_of(run) == (State.CANCELLED, "REVOKED")


def test_it_may_be_asked_while_its_loss_is_being_written(
    running: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = running()
    kind = catalogue.kind_of(NAME)
    assert kind is not None

    def asked_just_before(job: Job) -> WhenLost:
        transitions.ask_to_cancel(job.id, ASKED)
        return WhenLost.AGAIN

    monkeypatch.setitem(catalogue._kinds, NAME, replace(kind, when_lost=asked_just_before))
    assert not lose(
        run.job_id, run.token, "It is gone.", tell_that_lost
    )  # the lease decides, or who asks again
    assert Job.objects.get(id=run.job_id).state == State.RUNNING
    monkeypatch.setitem(catalogue._kinds, NAME, kind)
    transitions.ask_to_cancel(run.job_id, ASKED)
    assert lose(run.job_id, run.token, "It is gone.", tell_that_lost)
    assert state_of(run) == (State.CANCELLED, "REVOKED")


def test_one_that_a_worker_of_an_older_release_handed_back_is_ended_by_its_message(
    running: Callable[..., Delivery], broker: RedisServer
) -> None:
    run = running()
    Job.objects.filter(id=run.job_id).update(cancel_asked_at=timezone.now(), state=State.WAITING, token="")
    assert not Delivery(Job.objects.get(id=run.job_id)).claimed
    assert state_of(run) == (State.CANCELLED, "REVOKED")
