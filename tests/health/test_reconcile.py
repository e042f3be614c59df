"""`manage.py reconcile --dry-run` says what the clock would do now; without it, it is done."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from backoffice.models import Message, MessageState
from tasks_app import catalogue
from tasks_app.clock.tick import tick
from tasks_app.models import Job, QueueState, ScheduleOptions, State
from tasks_app.schedules.planning import definition_of
from tests.pages.rows import make_job, make_message, make_schedule
from tests.servers import RedisServer

HOUR = timedelta(hours=1)


def reconcile(*arguments: str) -> str:
    said = StringIO()
    call_command("reconcile", *arguments, stdout=said)
    return said.getvalue()


def rows() -> list[Any]:
    """Everything that a tick may change."""
    return [list(model.objects.order_by("pk").values()) for model in (Job, Message, ScheduleOptions)]


def running(**fields: Any) -> Job:
    return make_job(
        State.RUNNING, lease_until=timezone.now() - HOUR, token="t", message={"headers": {}}, **fields
    )


@pytest.mark.django_db
def test_where_nothing_is_to_be_done_it_says_so(broker: RedisServer) -> None:
    assert "There is nothing to do" in reconcile("--dry-run")


@pytest.mark.django_db
def test_it_says_what_would_become_of_each_and_changes_nothing(broker: RedisServer) -> None:
    due = make_schedule(next_slot=timezone.now() - HOUR)
    ScheduleOptions.objects.update(definition=definition_of(due))
    make_job(State.WAITING, about="new@example.org")
    make_job(State.WAITING, retries=2, runs=3, about="again@example.org")
    make_job(State.WAITING, runs=1, about="back@example.org")
    make_job(State.WAITING, deaths=1, runs=1, about="orphan@example.org")
    make_job(State.WAITING, published_at=timezone.now() - HOUR, about="flushed@example.org")
    later = make_job(State.WAITING, about="later@example.org")
    Job.objects.filter(pk=later.pk).update(available_at=timezone.now() + HOUR)
    QueueState.objects.create(name="low", paused=True)
    make_job(State.WAITING, queue="low", about="paused@example.org")
    replaced = make_job(State.WAITING, about="chord@example.org")
    Job.objects.filter(pk=replaced.pk).update(available_at=None)
    make_job(State.UNKNOWN, about="who-knows@example.org")
    running(name="tasks_app.tasks.rapport_pdf", about="quarterly")
    running(name="tasks_app.tasks.rapport_pdf", deaths=2, about="a killer")
    submitting = running(about="sam@example.org")
    message = make_message(MessageState.SUBMITTING)
    Message.objects.filter(pk=message.pk).update(job_id=submitting.pk, attempt=1)

    before = rows()
    said = reconcile("--dry-run")
    assert rows() == before
    told = said.splitlines()

    def section(of: str) -> str:
        """The heading over the line that names it."""
        at = next(number for number, line in enumerate(told) if of in line)
        return next(line for line in reversed(told[:at]) if not line.strip().startswith("-"))

    for of, heading in {
        "Every hour": "Schedules are due",
        "new@": "never published",
        "again@": "Retries are due",
        "back@": "handed over or put back",
        "orphan@": "whose worker was lost",
        "flushed@": "The broker lost messages",
        "later@": "due later",
        "paused@": "paused queues",
        "chord@": "replaced by other jobs",
        "who-knows@": "a person settles it",
        "quarterly": "Leases ran out",
    }.items():
        assert heading in section(of), said
    [again] = [line for line in told if "quarterly" in line]
    [killer] = [line for line in told if "a killer" in line]
    [mail] = [line for line in told if "sam@" in line]
    assert again.endswith("runs again")
    assert "worker lost too often" in killer
    assert "unknown outcome" in mail


@pytest.mark.django_db
def test_it_names_what_is_stopped_by_force_and_schedules_that_were_changed(
    broker: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(timezone.now())
    make_schedule()
    kind = catalogue.kind_of("tasks_app.tasks.rapport_pdf")
    assert kind is not None
    monkeypatch.setitem(catalogue._kinds, kind.name, replace(kind, stop_by_force=True))
    leased: dict[str, Any] = {"name": kind.name, "token": "t", "lease_until": timezone.now() + HOUR}
    make_job(State.RUNNING, about="deaf", cancel_asked_at=timezone.now() - HOUR, **leased)
    make_job(State.RUNNING, about="heard it now", cancel_asked_at=timezone.now(), **leased)
    before = rows()
    said = reconcile("--dry-run")
    assert rows() == before
    assert re.search(r"  1  Schedules were changed: .*\n +- Every hour", said), said
    assert re.search(r"  1  Jobs were asked to stop and did not: .*\n +- .* deaf ", said), said


@pytest.mark.django_db
def test_a_broker_that_is_away_is_said() -> None:
    make_job(State.WAITING, published_at=timezone.now() - HOUR)
    assert "The broker cannot be asked" in reconcile("--dry-run")


@pytest.mark.django_db(transaction=True)
def test_without_dry_run_one_tick_is_done(broker: RedisServer) -> None:
    from tasks_app.launching import launch

    job = launch("tasks_app.tasks.cleanup_results", {}, by=None)
    broker.client.flushall()
    Job.objects.update(published_at=timezone.now() - HOUR, available_at=timezone.now() - HOUR)
    said = reconcile()
    assert "    1  jobs that the broker had lost" in said
    assert "    1  jobs published" in said
    assert broker.client.llen("low") == 1
    assert Job.objects.get(pk=job.pk).published_at > timezone.now() - HOUR
