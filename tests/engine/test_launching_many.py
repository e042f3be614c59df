"""Many at once: made, written, pushed and marked side by side, and all of them or none."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection

from tasks_app import launching
from tasks_app.broker import publishing
from tasks_app.broker.publishing import BATCH, mark_published, publish
from tasks_app.ledger.hot_sql import speaks_postgresql
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.new_job import build_job
from tasks_app.models import Job
from tests.servers import RedisServer, wait_until

TASK = "projet.celery.debug_task"
on_a_server = pytest.mark.skipif(not speaks_postgresql(), reason="SQLite has one writer at a time")


@pytest.fixture(autouse=True)
def _time_enough(settings: Any) -> None:
    settings.PUBLISH_BUDGET = timedelta(minutes=1)


def build(count: int) -> list[Job]:
    return [build_job(TASK) for _ in range(count)]


@pytest.mark.parametrize("count", [0, 1, BATCH, BATCH * 2 + 1])
def test_each_is_written_pushed_and_marked(broker: RedisServer, transactional_db: None, count: int) -> None:
    launched = launching.launch_many(TASK, ({} for _ in range(count)))
    assert len({job.id for job in launched}) == count
    assert Job.objects.exclude(published_at=None).count() == broker.client.llen("default") == count


def test_a_list_that_ends_in_a_mistake_launches_nothing(broker: RedisServer, transactional_db: None) -> None:
    def spoilt() -> Iterator[dict[str, Any]]:
        yield from ({} for _ in range(BATCH + 1))
        raise LookupError("the list ends in a mistake")

    with pytest.raises(LookupError):
        launching.launch_many(TASK, spoilt())
    with pytest.raises(TypeError):
        launching.launch_many(TASK, [*({} for _ in range(BATCH + 1)), {"it": object()}])
    with pytest.raises(ValueError, match="JSON compliant"):
        launching.launch_many(TASK, [{}, {"it": float("nan")}])
    assert not Job.objects.exists()
    assert broker.client.llen("default") == 0


def test_arguments_may_be_read_from_the_database(broker: RedisServer, transactional_db: None) -> None:
    launching.launch_many(TASK, [{} for _ in range(BATCH + 1)])
    again = launching.launch_many(TASK, ({} for _job in Job.objects.iterator()))
    assert len(again) == BATCH + 1


def test_what_exists_already_is_left_as_it_is(transactional_db: None) -> None:
    many = build(BATCH + 2)
    insert_jobs(many[-1:])
    Job.objects.update(worker="here")
    written = {job.id: job.worker for job in insert_jobs(job for job in many)}
    assert len(written) == len(many)
    assert written[many[-1].id] == "here"


def test_a_row_that_a_constraint_refuses_is_told_and_none_is_written(transactional_db: None) -> None:
    many = build(3)
    many[1].name = None  # type: ignore[assignment]
    with pytest.raises(IntegrityError):
        insert_jobs(many)
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
@on_a_server
def test_a_batch_is_marked_while_the_next_is_pushed_and_no_two_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    pushes = [threading.Event() for _ in range(5)]
    marks: list[int] = []

    def push(batch: Sequence[Job], now: datetime) -> list[str]:
        begun = sum(event.is_set() for event in pushes)
        assert begun - len(marks) <= 2
        pushes[begun].set()
        return [job.id for job in batch]

    def mark(ids: Sequence[str], pushed_at: datetime) -> None:
        following = len(marks) + 1
        assert following == len(pushes) or pushes[following].wait(30), "the next push waits for this mark"
        marks.append(len(ids))

    monkeypatch.setattr(publishing, "_publish_batch", push)
    monkeypatch.setattr(publishing, "mark_published", mark)
    assert publish(build(BATCH * 5)) == sum(marks) == BATCH * 5


@pytest.mark.django_db(transaction=True)
@on_a_server
def test_no_connection_is_left_open(broker: RedisServer) -> None:
    def sessions() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return int(cursor.fetchone()[0])

    before = sessions()
    gc.disable()  # which would close what was only forgotten
    try:
        for _ in range(3):
            publish(build(BATCH + 1))
        # A session that said goodbye is listed until its process has ended.
        wait_until(lambda: sessions() <= before, 10, "no more sessions than before")
    finally:
        gc.enable()


@pytest.mark.django_db(transaction=True)
@on_a_server
def test_without_a_second_connection_they_are_marked_on_the_first(
    broker: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mark(ids: Sequence[str], pushed_at: datetime) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise OperationalError("sorry, too many clients already")
        mark_published(ids, pushed_at)

    monkeypatch.setattr(publishing, "mark_published", mark)
    many = insert_jobs(build(BATCH * 2 + 1))
    assert publish(many) == len(many)
    assert not Job.objects.filter(published_at=None).exists()


@pytest.mark.django_db(transaction=True)
@on_a_server
def test_a_database_that_is_away_is_told(broker: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(ids: Sequence[str], pushed_at: datetime) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(publishing, "mark_published", refuse)
    with pytest.raises(OperationalError):
        publish(build(BATCH * 2 + 1))
    assert broker.client.llen("default") <= BATCH * 2  # not all of them pushed in vain
