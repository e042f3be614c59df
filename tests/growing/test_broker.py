"""A broker that is reached by TLS, or found through Sentinel: every road to it, with real processes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from projet.conf.broker import broker_tls, each_sentinel, sentinel_options
from tasks_app.models import Job, JobAttempt, State
from tests import warm
from tests.growing.brokers import MASTER, PASSWORD, Authority, Guarded, Redis, redis_with_tls
from tests.servers import ROOT, wait_until
from tests.stack import PYTHON, Stack

pytestmark = [pytest.mark.once, pytest.mark.timeout(300)]

LAUNCH = "from projet.celery import debug_task\nfor _ in range({count}): debug_task.delay()"
ASK = (
    "from tasks_app.monitor import broker_status; from tasks_app.broker.ping import _address; "
    "print(_address()); print(broker_status.product().split()[0], broker_status.depths(['default']))"
)
WHY_NOT = """
from tasks_app.monitor.broker_status import BROKER_ERRORS, product
try:
    product()
except BROKER_ERRORS as error:
    print(error)
"""
REPORT = (
    "from backoffice.reports.stack import look; from django.utils import timezone; "
    "told = look(timezone.now()); print(told.broker_answers, [q.depth for q in told.queues])"
)


# The brokers' fixtures come before `processes`: whatever a process asks for at its end is still there.


@pytest.fixture
def tls_redis(tmp_path: Path) -> Iterator[Redis]:
    server = redis_with_tls(tmp_path, Authority(tmp_path, "ours"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def guarded(redis_server: Any, tmp_path: Path) -> Iterator[Guarded]:
    made = Guarded(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.kill()


def shell(stack: Stack, script: str, **environment: str) -> str:
    """What a program of ours prints, in the environment of the processes."""
    command = ["manage.py", "shell", "-v", "0", "-c", script]
    done = warm.run(command, env=stack.environment | environment, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def all_succeeded(count: int) -> bool:
    return Job.objects.filter(state=State.SUCCEEDED).count() == count


# --- TLS ---------------------------------------------------------------------------------------------


@pytest.mark.stack
def test_jobs_travel_by_tls_and_everybody_who_asks_the_broker_does(
    tls_redis: Redis, processes: Stack, tmp_path: Path
) -> None:
    processes.environment |= {
        "CELERY_BROKER_URL": f"rediss://:{PASSWORD}@127.0.0.1:{tls_redis.port}/1",
        "BROKER_CA_FILE": str(tmp_path / "ours.pem"),
    }
    clock = processes.start_clock()
    shell(processes, LAUNCH.format(count=2))
    wait_until(
        lambda: Job.objects.filter(published_at__isnull=False).count() == 2, 60, "both to be published"
    )
    waiting, report = shell(processes, ASK), shell(processes, REPORT)
    assert waiting.splitlines() == [
        f"rediss://127.0.0.1:{tls_redis.port}/1",
        "Redis {'default': 2}",
    ]
    assert report == "True [0, 2, 0]"

    processes.start_worker()
    wait_until(lambda: all_succeeded(2), 60, "both jobs to run")
    ping = [str(PYTHON.parent / "celery"), "-A", "projet", "inspect", "ping"]
    pinged = warm.run(ping, env=processes.environment, cwd=ROOT)
    assert "pong" in pinged.stdout
    assert "cannot be asked" not in clock.tail(1000), "recovery speaks TLS too"


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_another_authority_vouches_for_is_not_believed(
    tls_redis: Redis, tmp_path: Path, processes: Stack
) -> None:
    processes.environment |= {
        "CELERY_BROKER_URL": f"rediss://:{PASSWORD}@127.0.0.1:{tls_redis.port}/1",
        "BROKER_CA_FILE": str(Authority(tmp_path, "another").file),
    }
    shell(processes, LAUNCH.format(count=1))
    assert Job.objects.get().published_at is None, "the row waits for a broker that proves who it is"
    assert "certificate verify failed" in shell(processes, WHY_NOT)
    assert tls_redis.client.llen("default") == 0


# --- Sentinel ----------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.stack
def test_a_failover_loses_no_job_and_repeats_none(guarded: Guarded, processes: Stack) -> None:
    processes.environment |= guarded.environment
    processes.start_worker()
    processes.start_clock()
    shell(processes, LAUNCH.format(count=5))
    wait_until(lambda: all_succeeded(5), 60, "the jobs before the failover")

    guarded.first.kill()
    shell(processes, LAUNCH.format(count=5))  # while there is no master
    guarded.await_new_master()
    guarded.sentinels[0].kill()  # the one that our addresses name first
    shell(processes, LAUNCH.format(count=5))

    wait_until(lambda: all_succeeded(15), 120, "the jobs after the failover")
    assert not JobAttempt.objects.exists(), "no job failed or was lost on the way"
    assert shell(processes, REPORT).startswith("True ")
    told = shell(processes, ASK)
    assert told.startswith("sentinel://127.0.0.1:")
    assert PASSWORD not in told


# --- Settings ----------------------------------------------------------------------------------------


def test_every_sentinel_gets_the_credentials_and_the_database_of_the_first() -> None:
    assert each_sentinel("sentinel://:p@a:1/2;sentinel://b:3;sentinel://:q@c/4") == (
        "sentinel://:p@a:1/2;sentinel://:p@b:3/2;sentinel://:q@c/4"
    )
    assert each_sentinel("redis://:p@a:1/2") == "redis://:p@a:1/2"


def test_tls_and_sentinel_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="BROKER_SENTINEL_MASTER is missing"):
        sentinel_options("sentinel://a", "", "", None)
    with pytest.raises(ImproperlyConfigured, match="write rediss://"):
        broker_tls("redis://a", "/ca.pem")
    assert sentinel_options("redis://a", MASTER, "", None) == {}
    assert broker_tls("redis://a", "") is None
    encrypted = broker_tls("sentinel://a", "/ca.pem")
    assert encrypted is not None
    asked = sentinel_options("sentinel://a", MASTER, "p", encrypted)["sentinel_kwargs"]
    assert (asked["ssl"], asked["ssl_ca_certs"], asked["password"]) == (True, "/ca.pem", "p")


def test_nobody_opens_a_connection_to_the_broker_past_the_line() -> None:
    """A client of one's own would know neither TLS nor Sentinel."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("projet", "tasks_app", "backoffice")
        for path in (ROOT / folder).rglob("*.py")
        if "local" not in path.relative_to(ROOT).parts  # whose Redis is its own
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Import) and any(one.name == "redis" for one in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module in ("redis", "redis.client", "redis.sentinel"))
    ]
    assert found == []
