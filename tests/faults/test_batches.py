"""A worker that dies while it works on a batch: each job of it is run again once, and none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from django.contrib.auth.models import User

from tasks_app.batches import control
from tasks_app.batches.beginning import Wish, begin
from tasks_app.control import pause, resume
from tasks_app.db import shared_time
from tasks_app.models import Batch, BatchState, Canary, ItemClass, ItemState, Job, State
from tests.faults import jobs
from tests.faults.bounds import AFTER_A_DEATH, LEASE_LOST, PUBLISHED
from tests.faults.house import SHORT_LEASE, House

FAILED = 30  # jobs, more than the canary's eleven


@contextmanager
def nobody_writes(house: House, table: str) -> Iterator[None]:
    """Within it a table is read, and each change of it stands still."""
    with psycopg.connect(house.environment["DATABASE_URL"]) as mine:
        mine.execute(f'LOCK TABLE "{table}" IN SHARE MODE')
        yield
        mine.rollback()


def failures(house: House) -> list[str]:
    """Jobs that ran, and are said to have failed."""
    ids = house.launch_runs(FAILED)
    house.await_ends()
    Job.objects.filter(pk__in=ids).update(state=State.FAILED, error="It broke.", ended_at=shared_time.now())
    return [house.record(pk, State.FAILED) for pk in ids]


def a_batch(ids: list[str]) -> Batch:
    by = User.objects.create_superuser("ada", "ada@example.org", "pw")
    return begin(Wish(Job.objects.filter(pk__in=ids), "These", by, str(uuid4()), canary=Canary.WATCH))


def until(house: House, batch: Batch, state: BatchState) -> None:
    house.until(lambda: Batch.objects.get(pk=batch.pk).state == state)


@pytest.mark.scenario(26)
@pytest.mark.parametrize("moment", ["as it sorts", pytest.param("as it launches", marks=pytest.mark.long)])
def test_a_worker_killed_in_mid_batch_launches_each_job_once(house: House, moment: str) -> None:
    """The moment is made by a lock on the batch's items: new jobs are written then, and nothing is committed.

    Held by the one transaction of `steps.step`: take its `atomic` away, and the jobs of the killed worker
    stay while its items say that they wait, so they are launched twice.
    """
    house.start_all(workers=1, **SHORT_LEASE)
    ids = failures(house)
    pause("low", by=None)  # the batch's own job
    batch = a_batch(ids)
    if moment == "as it launches":
        resume("low", by=None)
        until(house, batch, BatchState.READY)
    with nobody_writes(house, "tasks_app_batchitem"):
        if moment == "as it launches":
            control.start(batch, by=batch.by, canary=Canary.WATCH)
        resume("low", by=None)
        house.until(house.somebody_waits_for_a_lock)
        house.fault(LEASE_LOST + AFTER_A_DEATH + PUBLISHED)
        house.process("worker1").kill()
    house.start_worker("worker2", **SHORT_LEASE)
    if moment == "as it sorts":
        until(house, batch, BatchState.READY)
        control.start(batch, by=batch.by, canary=Canary.WATCH)
    until(house, batch, BatchState.FINISHED)
    account(house, batch, ids)


def account(house: House, batch: Batch, ids: list[str]) -> None:
    """One new job of each, which ran once; the batch's figures say so too."""
    batch.refresh_from_db()
    assert batch.counts == {ItemClass.NOTHING: {ItemState.SUCCEEDED: FAILED}}
    for again in batch.items.values_list("new_job_id", flat=True):
        house.record(again)
    for working in Job.objects.filter(name=control.TASK).values_list("pk", flat=True):
        house.record(working, runs=0)
    house.account()
    assert [job.reruns.count() for job in Job.objects.filter(pk__in=ids)] == [1] * FAILED
    assert len(jobs.noted(house.folder, "ran")) == 2 * FAILED
