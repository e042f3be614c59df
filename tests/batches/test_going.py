"""A batch launches each of its jobs once, whenever its worker dies; it stops, pauses and goes on as told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tasks_app.batches import control, proof, steps
from tasks_app.batches.words import verdict_of
from tasks_app.control import settle
from tasks_app.launching import rerun
from tasks_app.ledger.unsuccessful import tell_kind_of
from tasks_app.models import Batch, BatchItem, BatchState, Canary, ItemClass, ItemState, Job, State
from tasks_app.retention.prunables import PRUNABLES
from tasks_app.retention.prune import prune
from tests.batches.making import (
    CAUSE,
    DEBUG,
    OTHER,
    adds_up,
    begun,
    end,
    failures,
    launched,
    ready,
    somebody,
    started,
    work,
)

pytestmark = pytest.mark.django_db


def test_each_job_runs_again_once_as_it_was_and_of_its_family() -> None:
    by = somebody()
    jobs = failures(3)
    Job.objects.filter(pk=jobs[1].pk).update(queue="low", about="The second")
    batch = work(started(by))
    new = {str(job.rerun_of_id): job for job in launched(batch)}
    assert set(new) == {job.pk for job in jobs}
    for old in Job.objects.filter(pk__in=new):
        job = new[old.pk]
        assert (job.name, job.queue, job.about, job.kwargs) == (old.name, old.queue, old.about, old.kwargs)
        assert (job.family, job.created_by, job.origin) == (old.pk, by, "rerun")
        assert job.message["headers"]["id"] == job.pk == job.root_id == job.message["headers"]["root_id"]
        assert job.message["properties"]["correlation_id"] == job.pk
        assert (old.rerun_id, old.rerun_state) == (job.pk, State.WAITING)
        assert job.created_at > old.created_at


def test_it_ends_when_all_that_it_launched_have_and_tells_what_came_of_them() -> None:
    jobs = failures(4)
    batch = work(started(somebody()))
    new = {str(job.rerun_of_id): job for job in launched(batch)}
    ends = [(State.SUCCEEDED, None), (State.FAILED, CAUSE), (State.FAILED, OTHER), (State.CANCELLED, None)]
    assert batch.state == BatchState.RUNNING
    for job, (state, cause) in zip(jobs, ends, strict=True):
        end(new[job.pk], state, cause)
    assert work(batch).state == BatchState.FINISHED
    told = dict(BatchItem.objects.filter(batch=batch).values_list("job_id", "state"))
    assert [told[job.pk] for job in jobs] == [
        ItemState.SUCCEEDED, ItemState.SAME_CAUSE, ItemState.FAILED, ItemState.CANCELLED
    ]  # fmt: skip
    said = str(proof.of_batch(batch))
    assert said == "1 of 4 failed again with it; 1 succeeded; 1 failed with another; 1 was cancelled."
    assert [str(one) for one in proof.of_cause(DEBUG, CAUSE)[0]] == [said]


def test_what_waits_behind_a_job_goes_on_after_its_rerun() -> None:
    [job] = failures(1)
    chain = [{"task": DEBUG, "options": {"task_id": "next"}, "args": [], "kwargs": {}}]
    job.message["embed"] = {"chain": chain, "callbacks": None, "errbacks": None, "chord": None}
    job.save()
    work(started(somebody()))
    [new] = Job.objects.filter(rerun_of=job)
    assert [one["task"] for one in new.message["embed"]["chain"]] == [DEBUG]


def test_it_goes_on_after_a_rerun_of_a_rerun_too() -> None:
    [job] = failures(1)
    chain = [{"task": DEBUG, "options": {"task_id": "next"}, "args": [], "kwargs": {}}]
    job.message["embed"] = {"chain": chain, "callbacks": None, "errbacks": None, "chord": None}
    job.save()
    second = end(rerun(job, go_on=True), State.FAILED)
    work(started(somebody(), Job.objects.filter(pk=second.pk)))
    [third] = Job.objects.filter(rerun_of=second)
    assert [one["task"] for one in third.message["embed"]["chain"]] == [DEBUG]


def test_a_rerun_of_before_there_were_families_is_of_the_family_of_its_first() -> None:
    [first] = failures(1)
    second = end(rerun(first), State.FAILED)
    Job.objects.filter(pk=second.pk).update(family=None)
    work(started(somebody(), Job.objects.filter(pk=second.pk)))
    [third] = Job.objects.filter(rerun_of=second)
    assert third.family == first.pk
    assert third.message["headers"]["job_family"] == first.pk
    first.refresh_from_db()
    assert first.rerun_id == third.pk


# --- Killed ------------------------------------------------------------------------------------------


class Killed(BaseException):
    """A worker's process is gone: nothing of what it had not committed is there."""


def killed_at(number: int) -> Callable[..., Any]:
    """Lets so many statements through, then no more."""
    left = [number]

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if left[0] <= 0:
            raise Killed
        left[0] -= 1
        return execute(sql, params, many, context)

    return wrapper


@pytest.mark.sweep
@pytest.mark.django_db(transaction=True)
def test_killed_at_each_statement_it_launches_nothing_twice_and_forgets_nothing(broker: Any) -> None:
    by = somebody()
    at, whole = 0, False
    while not whole:
        Job.objects.all().delete()
        Batch.objects.all().delete()
        failures(3)
        batch = begun(by, Job.objects.filter(name=DEBUG))
        whole = dies_after(batch, at)
        work(batch)
        if batch.state == BatchState.READY:
            control.start(batch, by=by, canary=Canary.NONE)
            batch.refresh_from_db()
            whole = dies_after(batch, at) and whole
        work(batch)
        assert sorted(str(job.rerun_of_id) for job in launched(batch)) == sorted(
            BatchItem.objects.filter(batch=batch).values_list("job_id", flat=True)
        )
        assert Job.objects.exclude(rerun_of=None).count() == 3
        at += 1
    assert at > 15


def dies_after(batch: Batch, statements: int) -> bool:
    """Work on it until so many statements were carried out; whether there was less to do."""
    try:
        with connection.execute_wrapper(killed_at(statements)):
            steps.take_turn(str(batch.pk), batch.job_id, lambda now: None)
    except Killed:
        adds_up(batch)
        return False
    return True


def test_one_that_cannot_be_launched_keeps_none_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks_app.batches import going

    bad, *good = failures(3)
    insert = going.insert_jobs

    def refuse_one(jobs: Any) -> Any:
        made = list(jobs)
        if any(str(job.rerun_of_id) == bad.pk for job in made):
            raise ValueError("a value that no row takes")
        return insert(made)

    monkeypatch.setattr(going, "insert_jobs", refuse_one)
    batch = work(started(somebody()))
    assert {str(job.rerun_of_id) for job in launched(batch)} == {job.pk for job in good}
    assert batch.counts[ItemClass.UNFIT] == {ItemState.LEFT_OUT: 1}


def test_of_two_jobs_for_one_batch_the_first_finds_that_it_has_it_no_more() -> None:
    failures(2)
    by = somebody()
    batch = started(by)
    first = batch.job_id
    control.let_work(batch, by=by)
    assert steps.take_turn(str(batch.pk), first, lambda now: None) is None
    assert not launched(batch)
    work(batch)
    assert len(launched(batch)) == 2


# --- Told to stop, pause, go on ------------------------------------------------------------------------


def test_stopped_it_launches_nothing_more_and_lets_its_jobs_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "LAUNCHED_AT_ONCE", 2)
    failures(5)
    by = somebody()
    batch = started(by)
    steps.step(str(batch.pk), batch.job_id)
    assert control.stop(batch, by=by)
    work(batch)
    assert batch.state == BatchState.STOPPING
    assert len(launched(batch)) == 2
    assert batch.count(states=(ItemState.STOPPED,)) == 3
    for job in launched(batch):
        end(job, State.SUCCEEDED)
    assert work(batch).state == BatchState.STOPPED
    assert not control.stop(batch, by=by)
    assert ready(by, Job.objects.filter(state=State.FAILED, repaired_at=None)).total == 3


def test_paused_it_launches_nothing_until_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "LAUNCHED_AT_ONCE", 2)
    failures(5)
    by = somebody()
    batch = started(by)
    steps.step(str(batch.pk), batch.job_id)
    assert control.pause(batch)
    assert not control.pause(batch)
    work(batch)
    assert len(launched(batch)) == 2
    for job in launched(batch):
        end(job, State.SUCCEEDED)
    assert work(batch).count(states=(ItemState.SUCCEEDED,)) == 2  # figures go on
    assert control.resume(batch, by=by)
    assert not control.resume(batch, by=by)
    work(batch)
    assert len(launched(batch)) == 3


def test_only_what_is_sorted_can_be_started_and_only_once() -> None:
    failures(1)
    by = somebody()
    batch = begun(by)
    assert not control.start(batch, by=by, canary=Canary.NONE)
    work(batch)
    assert control.start(batch, by=by, canary=Canary.NONE)
    assert not control.start(batch, by=by, canary=Canary.NONE)


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_where_its_job_ends_before_it_the_batch_waits_and_says_why(state: State) -> None:
    from tasks_app.ledger import causes

    failures(2)
    by = somebody()
    batch = started(by)
    assert not control.needs_job(batch)
    Job.objects.filter(pk=batch.job_id).update(state=state)
    tell_kind_of(batch.job_id, causes.TIME_LIMIT())
    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED
    assert "longer than its time limit" in verdict_of(batch)
    assert control.resume(batch, by=by)
    work(batch)
    assert len(launched(batch)) == 2


def test_a_batch_whose_job_vanished_is_given_another() -> None:
    failures(2)
    by = somebody()
    batch = begun(by)
    assert not control.work_on(batch, by=by)
    Job.objects.filter(pk=batch.job_id).delete()
    assert control.work_on(batch, by=by)
    assert work(batch).state == BatchState.READY
    assert not control.work_on(batch, by=by)


# --- The canary --------------------------------------------------------------------------------------


def test_one_then_ten_then_the_rest_each_awaited() -> None:
    failures(15)
    batch = started(somebody(), canary=Canary.WATCH)
    sizes = []
    while work(batch).state == BatchState.RUNNING:
        sizes.append(len(launched(batch)))
        for job in launched(batch):
            end(job, State.SUCCEEDED)
    assert sizes == [1, 10, 4]
    assert batch.state == BatchState.FINISHED
    assert [step["launched"] for step in batch.steps] == [1, 10]
    assert [step[ItemState.SUCCEEDED] for step in batch.steps] == [1, 10]


@pytest.mark.parametrize("ends", [1, 11])
def test_it_stops_by_itself_where_the_same_cause_returns(ends: int) -> None:
    failures(15)
    batch = started(somebody(), canary=Canary.WATCH)
    while work(batch).state == BatchState.RUNNING:
        for at, job in enumerate(launched(batch), start=batch.launched):
            end(job, State.FAILED if at == ends else State.SUCCEEDED)
    assert batch.state == BatchState.STOPPED
    assert batch.launched == ends
    assert "failed again with the same cause" in verdict_of(batch)
    assert batch.count(states=(ItemState.STOPPED,)) == 15 - batch.launched


def test_it_goes_on_where_another_cause_came() -> None:
    failures(3)
    batch = started(somebody(), canary=Canary.WATCH)
    work(batch)
    end(launched(batch)[0], State.FAILED, OTHER)
    work(batch)
    assert len(launched(batch)) == 2
    assert not batch.verdict


def test_it_waits_for_a_person_where_nobody_knows_the_outcome() -> None:
    failures(3)
    by = somebody()
    batch = started(by, canary=Canary.WATCH)
    work(batch)
    [first] = launched(batch)
    end(first, State.UNKNOWN)
    assert work(batch).state == BatchState.PAUSED
    assert "nobody knows what became of 1" in verdict_of(batch)
    assert settle(first, State.SUCCEEDED, by=by)
    adds_up(batch)
    assert batch.count(states=(ItemState.SUCCEEDED,)) == 1
    assert batch.steps[0][ItemState.UNKNOWN] == 0
    assert control.resume(batch, by=by)
    work(batch)
    assert len(launched(batch)) == 2


def test_where_a_person_asked_for_it_each_step_waits_for_their_word() -> None:
    failures(3)
    by = somebody()
    batch = started(by, canary=Canary.ASK)
    work(batch)
    end(launched(batch)[0], State.SUCCEEDED)
    assert work(batch).state == BatchState.PAUSED
    assert "Go on, or stop?" in verdict_of(batch)
    assert control.resume(batch, by=by)
    work(batch)
    assert len(launched(batch)) == 2


def test_what_the_canary_cannot_launch_is_not_of_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = failures(2)
    batch = started(somebody(), canary=Canary.WATCH)
    end(rerun(first), State.SUCCEEDED)
    work(batch)
    assert [str(job.rerun_of_id) for job in launched(batch)] == [second.pk]


# --- Proof and retention ------------------------------------------------------------------------------------


def test_the_proof_follows_what_is_settled_later() -> None:
    failures(1)
    by = somebody()
    batch = work(started(by))
    [new] = launched(batch)
    assert str(proof.of_batch(batch)) == "0 of 1 failed again with it; 1 is still to come."
    end(new, State.UNKNOWN)
    assert work(batch).state == BatchState.FINISHED
    found = proof.of_batch(batch)
    assert str(found) == "0 of 1 failed again with it; 1 is of unknown outcome."
    assert found is not None
    assert not found.holds
    settle(new, State.SUCCEEDED, by=by)
    adds_up(batch)
    found = proof.of_batch(batch)
    assert str(found) == "0 of 1 failed again with it; 1 succeeded."
    assert found is not None
    assert found.holds


def test_batches_go_after_their_jobs_and_open_ones_never(settings: Any) -> None:
    from datetime import timedelta

    from django.utils import timezone

    failures(3)
    by = somebody()
    batch = work(started(by))
    [job.pk for job in launched(batch) if end(job, State.SUCCEEDED)]
    assert work(batch).state == BatchState.FINISHED
    [waits] = failures(1)
    still_open = ready(by, Job.objects.filter(pk=waits.pk))
    much_later = timezone.now() + timedelta(days=settings.RETENTION_DAYS["jobs"] + 1)
    only_batches = [one for one in PRUNABLES if one.key in ("batch_items", "batches")]
    assert prune(only_batches, much_later).removed == {"batch_items": 0, "batches": 0}
    for _time in range(3):  # jobs, then items, then what is empty
        removed = prune([*PRUNABLES], much_later, batch=2).removed
    assert not BatchItem.objects.filter(batch=batch).exists()
    assert list(Batch.objects.all()) == [still_open]
    assert removed["jobs"] == 0
