"""A past that all comparisons of this package share, at a moment that stands still."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tasks_app.broker.ping import Broker
from tests.blank_pages import blank_pages
from tests.figures.by_hand import Rows
from tests.figures.past import PASTS, Past, write
from tests.moments import standing_still

# Whose pages are read, by the name they sign in with; the last two are made by the past.
PEOPLE = ("staff@example.org", "support@example.org", "manager@example.org", "admin@example.org", "looked")


@pytest.fixture(scope="package", params=PASTS, ids=str)
def rows(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[Rows]:
    """Every row of it. What a test writes besides is taken back after it (`db`)."""
    past: Past = request.param
    with django_db_blocker.unblock(), standing_still(past.now), transaction.atomic():
        with blank_pages():
            write(past)
        yield Rows.read(past.now)
        transaction.set_rollback(True)
    for folder in (settings.OUTBOX_DIR, Path(settings.MEDIA_ROOT)):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def a_broker_that_answers(db: None) -> None:
    cache.clear()
    cache.set("broker-answer", Broker("redis://broker", timedelta(), info={"aof_enabled": 1}))


@pytest.fixture(scope="package")
def read_already(rows: Rows) -> dict[str, Any]:
    """What first pages of this past said: each is read once."""
    return {}


@pytest.fixture
def first_page(
    rows: Rows, opened: Callable[[str], Client], read_already: dict[str, Any]
) -> Callable[[str], Any]:
    """`first_page("looked")`: what it shows to that person, by name."""

    def read(name: str) -> Any:
        if name not in read_already:
            page = opened(name).get(reverse("admin:index"))
            assert page.status_code == 200
            said = {key: page.context[key] for key in page.context.keys()}  # noqa: SIM118 - no mapping
            read_already[name] = said | {"page": unescape(page.content.decode())}
        return read_already[name]

    return read


@pytest.fixture
def opened(rows: Rows) -> Callable[[str], Client]:
    """`opened("looked")`: the browser of that person."""

    def open_browser(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name))
        return client

    return open_browser
