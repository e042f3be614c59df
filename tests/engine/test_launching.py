"""Launches: row and message leave together, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import Ignore
from django.db import transaction
from django.utils import timezone

from tasks_app import launching
from tasks_app.broker import publishing
from tasks_app.broker.publishing import mark_published, publish, reset_connection
from tasks_app.clock.recovery import recover
from tasks_app.ledger import transitions
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.new_job import build_job
from tasks_app.ledger.run import Run, begin_run, finish_run
from tasks_app.models import Job
from tests.engine import jobs
from tests.servers import RedisServer, wait_until


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


def test_a_silent_broker_is_given_up_on_and_asked_again_later(
    broker: RedisServer, transactional_db: None
) -> None:
    reset_connection()
    broker.freeze()
    try:
        sent = jobs.write.delay("/nowhere")
        assert Job.objects.get(id=sent.id).published_at is None
    finally:
        broker.thaw()
    wait_until(lambda: recover(timezone.now()).published)
    assert broker.client.llen("default") == 1


def test_a_row_whose_message_is_broken_does_not_stop_the_others(
    broker: RedisServer, transactional_db: None
) -> None:
    broken, whole = (build_job("projet.celery.debug_task") for _ in range(2))
    del broken.message["routing"]
    insert_jobs([broken, whole])
    assert publish([broken, whole]) == 1
    broken.refresh_from_db()
    assert "cannot be published" in broken.error
    assert broken.available_at > timezone.now()


def test_what_follows_from_a_job_outlives_the_person_who_launched_it(
    broker: RedisServer, transactional_db: None, admin_user: Any
) -> None:
    run = begin_run(Run("the-job", "its-token", launched_by=admin_user.pk))
    try:
        admin_user.delete()
        sent = jobs.write.delay("/nowhere")
    finally:
        finish_run(run)
    job = Job.objects.get(id=sent.id)
    assert (job.origin, job.created_by) == ("follow_up", None)


def test_nothing_that_replaces_a_job_leaves_before_its_row_is_handed_over(
    broker: RedisServer, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = jobs.add_by_chord.delay(1, 2)
    broker.client.flushall()
    assert transitions.claim(sent.id, "its-token", "here")
    run = begin_run(Run(sent.id, "its-token"))
    seen = []

    def await_replacement(job_id: str, token: str) -> bool:
        seen.append(broker.client.llen("default"))
        return handing_over(job_id, token)

    handing_over = transitions.await_replacement
    monkeypatch.setattr(transitions, "await_replacement", await_replacement)
    jobs.add_by_chord.push_request(id=sent.id, args=[1, 2], kwargs={}, root_id=sent.id)
    try:
        with pytest.raises(Ignore):
            jobs.add_by_chord.run(1, 2)
    finally:
        jobs.add_by_chord.pop_request()
        finish_run(run)
    assert seen == [0]
    assert broker.client.llen("default") == 2


def test_a_message_no_encoder_takes_is_set_aside_with_a_note(
    broker: RedisServer, transactional_db: None
) -> None:
    sent = jobs.write.apply_async(("/nowhere",), compression="snow")
    whole = jobs.write.delay("/nowhere")
    job = Job.objects.get(id=sent.id)
    assert "cannot be published" in job.error
    assert Job.objects.get(id=whole.id).published_at is not None
    assert recover(timezone.now()).published == 0


def test_more_jobs_than_a_statement_takes_variables_are_published(
    broker: RedisServer, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked: list[int] = []
    monkeypatch.setattr(publishing, "mark_published", lambda ids, _at: marked.append(len(ids)))
    many = [build_job("projet.celery.debug_task") for _ in range(publishing.BATCH * 2 + 1)]
    assert publish(many, patient=True) == len(many)
    assert broker.client.llen("default") == len(many)
    assert marked == [publishing.BATCH, publishing.BATCH, 1]


def test_a_click_leaves_what_exceeds_its_budget_to_the_clock(
    broker: RedisServer, transactional_db: None, settings: Any
) -> None:
    jobs.write.delay("/nowhere")  # opens the line
    settings.PUBLISH_BUDGET = timedelta(seconds=-1)  # over before it begins
    launching.launch_many("projet.celery.debug_task", [{} for _ in range(3)])
    left = Job.objects.filter(published_at=None)
    assert left.count() == 3
    assert publish(left, patient=True) == 3


def test_a_retry_that_was_decided_before_its_publish_was_marked_stays_unpublished(
    broker: RedisServer, transactional_db: None
) -> None:
    sent = jobs.write.apply_async(("/nowhere",), countdown=60)
    mark_published([sent.id], timezone.now())
    assert Job.objects.get(id=sent.id).published_at is None


def test_a_job_put_back_between_its_push_and_its_mark_stays_unpublished(
    broker: RedisServer, transactional_db: None
) -> None:
    sent = jobs.write.delay("/nowhere")
    pushed_at = timezone.now()
    assert transitions.claim(sent.id, "its-token", "here")
    assert transitions.release(sent.id, "its-token")
    mark_published([sent.id], pushed_at)
    assert Job.objects.get(id=sent.id).published_at is None
