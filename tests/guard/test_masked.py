"""A masked argument is read nowhere else: not in a problem, a result, a note of progress or a broken text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import PeriodicTask
from django_celery_results.models import TaskResult

from tasks_app import catalogue
from tasks_app.logs.masking import mask_here
from tasks_app.models import Job, State
from tasks_app.schedules.job_of_schedule import problem_of
from tests.pages.rows import make_schedule
from tests.pages.work import DEBUG, a_job

pytestmark = pytest.mark.django_db

KEY = "sk-4711-secret"


class KeyForm(forms.Form):
    api_key = forms.ChoiceField(choices=[("one", "One")])


@pytest.fixture(autouse=True)
def _a_kind_with_a_secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    kind = catalogue.kind_of(DEBUG)
    assert kind is not None
    changed = replace(kind, secret=frozenset({"api_key"}), form=KeyForm, variants=None)
    monkeypatch.setitem(catalogue._kinds, DEBUG, changed)
    yield
    mask_here(())


def pages_of(client: Client, *addresses: str) -> str:
    return unescape("".join(client.get(address).content.decode() for address in addresses))


def schedule(**values: Any) -> PeriodicTask:
    row = make_schedule()
    PeriodicTask.objects.filter(pk=row.pk).update(task=DEBUG, **values)
    row.refresh_from_db()
    return row


def test_a_problem_that_quotes_what_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    from celery import current_app

    monkeypatch.setattr(current_app.tasks[DEBUG], "run", lambda api_key="": None)
    said = str(problem_of(schedule(kwargs=json.dumps({"api_key": KEY}))))
    assert "Api key" in said
    assert KEY not in said


@pytest.mark.parametrize("kwargs", ['{"api_key": "' + KEY, f'["{KEY}"]', f'"{KEY}"', KEY])
@pytest.mark.parametrize("role", ["Staff", "Support", "superuser"])
def test_arguments_that_are_no_json(kwargs: str, role: str, signed_in: Callable[[str], Client]) -> None:
    row = schedule(kwargs=kwargs)
    names = ("change", "history")
    addresses = [reverse(f"admin:django_celery_beat_periodictask_{name}", args=[row.pk]) for name in names]
    client = signed_in(role)
    shown = pages_of(client, *addresses, reverse("admin:django_celery_beat_periodictask_changelist"))
    assert KEY not in shown


def test_a_result_that_returns_what_it_was_given(signed_in: Callable[[str], Client]) -> None:
    job = a_job(State.SUCCEEDED, kwargs={"api_key": KEY})
    result = TaskResult.objects.create(
        task_id=job.pk, status="SUCCESS", result=json.dumps({"used": KEY, "n": 1})
    )
    shown = pages_of(
        signed_in("Support"),
        reverse("admin:tasks_app_job_change", args=[job.pk]),
        reverse("admin:django_celery_results_taskresult_change", args=[result.pk]),
    )
    assert "used" in shown
    assert KEY not in shown


def test_no_list_or_export_has_a_column_of_arguments(signed_in: Callable[[str], Client]) -> None:
    a_job(State.FAILED, kwargs={"api_key": KEY}, message={"kwargs": {"api_key": KEY}})
    schedule(kwargs=json.dumps({"api_key": KEY}))
    client = signed_in("superuser")
    names = (
        "tasks_app_job",
        "django_celery_results_taskresult",
        "django_celery_beat_periodictask",
        "admin_logentry",
    )
    assert KEY not in pages_of(client, *(reverse(f"admin:{name}_changelist") for name in names))
    assert Job.objects.exists()
