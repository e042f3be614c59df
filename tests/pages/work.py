"""What the tests of the work pages share: people with given permissions, jobs in given states."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from tasks_app.models import FINAL, Job, State

EMAIL = "tasks_app.tasks.envoi_email"
DEBUG = "projet.celery.debug_task"


def person(*permissions: str, name: str = "ada") -> Client:
    """A client signed in as somebody who may enter the admin and has these permissions ("app.codename")."""
    user = User.objects.create_user(name, f"{name}@example.org", is_staff=True)
    for permission in permissions:
        app, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client = Client()
    client.force_login(user)
    return client


def user_of(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])


def a_job(state: State = State.SUCCEEDED, **values: Any) -> Job:
    """A row as the engine leaves it in that state."""
    now = timezone.now()
    given: dict[str, Any] = {
        "id": str(uuid4()),
        "name": DEBUG,
        "queue": "default",
        "state": state,
        "created_at": now - timedelta(minutes=1),
        "available_at": now - timedelta(minutes=1),
        "message": {"headers": {}, "properties": {}, "embed": {}, "routing": {"queue": "default"}},
    }
    if state != State.WAITING:
        given |= {"started_at": now - timedelta(seconds=50), "worker": "w@host", "runs": 1}
    if state in FINAL or state == State.UNKNOWN:
        given["ended_at"] = now - timedelta(seconds=40)
    if state == State.RUNNING:
        given |= {"token": "t", "lease_until": now + timedelta(minutes=1)}
    return Job.objects.create(**given | values)
