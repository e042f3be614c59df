"""docs/how-to/add-a-job.md, followed to the letter: its function, then the page and its command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.test import Client
from django_celery_results.models import TaskResult

from backoffice.models import Recipient
from tasks_app import catalogue, tasks
from tasks_app.models import Job, State
from tests.how_to.guides import Guide

NAME = "tasks_app.tasks.count_recipients"


@pytest.fixture
def guide() -> Iterator[Guide]:
    """The guide, its code run as the end of tasks.py; forgotten afterwards."""
    guide = Guide("add-a-job.md")
    exec(compile(guide.block("python"), "add-a-job.md", "exec"), dict(vars(tasks)))  # noqa: S102
    yield guide
    del catalogue._kinds[NAME]
    current_app.tasks.unregister(NAME)


def test_the_guides_job_is_launched_from_its_page_and_from_the_command_line(
    guide: Guide, eager: None, admin_client: Client
) -> None:
    Recipient.objects.create(email="anne@example.org", language="fr")
    assert "Count recipients" in admin_client.get("/admin/launch/").content.decode()
    page = admin_client.get("/admin/launch/count_recipients/")
    assert "French" in page.content.decode()
    sent = admin_client.post("/admin/launch/count_recipients/", {"language": "fr", "launch_key": "a-key"})
    assert sent.status_code == 302
    assert "succeeded" in guide.run_its_command().lower()
    by_page, by_command = Job.objects.filter(name=NAME, state=State.SUCCEEDED, about="fr").order_by(
        "created_at"
    )
    assert (by_page.queue, by_command.queue) == ("low", "low")
    assert '"recipients": 1' in TaskResult.objects.get(task_id=by_page.id).result


def test_only_those_with_its_permission_may_launch_the_guides_job(
    guide: Guide, client: Client, django_user_model: Any
) -> None:
    client.force_login(django_user_model.objects.create_user("nobody@example.org", is_staff=True))
    assert client.get("/admin/launch/count_recipients/").status_code == 403
