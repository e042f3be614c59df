"""What a worker's main process takes from the broker, and what it tells of its jobs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from kombu import Consumer, Producer, Queue
from kombu.asynchronous import Hub

from projet.celery import app
from tasks_app import launching
from tasks_app.broker.lost_messages import MARKER, find_what_the_broker_lost
from tasks_app.models import Job
from tasks_app.worker import consumer, taken_messages
from tests.servers import RedisServer

QUEUE = "default"
NOTES = "unacked"  # kombu's, of what was taken


@pytest.fixture
def line(broker: RedisServer) -> Iterator[Any]:
    """A connection as a worker reads by; `.taken` are its messages, not acknowledged."""
    taken_messages.install()
    with app.connection_for_read() as connection:
        taken: list[Any] = []
        queue = Queue(QUEUE, routing_key=QUEUE)
        with Consumer(connection, [queue], on_message=taken.append, accept=["json"]):
            yield SimpleNamespace(connection=connection, taken=taken, channel=connection.default_channel)


def take_a_job(line: Any) -> Any:
    launching.launch("projet.celery.debug_task", {})
    line.connection.drain_events(timeout=5)
    return line.taken[-1]


def take_a_foreign_message(line: Any) -> Any:
    with app.connection_for_write() as connection:
        Producer(connection).publish({}, routing_key=QUEUE, headers={"id": "theirs", "task": "theirs"})
    line.connection.drain_events(timeout=5)
    return line.taken[-1]


def test_the_message_of_a_worker_that_died_before_the_claim_is_published_again(
    broker: RedisServer, transactional_db: None, line: Any
) -> None:
    """A note of it in the broker would count as taken for twelve hours (`visibility_timeout`)."""
    take_a_job(line)
    broker.client.set(MARKER, "1")
    Job.objects.update(published_at=timezone.now() - timedelta(minutes=1))
    assert find_what_the_broker_lost(timezone.now()) == 1


def test_a_message_of_ours_that_is_put_back_waits_in_its_queue_once(
    broker: RedisServer, transactional_db: None, line: Any
) -> None:
    take_a_job(line).requeue()
    assert broker.client.llen(QUEUE) == 1
    line.connection.drain_events(timeout=5)
    assert line.taken[-1].headers["redelivered"]
    line.taken[-1].ack()
    line.channel.qos.restore_unacked_once()
    assert broker.client.llen(QUEUE) == 0


def test_what_a_worker_that_leaves_has_not_acknowledged_goes_back_to_the_queue(
    broker: RedisServer, transactional_db: None, line: Any
) -> None:
    acknowledged, _kept = take_a_job(line), take_a_job(line)
    acknowledged.ack()
    theirs = take_a_foreign_message(line)
    assert broker.client.hlen(NOTES) == 1  # it has no row yet: the note is all that speaks of it
    line.channel.qos.restore_unacked_once()
    assert broker.client.hlen(NOTES) == 0
    assert broker.client.llen(QUEUE) == 2
    assert theirs.headers["id"] in str(broker.client.lrange(QUEUE, 0, -1))


def test_a_foreign_message_is_noted_in_the_broker_until_it_is_acknowledged_or_refused(
    broker: RedisServer, db: None, line: Any
) -> None:
    first, second = take_a_foreign_message(line), take_a_foreign_message(line)
    first.ack()
    assert broker.client.hlen(NOTES) == 1
    second.reject()
    assert broker.client.hlen(NOTES) == 0


def test_the_time_limits_of_jobs_that_ended_are_kept_no_longer_and_the_others_in_order() -> None:
    busy = consumer.JobConsumer.__new__(consumer.JobConsumer)
    busy.hub = Hub()
    limits = [busy.hub.call_later(delay, print) for delay in (900, 100, 500, 300, 700)]
    for ended in limits[:2]:
        ended.cancel()
    busy.drop_cancelled_timers()
    timer = busy.hub.timer
    assert len(timer) == 3
    assert timer.queue[0].entry is limits[3]


def test_events_of_many_jobs_leave_together_and_a_lost_connection_holds_none_up() -> None:
    flushed: list[int] = []
    hub = Hub()
    busy = consumer.JobConsumer.__new__(consumer.JobConsumer)
    busy.hub, busy.event_dispatcher = hub, SimpleNamespace(flush=lambda: flushed.append(1))
    for _ in range(3):
        busy.on_send_event_buffered()
    assert len(hub.timer) == 1
    busy.next_flush.cancel()  # as Celery does with all that a connection that was lost had planned
    busy.on_send_event_buffered()
    hub.timer.apply_entry(busy.next_flush)
    assert flushed == [1]
    busy.on_send_event_buffered()
    assert not busy.next_flush.canceled
