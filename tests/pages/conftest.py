"""People of each role, signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tasks_app.broker.ping import Broker
from tasks_app.models import Node

ROLES = ("Staff", "Support", "Managers", "superuser")


@pytest.fixture
def signed_in(person: Callable[[str], User]) -> Callable[[str], Client]:
    """`signed_in("Support")`: a browser of somebody of that role; "anonymous" is nobody's."""

    def open_browser(role: str) -> Client:
        client = Client(raise_request_exception=False)
        if role != "anonymous":
            client.force_login(person(role))
        return client

    return open_browser


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Figures that are kept for some seconds belong to another test."""
    cache.clear()


@pytest.fixture
def everything_reports(db: None) -> None:
    """A worker and a clock are alive and the broker answers."""
    now = timezone.now()
    for name, kind in (("worker@host", Node.Kind.WORKER), ("clock@host", Node.Kind.CLOCK)):
        Node.objects.create(name=name, kind=kind, started_at=now, beat_at=now)
    cache.set("broker-answer", Broker("redis://broker", timedelta(), info={"aof_enabled": 1}))
