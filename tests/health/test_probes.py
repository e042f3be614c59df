"""/healthz and /readyz: public, cheap, without secrets, and 503 only where this process cannot serve."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tasks_app.models import Node
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
    assert len(queries) == 4  # one of a clock that stands still, where there is none


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


def test_nothing_is_changed_by_a_probe(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
    assert client.head("/readyz").status_code == 200
