"""Launches: row and message leave together, once."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from tasks_app import launching
from tasks_app.models import Job
from tests.engine import jobs
from tests.servers import RedisServer


def test_a_rolled_back_call_leaves_neither_row_nor_message(
    broker: RedisServer, transactional_db: None
) -> None:
    with transaction.atomic():
        jobs.write.delay("/nowhere")
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert broker.client.llen("default") == 0


def test_a_launch_key_launches_once(broker: RedisServer, transactional_db: None, admin_user: Any) -> None:
    first = launching.launch("projet.celery.debug_task", {}, by=admin_user, key="form-1")
    second = launching.launch("projet.celery.debug_task", {}, by=admin_user, key="form-1")
    assert first.id == second.id
    assert Job.objects.count() == 1
    assert broker.client.llen("default") == 1
    assert (first.origin, first.created_by) == ("person", admin_user)
