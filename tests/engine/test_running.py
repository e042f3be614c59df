"""Jobs run by a real worker over a real broker: each call of Celery's API is durable."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, chain, chord, group
from django.utils import timezone, translation
from django_celery_results.models import TaskResult

from tasks_app import control, launching
from tasks_app.broker import publishing
from tasks_app.models import Job, JobAttempt, State
from tests.cancelling import cancel
from tests.engine import jobs
from tests.engine.conftest import ended
from tests.servers import RedisServer, wait_until

pytestmark = pytest.mark.stack


def test_a_call_becomes_a_row_and_a_result_in_one_end(worker: None, log: Path) -> None:
    sent = jobs.write.delay(str(log), "hello")
    job = ended(sent.id)
    assert jobs.lines(log) == ["hello"]
    assert (job.runs, job.token, job.lease_until) == (1, "", None)
    assert job.published_at is not None
    result = TaskResult.objects.get(task_id=sent.id)
    assert (result.status, result.result) == ("SUCCESS", '"hello"')
    assert sent.get(timeout=60) == "hello"


def test_a_worker_that_is_quicker_than_the_mark_leaves_no_job_that_nobody_published(
    worker: None, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "mark_published", lambda ids, published_at: None)
    job = ended(jobs.write.delay(str(log), "quick").id)
    assert job.published_at == job.started_at


def test_a_message_delivered_twice_runs_once(worker: None, log: Path, broker: RedisServer) -> None:
    sent = jobs.write.apply_async((str(log),), queue="aside")
    [payload] = broker.client.lrange("aside", 0, -1)
    broker.client.lpush("default", payload, payload)
    ended(sent.id)
    ended(jobs.write.delay(str(log), "after them").id)
    assert jobs.lines(log) == ["ran", "after them"]
    assert Job.objects.get(id=sent.id).runs == 1


def test_a_foreign_message_is_adopted(worker: None, log: Path, broker: RedisServer) -> None:
    foreign = Celery("elsewhere", broker=broker.url, set_as_current=False)
    sent = foreign.send_task("tests.engine.jobs.write", [str(log)], queue="default", ignore_result=True)
    job = wait_until(lambda: Job.objects.filter(id=sent.id, state=State.SUCCEEDED).first())
    assert job.origin == "adopted"
    assert jobs.lines(log) == ["ran"]


def test_a_pruned_job_is_not_run_again_by_its_old_message(
    worker: None, log: Path, broker: RedisServer
) -> None:
    sent = jobs.write.apply_async((str(log), "old"), queue="aside")
    Job.objects.filter(id=sent.id).delete()
    broker.client.rename("aside", "default")
    ended(jobs.write.delay(str(log), "new").id)
    assert jobs.lines(log) == ["new"]


def test_an_explicit_retry_waits_in_the_database_and_succeeds(worker: None, log: Path) -> None:
    sent = jobs.fail_twice.delay(str(log))
    waiting = wait_until(lambda: Job.objects.filter(id=sent.id, state=State.WAITING, retries=1).first())
    delay = (waiting.available_at - waiting.started_at).total_seconds()
    assert 0.5 <= delay <= 2  # a half to the whole of the declared 1 s, from within the run
    assert waiting.published_at is None
    job = ended(sent.id)
    assert jobs.lines(log) == ["try 0", "try 1", "try 2"]
    assert (job.retries, job.runs, job.error) == (2, 3, "")
    assert [(a.number, a.outcome, a.error) for a in job.attempts.all()] == [
        (1, "retried", "not yet"),
        (2, "retried", "not yet"),
    ]


def test_autoretry_ends_failed_with_the_sentence_and_the_traceback(worker: None, log: Path) -> None:
    sent = jobs.always_fail.delay(str(log))
    job = ended(sent.id, State.FAILED)
    assert jobs.lines(log) == ["try 0", "try 1"]
    assert (job.error_class, job.error) == ("OSError", "the printer is on fire")
    last = job.attempts.last()
    assert last is not None
    assert last.outcome == JobAttempt.Outcome.FAILED
    assert "always_fail" in last.traceback
    assert TaskResult.objects.get(task_id=sent.id).status == "FAILURE"


def test_links_chains_groups_and_chords_are_celerys_own(worker: None, log: Path) -> None:
    linked = jobs.add.apply_async((2, 3), link=jobs.write.si(str(log), "linked"))
    chained = chain(jobs.add.s(1, 2), jobs.add.s(10), jobs.add.s(100)).delay()
    summed = chord(group(jobs.add.s(n, n) for n in range(4)), jobs.add.s()).delay()
    assert linked.get(timeout=60) == 5
    assert chained.get(timeout=60) == 113
    assert summed.get(timeout=60) == 12
    wait_until(lambda: jobs.lines(log) == ["linked"])
    follow_ups = Job.objects.filter(origin="follow_up")
    assert follow_ups.filter(parent_id=linked.id).exists()
    wait_until(lambda: not Job.objects.unfinished().exists())
    assert Job.objects.filter(state=State.SUCCEEDED).count() == 2 + 3 + 5


def test_a_failed_job_calls_its_errback(worker: None, log: Path, tmp_path: Path) -> None:
    jobs.always_fail.apply_async(
        (str(log),), link_error=jobs.write.si(str(tmp_path / "errors"), "told"), retries=1
    )
    wait_until(lambda: jobs.lines(tmp_path / "errors") == ["told"])


def test_a_replaced_job_keeps_its_id(worker: None) -> None:
    assert jobs.add_later.delay(3, 4).get(timeout=60) == 7
    by_chord = jobs.add_by_chord.delay(5, 6)
    assert by_chord.get(timeout=60) == 11
    assert ended(by_chord.id).name == "tests.engine.jobs.add"
    wait_until(lambda: not Job.objects.unfinished().exists())


def test_an_ignored_result_still_ends_the_job(worker: None, log: Path) -> None:
    sent = jobs.write.apply_async((str(log),), ignore_result=True)
    ended(sent.id)
    assert not TaskResult.objects.filter(task_id=sent.id, status="SUCCESS", result='"ran"').exists()


def test_a_countdown_lives_in_the_row(worker: None, log: Path, broker: RedisServer) -> None:
    sent = jobs.write.apply_async((str(log),), countdown=2)
    job = Job.objects.get(id=sent.id)
    assert job.published_at is None
    assert broker.client.llen("default") == 0
    job = ended(sent.id)
    assert job.started_at >= job.available_at


def test_an_expired_job_ends_cancelled(worker: None, log: Path, broker: RedisServer) -> None:
    expires = timezone.now() + timedelta(seconds=0.1)
    sent = jobs.write.apply_async((str(log),), queue="aside", expires=expires)
    wait_until(lambda: timezone.now() > expires)
    broker.client.rename("aside", "default")
    job = ended(sent.id, State.CANCELLED)
    assert "expired" in job.error
    assert jobs.lines(log) == []


def test_an_unknown_outcome_waits_for_a_person(worker: None, admin_user: Any) -> None:
    job = ended(jobs.end_unknown.delay().id, State.UNKNOWN)
    assert job.error == "the other side did not answer"
    assert control.settle(job, State.SUCCEEDED, by=admin_user)
    assert not control.settle(job, State.FAILED, by=admin_user)
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED
    assert TaskResult.objects.get(task_id=job.id).status == "SUCCESS"


def test_many_jobs_are_launched_in_one_go(worker: None, transactional_db: None) -> None:
    launched = launching.launch_many("projet.celery.debug_task", [{} for _ in range(50)])
    assert len(launched) == 50
    wait_until(lambda: Job.objects.filter(state=State.SUCCEEDED).count() == 50)


def test_a_rerun_is_a_new_job_linked_to_the_old(worker: None, log: Path, admin_user: Any) -> None:
    old = ended(jobs.write.delay(str(log), "again").id)
    new = launching.rerun(old, by=admin_user)
    assert ended(new.id).rerun_of == old
    assert jobs.lines(log) == ["again", "again"]


def test_a_job_speaks_the_language_of_whoever_launched_it(worker: None) -> None:
    with translation.override("fr"):
        launched_in_french = jobs.say_language.delay()
        chained = (jobs.say_language.si() | jobs.say_language.si()).delay()
    assert launched_in_french.get(timeout=60) == "fr"
    assert chained.get(timeout=60) == "fr"
    assert jobs.say_language.delay().get(timeout=60) == "en"


def test_a_foreign_message_without_a_wish_for_results_is_tried_again(
    worker: None, log: Path, broker: RedisServer
) -> None:
    foreign = Celery("elsewhere", broker=broker.url, set_as_current=False)
    sent = foreign.send_task("tests.engine.jobs.fail_twice", [str(log)], queue="default", ignore_result=True)
    wait_until(lambda: Job.objects.filter(id=sent.id).exists())
    ended(sent.id)
    assert jobs.lines(log) == ["try 0", "try 1", "try 2"]
    assert not TaskResult.objects.filter(task_id=sent.id).exists()


def test_a_foreign_message_that_was_tried_and_replaced_before_goes_on_from_there(
    worker: None, log: Path, broker: RedisServer
) -> None:
    foreign = Celery("elsewhere", broker=broker.url, set_as_current=False)
    sent = foreign.send_task(
        "tests.engine.jobs.fail_twice", [str(log)], queue="default", retries=1, replaced_task_nesting=1
    )
    wait_until(lambda: Job.objects.filter(id=sent.id).exists())
    ended(sent.id)
    assert jobs.lines(log) == ["try 1", "try 2"]


def test_a_foreign_message_of_a_paused_queue_waits_as_a_row(
    worker: None, log: Path, broker: RedisServer, admin_user: Any
) -> None:
    control.pause("default", by=admin_user)
    foreign = Celery("elsewhere", broker=broker.url, set_as_current=False)
    sent = foreign.send_task("tests.engine.jobs.write", [str(log)], queue="default")
    wait_until(lambda: Job.objects.filter(id=sent.id, state=State.WAITING, published_at=None).exists())
    control.resume("default", by=admin_user)
    assert ended(sent.id).origin == "adopted"
    assert jobs.lines(log) == ["ran"]


def test_a_job_that_was_asked_to_stop_is_not_tried_again(worker: None, log: Path, admin_user: Any) -> None:
    sent = jobs.fail_when_asked.delay(str(log))
    wait_until(lambda: jobs.lines(log) == ["began"])
    assert cancel(Job.objects.get(id=sent.id), by=admin_user) == "asked"
    ended(sent.id, State.CANCELLED)
    assert jobs.lines(log) == ["began"]


def test_a_retry_that_does_not_raise_is_tried_again_once_the_body_returns(worker: None, log: Path) -> None:
    job = ended(jobs.ask_again_and_go_on.delay(str(log)).id)
    assert jobs.lines(log) == ["try 0", "try 1"]
    assert (job.retries, [attempt.outcome for attempt in job.attempts.all()]) == (1, ["retried"])


def test_a_job_that_ignores_itself_ends_cancelled_with_a_result(worker: None) -> None:
    sent = jobs.ignore_itself.delay()
    assert "nothing to do" in ended(sent.id, State.CANCELLED).error
    assert TaskResult.objects.get(task_id=sent.id).status == "REVOKED"


def test_a_serializer_that_no_worker_accepts_is_refused_at_the_call(broker: RedisServer, db: None) -> None:
    with pytest.raises(ValueError, match="kept as JSON"):
        jobs.add.apply_async((1, 2), serializer="pickle")
    assert not Job.objects.exists()
