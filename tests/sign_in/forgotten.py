"""Somebody who forgot their password: asking for a link, the jobs that follow, and the mail."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from celery import current_app
from django.contrib.auth.models import User
from django.core import serializers
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_results.models import TaskResult

from backoffice.models import Message, PasswordLinkCount
from tasks_app.models import Job, JobAttempt, State
from tests.sign_in.conftest import HOME

ASK = "admin_password_reset"
STELLA, NOBODY = "stella@example.org", "nobody.we.know@example.org"
LINK = re.compile(r"(?P<site>https?://[^/\s]+)(?P<path>/admin/password-reset/\S+/(?P<token>\S+)/)")
WRITTEN_TO = (Job, JobAttempt, TaskResult, Message, PasswordLinkCount)


def stella_herself() -> User:
    return User.objects.create_user("stella", STELLA, "old-password-7", is_staff=True)


def ask(address: str = STELLA, at: str = HOME, **headers: str) -> Any:
    """The answer of the page where one asks for a link."""
    return Client().post(reverse(ASK), {"email": address}, REMOTE_ADDR=at, headers=headers)


def run_jobs() -> list[Job]:
    """What waits is run here, in a worker's place, and what follows from it too."""
    ran = []
    while job := Job.objects.filter(state=State.WAITING, available_at__lte=timezone.now()).first():
        current_app.tasks[job.name].apply(
            job.args, job.kwargs, task_id=job.pk, headers=job.message["headers"]
        )
        job.refresh_from_db()
        ran.append(job)
    return ran


def link_in(mail: bytes) -> re.Match[str]:
    found = LINK.search(message_from_bytes(mail, policy=policy.default).get_content())
    assert found
    return found


def links(outbox: Path) -> list[re.Match[str]]:
    """The link of each mail in the outbox."""
    return [link_in(one.read_bytes()) for one in outbox.glob("*.eml")]


def everything_stored() -> str:
    """Each row of each table that a request or its jobs may write to."""
    return serializers.serialize("json", [row for model in WRITTEN_TO for row in model.objects.all()])
