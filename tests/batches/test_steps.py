"""A step takes on what half a second is enough for; whoever waits for it comes before the next one."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tasks_app.batches import control, sorting, steps
from tasks_app.batches.pace import FIRST, LEAST, STEP, Pace, part
from tasks_app.batches.steps import Next
from tasks_app.broker import beside, publishing
from tasks_app.launching import rerun
from tasks_app.ledger import batch_counts as counts
from tasks_app.ledger.batch_lock import locked
from tasks_app.models import Batch, BatchState, ItemClass, ItemState, Job
from tests.batches.making import DEBUG, begun, classes, failures, launched, somebody, started, work
from tests.servers import wait_until

pytestmark = pytest.mark.django_db

# --- How much it takes on ----------------------------------------------------------------------------


def test_a_step_that_was_quick_is_followed_by_one_of_twice_as_much_at_most() -> None:
    pace = Pace()
    assert pace.share == FIRST
    pace.took(STEP / 100)
    assert pace.share == 2 * FIRST
    for _time in range(10):
        pace.took(STEP / 2)
    assert pace.share == 1


@pytest.mark.parametrize("times", [1.5, 8, 10_000])
def test_a_step_that_took_too_long_is_followed_by_one_that_fits(times: float) -> None:
    pace = Pace(share=0.8)
    pace.took(times * STEP)
    assert pace.share == pytest.approx(max(0.8 / times, LEAST))


def test_a_step_takes_one_at_least() -> None:
    assert [part(2_000, 1.0), part(2_000, 0.25), part(2, 0.01)] == [2_000, 500, 1]


def test_each_step_of_a_turn_is_given_what_the_one_before_has_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, given = [0.0], []

    def slow_step(_batch: str, _job: str, share: float) -> tuple[Batch, Next]:
        given.append(share)
        clock[0] += 2 * STEP if len(given) == 1 else STEP / 10
        return Batch(), Next.MORE if len(given) < 3 else Next.NOTHING

    monkeypatch.setattr(steps, "step", slow_step)
    monkeypatch.setattr(steps.time, "monotonic", lambda: clock[0])
    failures(1)
    batch = begun(somebody())
    assert steps.take_turn(str(batch.pk), batch.job_id, lambda now: None) is None
    assert given == [FIRST, FIRST / 2, FIRST]


@pytest.mark.parametrize("what", ["sorting", "launching"])
def test_a_step_asks_the_database_as_often_for_twenty_jobs_as_for_four(what: str) -> None:
    by = somebody()

    def questions(count: int) -> int:
        jobs = Job.objects.filter(pk__in=[job.pk for job in failures(count)])
        batch = begun(by, jobs) if what == "sorting" else started(by, jobs)
        with CaptureQueriesContext(connection) as asked:
            steps.step(str(batch.pk), batch.job_id)
        return len(asked)

    assert questions(4) == questions(20)


@pytest.mark.once
def test_the_form_is_asked_once_for_all_that_are_given_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(sorting, "misfit_of", lambda job, *_rest: asked.append(job.pk))
    alike = failures(3, kwargs={"a": 1})
    other = failures(1, kwargs={"a": 2})
    named_otherwise = failures(1, name="celery.accumulate", kwargs={"a": 1})
    work(begun(somebody(), Job.objects.filter(pk__in=[job.pk for job in [*alike, *other, *named_otherwise]])))
    assert len(asked) == 3
    assert {other[0].pk, named_otherwise[0].pk} < set(asked)


# --- Who comes next ----------------------------------------------------------------------------------


def in_a_thread(do: Callable[[], object]) -> threading.Thread:
    """On a connection of its own."""

    def run() -> None:
        try:
            do()
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("click", ["stop", "pause"])
def test_a_click_that_waits_for_a_step_comes_before_the_next_step(broker: Any, click: str) -> None:
    if connection.vendor == "sqlite":  # its one writer is whoever asks first
        return
    failures(3)
    by = somebody()
    batch = started(by)

    def clicked() -> None:
        assert control.stop(batch, by=by) if click == "stop" else control.pause(batch)

    with transaction.atomic():  # a step
        now = locked(batch.pk)
        assert now
        counts.save(now)
        waiting = in_a_thread(clicked)
        wait_until(somebody_waits)
    steps.step(str(batch.pk), batch.job_id)  # at once
    waiting.join(60)
    batch.refresh_from_db()
    assert batch.state == (BatchState.STOPPING if click == "stop" else BatchState.PAUSED)
    assert not launched(batch)


@pytest.mark.django_db(transaction=True)
def test_what_somebody_else_ran_again_while_a_step_waited_is_left_out(broker: Any) -> None:
    job, other = failures(2)
    by = somebody()
    batch = started(by)
    with transaction.atomic():
        again = rerun(job, by=by)
        stepping = in_a_thread(lambda: steps.step(str(batch.pk), batch.job_id))
        if connection.vendor == "postgresql":
            wait_until(somebody_waits)
    stepping.join(60)
    assert classes(batch) == {job.pk: ItemClass.UNDER_WAY, other.pk: ItemClass.NOTHING}
    assert batch.items.get(job_id=job.pk).state == ItemState.LEFT_OUT
    assert list(Job.objects.filter(rerun_of=job)) == [again]
    assert Job.objects.filter(name=DEBUG).count() == 4


# --- What a step leaves to others --------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_turn_ends_when_all_that_it_launched_is_published(
    broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "LAUNCHED_AT_ONCE", 2)
    failures(5)
    batch = started(somebody())
    assert steps.take_turn(str(batch.pk), batch.job_id, lambda now: None) == steps.LOOK_AGAIN
    new = launched(batch)
    assert len(new) == 5
    assert all(job.published_at for job in new)
    assert broker.client.llen(new[0].queue) == 5


@pytest.mark.django_db(transaction=True)
def test_what_publishing_raises_ends_the_turn_and_loses_nothing(
    broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_jobs: Any, **_how: Any) -> int:
        raise RuntimeError("a defect")

    failures(2)
    batch = started(somebody())
    monkeypatch.setattr(beside, "publish", broken)
    monkeypatch.setattr(publishing, "publish", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        steps.take_turn(str(batch.pk), batch.job_id, lambda now: None)
    assert [job.published_at for job in launched(batch)] == [None, None]  # which the clock looks for


@pytest.mark.parametrize("collects", [True, False])
def test_garbage_is_collected_after_a_step_as_before_it(
    monkeypatch: pytest.MonkeyPatch, collects: bool
) -> None:
    def asked(_batch: Batch, _share: float) -> Next:
        assert not gc.isenabled()
        raise RuntimeError("a defect")

    failures(1)
    batch = begun(somebody())
    monkeypatch.setitem(steps._STEPS, BatchState.PREPARING, asked)
    before = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        with pytest.raises(RuntimeError, match="a defect"):
            steps.step(str(batch.pk), batch.job_id)
        assert gc.isenabled() == collects
    finally:
        (gc.enable if before else gc.disable)()
