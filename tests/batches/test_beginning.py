"""A batch begins: frozen by one statement, once for each form, and no job in two that are open."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_app.batches import beginning, control
from tasks_app.batches.beginning import Nothing, TooMany
from tasks_app.models import Batch, BatchItem, BatchState, ItemClass, ItemState, Job, State
from tests.batches.making import CAUSE, DEBUG, OTHER, begun, classes, end, failures, ready, somebody, work

pytestmark = pytest.mark.django_db


def test_what_matches_then_is_the_batch_whatever_matches_later() -> None:
    first = failures(3)
    batch = begun(somebody())
    later = failures(2)
    end(first[0], State.CANCELLED)
    assert set(classes(batch)) == {job.pk for job in first}
    assert batch.total == 3
    assert not set(classes(work(batch))) & {job.pk for job in later}


def test_the_items_are_one_statement_however_many() -> None:
    failures(40)
    with CaptureQueriesContext(connection) as asked:
        begun(somebody())
    inserts = [one["sql"] for one in asked.captured_queries if "INSERT INTO" in one["sql"]]
    assert len([sql for sql in inserts if "tasks_app_batchitem" in sql]) == 1


def test_a_form_that_is_sent_twice_begins_one_batch() -> None:
    failures(2)
    by, key = somebody(), str(uuid4())
    assert begun(by, key=key).pk == begun(by, key=key).pk
    assert Batch.objects.count() == 1
    assert Job.objects.filter(name=control.TASK).count() == 1


def test_where_none_or_too_many_match_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    by = somebody()
    with pytest.raises(Nothing):
        begun(by, Job.objects.none())
    with pytest.raises(Nothing):
        begun(by, Job.objects.filter(state=State.FAILED))
    failures(3)
    monkeypatch.setattr(beginning, "MOST", 2)
    with pytest.raises(TooMany):
        begun(by)
    assert not Batch.objects.exists()
    assert not BatchItem.objects.exists()
    assert not Job.objects.filter(name=control.TASK).exists()


def test_what_an_open_batch_holds_is_left_out_of_a_second_one_and_counted() -> None:
    held = failures(2)
    by = somebody()
    first = begun(by)
    free = failures(1)
    second = work(begun(by, Job.objects.filter(name=DEBUG)))
    assert classes(second) == {
        held[0].pk: ItemClass.HELD, held[1].pk: ItemClass.HELD, free[0].pk: ItemClass.NOTHING
    }  # fmt: skip
    assert second.counts[ItemClass.HELD] == {ItemState.LEFT_OUT: 2}
    assert control.stop(first, by=by)
    work(first)
    assert second.state == BatchState.READY
    third = work(begun(by, Job.objects.filter(pk__in=[job.pk for job in held])))
    assert set(classes(third).values()) == {ItemClass.NOTHING}


@pytest.mark.django_db(transaction=True)
def test_two_people_who_begin_at_once_share_no_job(broker: Any) -> None:
    failures(30)
    people = [somebody(name="ada"), somebody(name="bea")]
    barrier, made = threading.Barrier(2), []

    def begin(by: Any) -> None:
        barrier.wait()
        made.append(begun(by, Job.objects.filter(name=DEBUG)))
        connection.close()

    threads = [threading.Thread(target=begin, args=(by,)) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pending = BatchItem.objects.filter(state=ItemState.PENDING)
    assert len(made) == 2
    assert pending.count() == len(set(pending.values_list("job_id", flat=True))) == 30
    assert sorted(batch.count((ItemClass.HELD,)) for batch in made) == [0, 30]


@pytest.mark.parametrize("mixed", [False, True])
def test_it_knows_the_kind_and_the_cause_that_its_jobs_share(mixed: bool) -> None:
    failures(2)
    if mixed:
        failures(1, cause=OTHER)
    batch = begun(somebody())
    assert (batch.kind, batch.cause) == (("", "") if mixed else (DEBUG, CAUSE))


def test_what_nobody_starts_within_a_day_is_let_go() -> None:
    failures(1)
    by = somebody()
    batch = ready(by)
    assert control.let_go_of_abandoned(timezone.now()) == 0
    assert control.let_go_of_abandoned(timezone.now() + control.KEPT_READY) == 1
    assert work(batch).state == BatchState.STOPPED
    assert set(classes(ready(by)).values()) == {ItemClass.NOTHING}
