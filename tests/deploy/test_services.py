"""The services of docker-compose.yml and the units live: started, healthy, at work, stopped. Once, as they
are costly."""

from __future__ import annotations

import base64
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.deploy import reading
from tests.deploy.running import Services, Units
from tests.servers import PostgresServer, wait_until

pytestmark = [pytest.mark.once, pytest.mark.stack, pytest.mark.timeout(400)]

REPORT = "tasks_app.tasks.rapport_pdf"
# A report whose language is declared a secret, launched from the web's environment.
LAUNCH = f"""
from dataclasses import replace
from tasks_app import catalogue
from tasks_app.launching import launch, wait
catalogue._kinds["{REPORT}"] = replace(catalogue.kind_of("{REPORT}"), secret=frozenset(["language"]))
job = launch("{REPORT}", {{"type": "overview", "format": "pdf", "language": "fr"}}, by=None)
print(job.pk, wait(job, 90).state)
"""


@pytest.fixture(params=[Services, Units], ids=["compose", "systemd"])
def services(
    request: Any,
    postgres: PostgresServer,
    tmp_path: Path,
    migrated_postgres: Callable[[str], str],
    static: Path,
) -> Iterator[Services]:
    made: Services = request.param(postgres, tmp_path, static)
    if request.param is Units:  # compose migrates an empty one
        migrated_postgres("deployed")
    yield made
    made.kill()


@pytest.mark.usefixtures("redis_server")  # named for machines that have no Redis at all
def test_the_services_start_become_healthy_work_and_leave_no_process(services: Services) -> None:
    services.start("redis")
    services.await_health("redis")
    done = services.run("migrate")
    assert done.returncode == 0, done.stdout + done.stderr
    started = ["web", "worker", "worker-pdf", "beat", "flower"]
    for service in started:
        services.start(service)
    for service in started:
        services.await_health(service)

    check_redis_asks_for_its_password(services)
    check_flower_shows_the_workers_and_hides_secrets(services)

    for service in [*reversed(started), "redis"]:
        code, left = services.stop(service)
        assert (service, code, left) == (service, 0, [])


def check_redis_asks_for_its_password(services: Services) -> None:
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=services.ports["redis"]).ping()
    password = reading.FILLED_IN["REDIS_PASSWORD"]
    client = redis.Redis(port=services.ports["redis"], password=password, decode_responses=True)
    assert client.config_get("*")["maxmemory-policy"] == "noeviction"


def check_flower_shows_the_workers_and_hides_secrets(services: Services) -> None:
    flower = Flower(services.ports["flower"])
    assert flower.status("/api/workers", signed_in=False) == 401
    assert flower.status("/", signed_in=False) == 401
    here = socket.gethostname()
    name = f"pdf@{here}"  # reports are made by the worker of their own
    both = {f"worker1@{here}": True, name: True}
    wait_until(lambda: flower.json("/api/workers?status=true") == both, what="Flower to see both workers")

    task_id, state = services.run(
        "web", "python", "manage.py", "shell", "-v", "0", "-c", LAUNCH
    ).stdout.split()
    assert state == "succeeded"
    task = wait_until(
        lambda: ended(flower.json(f"/api/task/info/{task_id}")), what="Flower to see the job end"
    )
    assert (task["name"], task["worker"]) == (REPORT, name)
    assert json.loads(task["kwargs"]) == {"type": "overview", "format": "pdf", "language": "•••"}

    pages = ["/", f"/worker/{name}", f"/task/{task_id}", "/broker", "/tasks"]
    for page in pages:
        assert reading.FILLED_IN["REDIS_PASSWORD"] not in flower.text(page), page


def ended(task: dict[str, Any]) -> dict[str, Any]:
    return task if task.get("state") == "SUCCESS" else {}


class Flower:
    """Flower as the person sees it whose name and password are in the settings."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        secret = base64.b64encode(reading.FILLED_IN["FLOWER_BASIC_AUTH"].encode()).decode()
        self.headers = {"Authorization": f"Basic {secret}"}

    def text(self, page: str, *, signed_in: bool = True) -> str:
        request = urllib.request.Request(self.url + page, headers=self.headers if signed_in else {})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return str(answer.read().decode())

    def json(self, page: str) -> dict[str, Any]:
        """What the page says; {} while Flower does not know what is asked."""
        found: dict[str, Any] = {} if self.status(page) == 404 else json.loads(self.text(page))
        return found

    def status(self, page: str, *, signed_in: bool = True) -> int:
        try:
            self.text(page, signed_in=signed_in)
        except urllib.error.HTTPError as error:
            return error.code
        return 200
