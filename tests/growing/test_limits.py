"""No job may take a worker for ever, nor all of its memory."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings

from tasks_app import tasks
from tasks_app.catalogue import kinds
from tests.start.test_refusals import ROOT, environment

pytestmark = pytest.mark.once


def read_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **given: str) -> dict[str, Any]:
    for name, value in environment(tmp_path, ENVIRONMENT="local", **given).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "projet" / "settings.py"))


@pytest.mark.parametrize("name", [kind.name for kind in kinds()])
def test_every_kind_of_job_has_a_hard_time_limit(name: str) -> None:
    task = current_app.tasks[name]
    hard = task.time_limit or current_app.conf.task_time_limit
    assert hard, "a job that hangs would hold its worker for ever"
    assert hard <= settings.CELERY_TASK_TIME_LIMIT
    if task.soft_time_limit:
        assert task.soft_time_limit < hard, "the soft limit would never be heard"


def test_a_process_that_has_grown_is_replaced_after_its_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "CELERY_WORKER_MAX_MEMORY_PER_CHILD"
    assert read_settings(tmp_path, monkeypatch)[name] == 1024 * 1024
    assert read_settings(tmp_path, monkeypatch, WORKER_MAX_MEMORY_MB="300")[name] == 300 * 1024
    assert read_settings(tmp_path, monkeypatch, WORKER_MAX_MEMORY_MB="0")[name] is None


def test_reports_wait_in_a_queue_of_their_own_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queue_of(found: dict[str, Any]) -> str:
        return str(found["CELERY_TASK_ROUTES"][0][tasks.rapport_pdf.name]["queue"])

    assert queue_of(read_settings(tmp_path, monkeypatch)) == "default"
    assert queue_of(read_settings(tmp_path, monkeypatch, PDF_QUEUE="pdf")) == "pdf"
