"""A secret argument lies in its job's row and message, and is told nowhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.contrib.admin.models import LogEntry
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse
from django_celery_results.models import TaskResult

from tasks_app import catalogue
from tasks_app.launching import launch
from tasks_app.logs import masking
from tasks_app.models import Job, JobAttempt, State
from tests.servers import RedisServer, wait_until
from tests.sign_in.secret_jobs import connect

PASSWORD = "Tr0ub4dor&\"'é\\x"
RECOGNISED = "Tr0ub4dor"  # in whatever spelling
INSPECTIONS = ("active", "reserved", "scheduled", "report", "conf", "stats", "revoked")


def launched(gate: Path, by: Any) -> Job:
    arguments = {"host": "host.example.org", "password": PASSWORD, "gate": str(gate)}
    return launch(connect.name, arguments, by=by)


class Events:
    """What workers tell Flower: Redis keeps it for whoever listens."""

    def __init__(self, broker: RedisServer) -> None:
        self.listener = broker.client.pubsub(ignore_subscribe_messages=True)
        self.listener.psubscribe("*celeryev*")
        self.texts: list[str] = []

    def told(self) -> str:
        """All events so far, as text."""
        while message := self.listener.get_message(timeout=0.1):
            self.texts.append(base64.b64decode(json.loads(message["data"])["body"]).decode())
        return "\n".join(self.texts)


def inspected(job: Job) -> str:
    """All that `celery inspect` tells while the job runs."""
    inspect = current_app.control.inspect(timeout=60, limit=1)
    active = wait_until(inspect.active, what="the worker to answer")
    assert [one["id"] for one in next(iter(active.values()))] == [job.pk]
    told = {name: getattr(inspect, name)() for name in INSPECTIONS}
    return json.dumps([active, told, inspect.query_task(job.pk)], default=str)


def pages(client: Client, job: Job) -> dict[str, str]:
    result = TaskResult.objects.get(task_id=job.pk)
    addresses = [
        reverse("admin:index"),
        reverse("admin:tasks_app_job_changelist"),
        *(
            reverse(f"admin:tasks_app_job_{name}", args=[job.pk])
            for name in ("change", "live", "history", "rerun", "correct")
        ),
        reverse("admin:django_celery_results_taskresult_changelist"),
        reverse("admin:django_celery_results_taskresult_change", args=[result.pk]),
        reverse("admin:admin_logentry_changelist"),
        reverse("admin:search") + "?s=connect",
        reverse("admin:launch"),
        reverse("admin:launch_form", args=["connect"]),
    ]
    answers = {address: client.get(address) for address in addresses}
    assert [address for address, answer in answers.items() if answer.status_code not in (200, 302)] == []
    return {address: answer.content.decode() for address, answer in answers.items()}


@pytest.mark.once
@pytest.mark.stack
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_secret_argument_is_told_nowhere_whatever_comes_of_its_job(
    processes: Any,
    person: Callable[[str], Any],
    tmp_path: Path,
    log_format: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(catalogue._kinds, connect.name, replace(catalogue._kinds[connect.name], listed=True))
    superuser = person("superuser")
    client = Client()
    client.force_login(superuser)
    worker = processes.start_worker(
        concurrency=1,
        DJANGO_SETTINGS_MODULE="tests.sign_in.secret_settings",
        LOG_FORMAT=log_format,
        LOG_LEVEL="DEBUG",
    )
    events = Events(processes.redis)
    for answer, state in (
        ("let in", State.SUCCEEDED),
        ("refuse", State.FAILED),
        ("once more", State.WAITING),
    ):
        gate = tmp_path / answer.replace(" ", "-")
        job = launched(gate, superuser)
        wait_until(lambda job=job: Job.objects.get(pk=job.pk).state == State.RUNNING, what="the run")
        told = {"inspect": inspected(job)}
        gate.write_text(answer)
        wait_until(lambda job=job, state=state: Job.objects.get(pk=job.pk).state == state, what=f"{state}")
        job.refresh_from_db()
        assert job.kwargs["password"] == PASSWORD, "it is what is run"
        told |= pages(client, job)
        told["job"] = f"{job.error} {job.about} {job.progress_note}"
        told["result"] = str(model_to_dict(TaskResult.objects.get(task_id=job.pk)))
        told["attempts"] = str([model_to_dict(one) for one in JobAttempt.objects.filter(job=job)])
        told["audit log"] = str([model_to_dict(one) for one in LogEntry.objects.all()])
        if state != State.SUCCEEDED:
            assert "host.example.org refused" in job.error
            assert masking.MASK in job.error
            assert "host.example.org refused" in told["attempts"]
        check(told)
    for kind in ("task-succeeded", "task-failed", "task-retried"):
        wait_until(lambda kind=kind: f'"{kind}"' in events.told(), what=f"the event {kind}")
    check({"events": events.told()})
    worker.stop()
    log = worker.log.read_text()
    assert "host.example.org refused" in log
    check({"log": log})


def check(told: dict[str, str]) -> None:
    for place, text in told.items():
        found = text.find(RECOGNISED)
        assert found < 0, f"{place}: …{text[max(0, found - 200) : found + 60]}…"


def test_numbers_and_lists_are_found_in_each_spelling_and_short_ones_are_left() -> None:
    secrets = masking.spellings([{"card": 41111111}, ["naïve", "12"], True, None])
    told = {"a": ["card 41111111", 41111111, ("na\\u00efve", "naïve")], "n": 12}
    assert masking.masked(told, secrets) == {"a": ["card •••", "•••", ["•••", "•••"]], "n": 12}
