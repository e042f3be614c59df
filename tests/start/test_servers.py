"""The tests' own servers do what other tests rely on."""

from __future__ import annotations

import urllib.request
from typing import Any

import psycopg
import pytest
from celery import current_app
from django.db import connection

from projet.local.services import http_status
from tests.servers import MotoServer, PostgresServer, RedisServer, wait_until


def test_the_private_redis_comes_back_on_the_same_port_and_empty(redis_server: RedisServer) -> None:
    redis_server.client.set("left", "behind")
    redis_server.kill()
    assert not redis_server.running
    redis_server.start()
    assert redis_server.client.get("left") is None


def test_celery_publishes_to_the_private_broker_and_finds_it_empty(broker: RedisServer) -> None:
    assert broker.client.dbsize() == 0
    with current_app.connection_for_write() as link:
        assert f":{broker.port}/" in link.as_uri()
        link.SimpleQueue("letters").put("hello")
    assert broker.client.llen("letters") == 1


def test_the_private_postgres_gives_an_empty_database_each_time(postgres: PostgresServer) -> None:
    for _ in range(2):
        with psycopg.connect(postgres.create_database("mine"), autocommit=True) as link:
            link.execute("CREATE TABLE only_once (id int)")


def test_the_stand_in_for_aws_answers(moto_server: MotoServer, moto_endpoint: str) -> None:
    assert http_status(f"{moto_endpoint}/moto-api/data.json") == 200
    with urllib.request.urlopen(f"{moto_endpoint}/moto-api/data.json") as answer:
        assert answer.status == 200


def test_a_condition_that_never_comes_says_what_was_awaited() -> None:
    with pytest.raises(AssertionError, match="in vain for: the moon"):
        wait_until(lambda: False, timeout=0.1, what="the moon")


@pytest.mark.stack
def test_a_worker_of_the_stack_reads_the_tests_database(processes: Any) -> None:
    worker = processes.start_worker()
    assert connection.settings_dict["NAME"] in processes.environment["DATABASE_URL"]
    assert worker.running
    assert worker.stop() == 0
