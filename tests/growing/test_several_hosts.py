"""Two web hosts, three workers and two clocks, on one database, one broker and one bucket."""

from __future__ import annotations

import os
import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from projet.local.programs import find_redis_server, free_port
from projet.local.services import http_status
from tests.growing.conftest import BUCKET
from tests.growing.hosts import Network
from tests.made_once import migrated_on
from tests.servers import PostgresServer, Process, wait_until

pytestmark = [pytest.mark.once, pytest.mark.stack, pytest.mark.timeout(600)]

PREPARE = """
from django.contrib.auth.models import User
from django.test import Client
from django_celery_beat.models import IntervalSchedule, PeriodicTask
PeriodicTask.objects.update(enabled=False)
PeriodicTask.objects.create(name="Often", task="projet.celery.debug_task",
    interval=IntervalSchedule.objects.create(every=2, period="seconds"))
client = Client()
client.force_login(User.objects.create_superuser("root"))
print(client.cookies["sessionid"].value)
"""
LAUNCH = """
from projet.celery import debug_task
from tasks_app.launching import launch
for _ in range(40): debug_task.delay()
print(launch("tasks_app.tasks.rapport_pdf", {"type": "overview"}).pk)
"""


class Shared:
    """What all hosts reach over the network: PostgreSQL, Redis, a bucket."""

    def __init__(self, network: Network, folder: Path) -> None:
        at = network.address
        self.postgres = PostgresServer()
        self.postgres.command[self.postgres.command.index("listen_addresses=127.0.0.1")] = (
            f"listen_addresses=127.0.0.1,{at}"
        )
        with (self.postgres.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {at}/24 trust\n")
        port, files = free_port(), free_port()
        redis = [find_redis_server(), "--bind", at, "--port", port, "--save", "", "--dir", folder]
        redis += ["--requirepass", "of-redis"]
        self.broker = Process("redis", redis, folder / "redis.log", lambda: True)
        moto = [sys.executable, "-m", "moto.server", "-H", at, "-p", str(files)]
        self.endpoint = f"http://{at}:{files}"
        self.bucket = Process(
            "moto",
            moto,
            folder / "moto.log",
            lambda: http_status(f"{self.endpoint}/moto-api/data.json") == 200,
        )
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
            "DJANGO_SETTINGS_MODULE": "projet.settings",
            "ENVIRONMENT": "local",
            "ALLOWED_HOSTS": ",".join(f"{at.rpartition('.')[0]}.{number}" for number in range(1, 20)),
            "DATABASE_URL": f"postgres://backoffice@{at}:{self.postgres.port}/office",
            "CELERY_BROKER_URL": f"redis://:of-redis@{at}:{port}/1",
            "STORAGE_URL": f"s3://{BUCKET}",
            "S3_ENDPOINT_URL": self.endpoint,
        }

    def start(self) -> None:
        self.postgres.start()
        migrated_on(self.postgres, "office")
        self.broker.start()
        self.bucket.start()
        boto3.client("s3", endpoint_url=self.endpoint, region_name="eu-west-3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"}
        )

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.postgres.url("office")) as connection:
            return connection.execute(query).fetchall()

    def value(self, query: str) -> Any:
        return self.rows(query)[0][0]

    def remove(self) -> None:
        self.broker.kill()
        self.bucket.kill()
        self.postgres.remove()


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.remove()


@pytest.fixture
def shared(
    network: Network, postgres: Any, redis_server: Any, django_db_blocker: Any, tmp_path: Path
) -> Iterator[Shared]:
    """`postgres` and `redis_server` are named for machines that lack their programs."""
    made = Shared(network, tmp_path)
    try:
        with django_db_blocker.unblock():
            made.start()
        yield made
    finally:
        made.remove()


def page(url: str, session: str) -> bytes:
    request = urllib.request.Request(url, headers={"Cookie": f"sessionid={session}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())


def test_all_work_is_done_once_whoever_does_it(network: Network, shared: Shared, tmp_path: Path) -> None:
    names = ["web1", "web2", "worker1", "worker2", "worker3", "clock1", "clock2"]
    hosts = {name: network.host(name, tmp_path, shared.environment) for name in names}
    hosts["web1"].run("seed")
    webs = [hosts[name].start_web() for name in ("web1", "web2")]
    for name in names[2:5]:
        hosts[name].start_worker()
    session = hosts["web1"].run("shell", "-v", "0", "-c", PREPARE)
    for name in names[5:]:
        hosts[name].start_clock()
    alive = "SELECT count(*) FROM tasks_app_node WHERE stopped_at IS NULL AND kind = "
    wait_until(lambda: shared.value(f"{alive}'worker'") == 3, 120, "three workers")
    wait_until(lambda: shared.value(f"{alive}'clock'") == 2, 120, "two clocks")

    order = hosts["web2"].run("shell", "-v", "0", "-c", LAUNCH)
    open_jobs = "SELECT count(*) FROM tasks_app_job WHERE scheduled_for IS NULL AND state != 'succeeded'"
    wait_until(lambda: shared.value(open_jobs) == 0, 180, "all that was launched")
    slots = "SELECT count(*) FROM tasks_app_job WHERE scheduled_for IS NOT NULL AND state = 'succeeded'"
    wait_until(lambda: shared.value(slots) >= 5, 120, "five times of the schedule")

    # A report that one worker made goes out through both webs: neither has its file.
    [(report,)] = shared.rows(f"SELECT id FROM backoffice_report WHERE job_id = '{order}'")  # noqa: S608 - an id of ours
    for web in webs:
        wait_until(lambda web=web: http_status(f"{web}/admin/login/") == 200, 120, web)
        assert page(f"{web}/admin/backoffice/report/{report}/download/", session).startswith(b"%PDF-")
        shown = page(f"{web}/admin/queues/", session).decode()
        seen = shared.rows("SELECT name FROM tasks_app_node WHERE kind IN ('worker', 'clock')")
        assert len(seen) == 5
        assert all(re.search(re.escape(name), shown) for (name,) in seen), "the page shows every node"

    # A worker and a clock are cut off: the others go on.
    hosts["worker1"].cut_off()
    hosts["clock1"].cut_off()
    made = shared.value(slots)
    wait_until(lambda: shared.value(slots) >= made + 5, 180, "the schedule to go on")

    assert shared.value("SELECT count(*) - count(DISTINCT (schedule_id, moment)) FROM tasks_app_slot") == 0
    twice = (
        "SELECT count(*) FROM (SELECT scheduled_for FROM tasks_app_job "
        "WHERE scheduled_for IS NOT NULL GROUP BY scheduled_for HAVING count(*) > 1) AS twice"
    )
    assert shared.value(twice) == 0, "one job for each time of the schedule"
    ran = shared.value("SELECT count(*) FROM django_celery_results_taskresult WHERE status = 'SUCCESS'")
    assert ran >= 41 + 10
