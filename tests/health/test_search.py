"""The search as doctor and Prometheus have it: whether what was written can be found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tasks_app.monitor.health.checks import Level
from tasks_app.monitor.health.search import check_filling
from tasks_app.search import filling
from tasks_app.search.filling import fill
from tests.health.conftest import one
from tests.health.test_metrics import TOKEN, value
from tests.search.making import a_job, fill_all

pytestmark = pytest.mark.django_db


def test_a_search_that_fell_behind_is_said_and_measured(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert one(check_filling).level is Level.OK  # a new installation, whose clock has not looked yet
    fill_all(timezone.now() - timedelta(minutes=5))
    found = one(check_filling)
    assert found.level is Level.DEGRADED
    assert "5 min" in found.sentence
    assert 299 < value(client, "backoffice_search_lag_seconds", thing="job") < 400
    fill_all()
    assert one(check_filling).level is Level.OK
    assert value(client, "backoffice_search_lag_seconds", thing="message") < 60


def test_how_far_the_past_is_in_is_said(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(filling, "BATCH", 1)
    for days in (1, 2):
        a_job(f"a{days}@example.org", timedelta(days=days))
    fill(timezone.now(), budget=0)
    assert "is there back to" in one(check_filling).sentence
    assert value(client, "backoffice_search_filled", thing="job") == 0
    fill_all()
    assert "What was written is in the search" in one(check_filling).sentence
    assert value(client, "backoffice_search_filled", thing="job") == 1
