"""Messages that the broker lost, among many that it did not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tasks_app import launching
from tasks_app.broker import lost_messages
from tasks_app.broker.lost_messages import MARKER, find_what_the_broker_lost
from tasks_app.broker.publishing import broker_channel
from tasks_app.clock.recovery import recover
from tasks_app.ledger import causes, transitions
from tasks_app.ledger.failure import because
from tasks_app.models import Job, State
from tests.servers import RedisServer

QUEUE = "default"


@pytest.fixture
def published(broker: RedisServer, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids of ten jobs whose messages are in the queue; it is read by three at a time."""
    monkeypatch.setattr(lost_messages, "CHUNK", 3)
    monkeypatch.setattr(lost_messages, "BATCH", 2)
    launching.launch_many("projet.celery.debug_task", [{}] * 10)
    Job.objects.update(published_at=timezone.now() - timedelta(minutes=1))
    broker.client.set(MARKER, "1")
    return set(Job.objects.values_list("id", flat=True))


def unpublished() -> set[str]:
    return set(Job.objects.filter(published_at=None).values_list("id", flat=True))


def test_a_queue_is_read_in_chunks_and_only_what_is_missing_is_put_back(
    broker: RedisServer, published: set[str]
) -> None:
    for _ in range(4):
        broker.client.lpop(QUEUE)
    broker.client.delete(MARKER)
    assert find_what_the_broker_lost(timezone.now()) == 4
    assert len(unpublished()) == 4
    assert broker.client.exists(MARKER)
    assert recover(timezone.now() + timedelta(seconds=2)).published == 4
    assert broker.client.llen(QUEUE) == 10


def test_what_was_published_in_the_second_before_the_broker_was_emptied_is_found_at_the_second_look(
    broker: RedisServer, transactional_db: None
) -> None:
    launching.launch_many("projet.celery.debug_task", [{}] * 10)
    broker.client.flushall()
    now = timezone.now()
    looks = [find_what_the_broker_lost(now + timedelta(seconds=later)) for later in (0, 1, 3, 4)]
    assert looks == [0, 0, 10, 0]


def test_two_clocks_that_look_at_once_leave_the_second_look_to_come(
    broker: RedisServer, transactional_db: None
) -> None:
    launching.launch_many("projet.celery.debug_task", [{}] * 10)
    broker.client.flushall()
    now = timezone.now()
    with broker_channel() as channel:
        one, other = lost_messages._Broker(channel), lost_messages._Broker(channel)
        assert [one.was_emptied(now), other.was_emptied(now)] == [True, True]
        one.mark(now)
        other.mark(now)
    assert find_what_the_broker_lost(now + timedelta(seconds=3)) == 10


@pytest.mark.parametrize("back", [timedelta(seconds=3), timedelta(hours=1), timedelta(days=400)])
def test_the_second_look_waits_for_no_hour_that_is_far_off_after_the_time_went_back(
    broker: RedisServer, transactional_db: None, back: timedelta
) -> None:
    now = timezone.now()
    with broker_channel() as channel:
        lost_messages._Broker(channel).mark(now + back)
    launching.launch_many("projet.celery.debug_task", [{}] * 10)
    Job.objects.update(published_at=now - timedelta(minutes=1))
    broker.client.delete(QUEUE)
    assert [find_what_the_broker_lost(now) for _ in range(2)] == [10, 0]
    assert broker.client.get(MARKER) == lost_messages.LOOKED.encode()


def test_a_broker_that_is_emptied_during_the_second_look_is_looked_at_anew(broker: RedisServer) -> None:
    now = timezone.now()
    with broker_channel() as channel:
        lost_messages._Broker(channel).mark(now)
        second = lost_messages._Broker(channel)
        assert second.was_emptied(now + timedelta(seconds=3))
        broker.client.flushall()
        second.mark(now + timedelta(seconds=3))
        assert lost_messages._Broker(channel).was_emptied(now + timedelta(seconds=4))


@pytest.mark.parametrize("payload", ["hello", "[]", "7", '{"headers": null}'])
def test_what_others_put_into_a_queue_hides_no_loss(
    broker: RedisServer, published: set[str], payload: str
) -> None:
    broker.client.rpop(QUEUE)
    broker.client.rpush(QUEUE, payload)  # the next to be taken
    broker.client.hset("unacked", "its tag", payload)
    assert find_what_the_broker_lost(timezone.now()) == 1


def test_what_a_worker_has_taken_is_not_missing(broker: RedisServer, published: set[str]) -> None:
    payload = broker.client.rpop(QUEUE).decode()
    broker.client.hset("unacked", "its tag", f'[{payload}, "", "{QUEUE}"]')
    broker.client.delete(MARKER)
    assert find_what_the_broker_lost(timezone.now()) == 0


def test_a_tick_without_time_puts_back_a_part_and_the_next_ones_the_rest(
    broker: RedisServer, published: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_messages, "FINDING_TIME", -1.0)
    broker.client.flushall()
    assert [find_what_the_broker_lost(timezone.now()) for _ in range(3)] == [2, 2, 2]
    assert not broker.client.exists(MARKER)  # until the last is found
    assert [find_what_the_broker_lost(timezone.now()) for _ in range(3)] == [2, 2, 0]
    assert broker.client.exists(MARKER)
    assert unpublished() == published


@pytest.mark.parametrize("due", [timezone.now() + timedelta(hours=1), None], ids=["a retry", "handed over"])
def test_an_old_message_at_a_worker_of_an_older_release_brings_no_job_forward(db: None, due: Any) -> None:
    job = launching.launch("projet.celery.debug_task", {})
    Job.objects.filter(id=job.id).update(available_at=due)
    assert transitions.put_off(
        job.id, timezone.now() + timedelta(seconds=30), because(causes.NOT_KNOWN_YET(name="t"))
    )
    job.refresh_from_db()
    assert (job.state, job.available_at, job.published_at, job.error) == (State.WAITING, due, None, "")
