"""A job whose row cannot be read, sent or decided on holds up no other."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from tasks_app.clock.recovery import PUBLISHER_HEADSTART, recover
from tasks_app.clock.time_mending import mend_jobs
from tasks_app.launching import launch
from tasks_app.ledger.causes import NOT_PUBLISHABLE
from tasks_app.models import Job, State, Tally
from tasks_app.monitor import counters
from tests.clock.bad_rows import unreadable_moment, written

pytestmark = pytest.mark.django_db(transaction=True)

BROKEN_UUID = [{"__type__": "uuid", "__value__": {"hex": 5}}]


def waiting() -> Job:
    """Due, and published by nobody."""
    job = launch("projet.celery.debug_task", {})
    long_ago = timezone.now() - 5 * PUBLISHER_HEADSTART
    Job.objects.filter(pk=job.pk).update(published_at=None, available_at=long_ago)
    return job


def unreadable(job: Job) -> None:
    written(Job, "created_at", unreadable_moment(), id=job.pk)


def unsendable(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(args=BROKEN_UUID)


spoilt = pytest.mark.parametrize("spoil", [unreadable, unsendable])


@spoilt
def test_all_others_are_published(spoil: Any, broker: Any) -> None:
    first, bad, last = waiting(), waiting(), waiting()
    spoil(bad)
    assert recover(timezone.now()).published == 2
    published = Job.objects.exclude(published_at=None).values_list("pk", flat=True)
    assert sorted(published) == sorted([first.pk, last.pk])
    put_off = Job.objects.filter(pk=bad.pk).values_list("available_at", "error", "state", "cause").get()
    assert put_off[0] > timezone.now()
    assert "cannot be published" in put_off[1]
    assert put_off[2:] == (State.WAITING, NOT_PUBLISHABLE.code)
    assert recover(timezone.now()).published == 0


@spoilt
def test_all_others_are_taken_back_from_workers_that_are_gone(spoil: Any, broker: Any) -> None:
    jobs = [waiting() for _ in range(3)]
    now = timezone.now()
    for number, job in enumerate(jobs):
        Job.objects.filter(pk=job.pk).update(
            state=State.RUNNING, token=f"t{number}", started_at=now, lease_until=now - timedelta(seconds=9)
        )
    spoil(jobs[1])
    recover(now)
    assert not Job.objects.filter(pk__in=[jobs[0].pk, jobs[2].pk], state=State.RUNNING).exists()


@spoilt
def test_reconcile_tells_of_all(spoil: Any, broker: Any) -> None:
    good, bad = waiting(), waiting()
    spoil(bad)
    told = StringIO()
    call_command("reconcile", "--dry-run", stdout=told)
    assert good.pk in told.getvalue()
    assert bad.pk in told.getvalue()


def test_after_a_jump_all_others_are_given_their_time(broker: Any) -> None:
    now = timezone.now()
    jobs = [waiting() for _ in range(3)]
    later = now + timedelta(hours=1)
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(created_at=later, available_at=later)
    unreadable(jobs[1])
    assert mend_jobs(now) == 2
    given = Job.objects.filter(pk__in=[jobs[0].pk, jobs[2].pk])
    assert set(given.values_list("available_at", flat=True)) == {now}


def test_a_tally_of_other_bounds_stops_no_count(broker: Any) -> None:
    counters.count_ended(timezone.now() - timedelta(minutes=10))
    Tally.objects.create(kind="projet.celery.debug_task", outcome="succeeded", count=3, buckets=[1, 2])
    job = waiting()
    ended = timezone.now() - timedelta(minutes=5)
    Job.objects.filter(pk=job.pk).update(state=State.SUCCEEDED, started_at=ended, ended_at=ended)
    assert counters.count_ended(timezone.now()) == 1
    tally = Tally.objects.get()
    assert (tally.count, sum(tally.buckets)) == (4, 1)
