"""Old and new side by side: jobs that only one of them knows, forms that changed, tables that stay open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from tasks_app import catalogue
from tasks_app.launching import start
from tasks_app.ledger.new_job import build_job
from tasks_app.models import Job, State
from tests.pages.work import a_job
from tests.servers import wait_until
from tests.stack import Stack

NAME = "tests.growing.of_the_next_version"


@pytest.mark.stack
@pytest.mark.timeout(300)
def test_a_job_only_the_new_workers_know_waits_for_them(processes: Stack) -> None:
    processes.start_worker("old", DJANGO_SETTINGS_MODULE="tests.growing.old_version")
    processes.start_clock()
    job = start(build_job(NAME))

    def refused() -> bool:
        job.refresh_from_db()
        return job.state == State.WAITING and job.available_at > job.created_at

    wait_until(refused, 60, "the old worker to put it back")
    processes.start_worker("new", DJANGO_SETTINGS_MODULE="tests.growing.new_version")

    def done() -> bool:
        job.refresh_from_db()
        return job.state == State.SUCCEEDED

    wait_until(done, 120, "the new worker to run it")
    assert job.worker.startswith("new@")


@pytest.mark.django_db
def test_a_job_this_version_does_not_know_says_so(admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:tasks_app_job_change", args=[a_job(name=NAME).pk]))
    assert f"This version has no job “{NAME}”" in page.content.decode()


class NewForm(forms.Form):
    """Of the job as this version has it: `reader` was `user_id` before, and `language` is new."""

    reader = forms.CharField(label="Reader")
    language = forms.CharField(label="Language")
    copies = forms.IntegerField(label="Copies", initial=1)


@pytest.fixture
def changed_form(monkeypatch: pytest.MonkeyPatch) -> str:
    name = "projet.celery.debug_task"
    kind = catalogue.kind_of(name)
    assert kind is not None
    monkeypatch.setitem(catalogue._kinds, name, replace(kind, form=NewForm))
    return name


@pytest.mark.django_db
def test_a_job_from_before_is_shown_explained_and_corrected(admin_client: Client, changed_form: str) -> None:
    old = a_job(State.FAILED, name=changed_form, kwargs={"user_id": 7, "reader": "Ada"})
    gone, asked = "no longer takes: user_id", "now also needs: Language"
    for page in ("change", "rerun", "correct"):
        shown = admin_client.get(reverse(f"admin:tasks_app_job_{page}", args=[old.pk])).content.decode()
        assert gone in shown, page
        assert asked in shown, page
        assert "Copies" not in shown or page == "correct", "what has a default asks for nothing"
    assert 'value="Ada"' in shown, "the form is filled in with what still fits"

    form = {"reader": "Ada", "language": "fr", "copies": 2, "launch_key": "k", "do": "launch"}
    address = reverse("admin:tasks_app_job_correct", args=[old.pk])
    assert admin_client.post(address, {**form, "language": ""}).status_code == 200
    admin_client.post(address, form)
    again = Job.objects.get(rerun_of=old)
    assert again.kwargs == {"reader": "Ada", "language": "fr", "copies": 2}


@pytest.mark.django_db
def test_a_job_that_fits_says_nothing(admin_client: Client, changed_form: str) -> None:
    fits = a_job(State.FAILED, name=changed_form, kwargs={"reader": "Ada", "language": "fr"})
    shown = admin_client.get(reverse("admin:tasks_app_job_change", args=[fits.pk])).content.decode()
    assert "no longer takes" not in shown
    assert "now also needs" not in shown
