"""/healthz and /readyz: public, cheap, without secrets, and 503 only where this process cannot serve."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_app.broker.ping import ask_broker
from tasks_app.models import Node
from tasks_app.monitor.health import DATABASE, Level
from tasks_app.monitor.health.services import said_by
from tests.health.conftest import node
from tests.servers import RedisServer, wait_until

pytestmark = pytest.mark.django_db
STRANGER = {"host": "10.0.0.7"}  # headers: an orchestrator asks by address


def test_the_process_answers_without_asking_anybody(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/healthz", headers=STRANGER)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    assert answer["Cache-Control"] == "no-store"
    assert not queries
    assert not answer.cookies


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_a_web_process_is_a_node_until_it_says_goodbye(processes: Any) -> None:
    web = processes.start_web()
    seen = wait_until(Node.objects.filter(kind=Node.Kind.WEB, stopped_at=None).first, what="its heartbeat")
    assert seen.version == settings.VERSION
    web.stop()
    seen.refresh_from_db()
    assert seen.stopped_at is not None


def test_in_production_it_is_not_led_to_https(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz", headers=STRANGER).status_code == 200
    assert client.get("/admin/").status_code == 301


def test_without_broker_workers_and_clock_it_is_ready_and_degraded(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/readyz", headers=STRANGER)
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "degraded",
        "database": "ok",
        "workers": "failed",
        "clock": "failed",
        "broker": "failed",
    }
    asked = [one["sql"] for one in queries if one["sql"].startswith(("SELECT", "UPDATE"))]
    assert len(asked) == 5  # one of a clock that stands still, where there is none


def test_with_everything_there_it_is_ok(client: Client, broker: RedisServer) -> None:
    node("worker@one")
    node("clock@one", Node.Kind.CLOCK)
    # A broker that is slow to answer once, on a busy machine, is degraded for that once.
    wait_until(lambda: client.get("/readyz").json()["status"] == "ok")


def test_without_a_database_it_is_not_ready_and_says_nothing_of_where_it_is(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("could not connect to db.internal as app")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failed", "database": "failed", "broker": "failed"}


@pytest.fixture
def takes_no_changes(transactional_db: None) -> Iterator[None]:
    """The database reads only, as a replica does, or one whose disk was full."""
    sqlite = connection.vendor == "sqlite"
    on, off = (
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
        if sqlite
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    with connection.cursor() as cursor:
        cursor.execute(on)
        yield
        cursor.execute(off)


def test_a_database_that_takes_no_changes_is_not_ready_and_says_what_it_means(
    client: Client, takes_no_changes: None
) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "failed"
    [found] = [one for check in DATABASE if check.key == "database" for one in check.ask(timezone.now())]
    assert found.level is Level.FAILED
    assert "takes no changes" in found.sentence
    assert re.search("read.?only", found.sentence)


@pytest.mark.once
def test_a_lock_that_another_holds_is_no_refusal_and_is_not_waited_for(
    client: Client, transactional_db: None
) -> None:
    """As a long write beside it; the wait of 20 s that others have comes back afterwards."""
    with sqlite3.connect(connection.settings_dict["NAME"]) as other, connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        before = cursor.fetchone()
        other.execute("BEGIN IMMEDIATE")
        assert client.get("/readyz").json()["database"] == "ok"
        other.rollback()
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == before


def full(server: RedisServer) -> None:
    server.client.config_set("maxmemory", "1")


def a_replica(server: RedisServer) -> None:
    server.client.slaveof("127.0.0.1", 1)


def without_replicas(server: RedisServer) -> None:
    server.client.config_set("min-replicas-to-write", "1")


@pytest.mark.once
@pytest.mark.parametrize(
    ("refuse", "word"), [(full, "OOM|maxmemory"), (a_replica, "read only"), (without_replicas, "replicas")]
)
def test_a_broker_that_refuses_messages_is_seen_without_leaving_anything_there(
    client: Client, broker: RedisServer, refuse: Callable[[RedisServer], None], word: str
) -> None:
    try:
        refuse(broker)
        answer = ask_broker(5)
        assert answer.answered_in is not None
        assert re.search(word, answer.refuses)
        assert not answer.takes_messages
        cache.clear()
        found = client.get("/readyz").json()
        assert (found["status"], found["broker"]) == ("degraded", "failed")
        [refused, *_others] = [one for one in said_by(answer) if one.level is Level.FAILED]
        assert "takes no messages" in refused.sentence
    finally:
        broker.client.slaveof()
        broker.client.config_set("maxmemory", "0")
        broker.client.config_set("min-replicas-to-write", "0")
    assert ask_broker(5).takes_messages
    assert broker.client.keys() == []


def test_nothing_is_changed_by_a_probe(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
    assert client.head("/readyz").status_code == 200
