"""Fixtures of reports: files in a folder of their own, jobs and messages at known moments."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission

from backoffice.models import Message
from tasks_app.models import Job, State

_ids = itertools.count(1)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """Where report files go."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def add_job(db: None) -> Callable[..., Job]:
    def add(at: datetime, state: State = State.SUCCEEDED, seconds: float = 2, **fields: Any) -> Job:
        ended = state in (State.SUCCEEDED, State.FAILED)
        return Job.objects.create(
            id=f"job-{next(_ids)}",
            queue="default",
            created_at=at,
            state=state,
            started_at=at if ended else None,
            ended_at=at + timedelta(seconds=seconds) if ended else None,
            **({"name": "tasks_app.tasks.envoi_email"} | fields),
        )

    return add


@pytest.fixture
def add_message(db: None) -> Callable[..., Message]:
    def add(at: datetime, **fields: Any) -> Message:
        number = next(_ids)
        made = {
            "to": f"reader{number}@example.org",
            "sender": "us@example.org",
            "subject": f"Letter {number}",
        }
        message = Message.objects.create(**(made | fields))
        Message.objects.filter(pk=message.pk).update(created_at=at)
        return message

    return add


@pytest.fixture
def person(db: None) -> Callable[..., Any]:
    """A signed-in kind of person: member of a group that may see and order reports."""

    def make(group: str, name: str = "") -> Any:
        user = get_user_model().objects.create_user(name or group.lower(), password="x", is_staff=True)
        if group:
            found, _created = Group.objects.get_or_create(name=group)
            rights = Permission.objects.filter(codename__in=["view_report", "order_report"])
            found.permissions.add(*rights)
            user.groups.add(found)
        return user

    return make


@pytest.fixture
def superuser(db: None) -> Any:
    return get_user_model().objects.create_superuser("root", password="x")
