"""Canvas where something goes wrong: whoever waits for the end is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from celery import chain, chord, group
from celery.exceptions import ChordError
from celery.result import AsyncResult

from tasks_app.models import Job, State
from tests.cancelling import cancel
from tests.engine import jobs
from tests.engine.conftest import ended
from tests.servers import wait_until

pytestmark = pytest.mark.stack


def test_a_chord_whose_header_failed_tells_whoever_waits_for_it(worker: None, log: Path) -> None:
    summed = chord(group(jobs.add.s(1, 2), jobs.fail.s("no paper")), jobs.add.s()).delay()
    # Alone, its parents forgotten: they may have failed already, and `get` would raise their error.
    with pytest.raises(ChordError, match="no paper"):
        AsyncResult(summed.id).get(timeout=60)


def test_a_chord_of_groups_whose_header_failed_tells_whoever_waits(worker: None, log: Path) -> None:
    body = group(jobs.add.s(), jobs.add.s())
    summed = chord(group(jobs.add.s(1, 2), jobs.fail.s("no paper")), body).delay()
    with pytest.raises(Exception, match="no paper"):
        summed.get(timeout=60)


def test_a_job_replaced_by_a_chord_that_failed_ends_failed(worker: None) -> None:
    sent = jobs.replace_by_a_failing_chord.delay()
    job = ended(sent.id, State.FAILED)
    assert "no paper" in job.error


def test_a_job_replaced_by_a_chord_fails_when_a_part_is_cancelled(worker: None, admin_user: Any) -> None:
    sent = jobs.replace_by_a_chord_with_a_late_part.delay()
    parts = Job.objects.filter(root_id=sent.id, available_at__isnull=False).exclude(id=sent.id)
    late = wait_until(lambda: parts.filter(state=State.WAITING, published_at=None).first())
    wait_until(lambda: Job.objects.filter(state=State.SUCCEEDED).count() == 1)
    assert cancel(late, by=admin_user) == "cancelled"
    ended(sent.id, State.FAILED)


def test_a_job_replaced_by_a_chain_ends_with_its_last_step(worker: None) -> None:
    sent = jobs.replace_by_a_chain.delay(1, 2)
    assert ended(sent.id).state == State.SUCCEEDED
    assert sent.get(timeout=60) == 13


def test_a_job_replaced_after_a_retry_begins_to_count_anew(worker: None) -> None:
    sent = jobs.be_tried_again_and_replaced_by_a_chain.delay(1, 2)
    assert ended(sent.id).retries == 0
    assert sent.get(timeout=60) == 13


def test_a_job_replaced_by_a_chain_that_breaks_ends_failed(worker: None) -> None:
    sent = jobs.replace_by_a_breaking_chain.delay()
    ended(sent.id, State.FAILED)


def test_a_chain_whose_step_failed_tells_whoever_waits(worker: None) -> None:
    sent = chain(jobs.fail.si("no paper"), jobs.add.si(1, 1), jobs.add.si(1, 1)).delay()
    with pytest.raises(Exception, match="no paper"):
        sent.get(timeout=60)


def test_an_errback_is_called_when_the_result_cannot_be_stored(worker: None, tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    sent = jobs.return_an_object.apply_async(link_error=jobs.write.si(str(errors), "told"))
    ended(sent.id, State.FAILED)
    wait_until(lambda: jobs.lines(errors) == ["told"])


def test_an_errback_that_fails_in_the_database_spoils_neither_the_end_nor_the_other_errbacks(
    worker: None, tmp_path: Path
) -> None:
    errors = tmp_path / "errors"
    sent = jobs.fail.apply_async(
        ("no paper",), link_error=[jobs.spoiling_errback.s(), jobs.write.si(str(errors), "told")]
    )
    ended(sent.id, State.FAILED)
    wait_until(lambda: jobs.lines(errors) == ["told"])


def test_a_group_calls_the_errback_of_each_failed_part(worker: None, tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    parts = group(jobs.fail.si("a"), jobs.fail.si("b"), jobs.add.si(1, 1))
    parts.link_error(jobs.write.si(str(errors), "told"))
    parts.delay()
    wait_until(lambda: len(jobs.lines(errors)) >= 2)


def test_a_retry_keeps_queue_headers_limits_and_links(worker: None, tmp_path: Path) -> None:
    log, linked = tmp_path / "log", tmp_path / "linked"
    sent = jobs.fail_twice.apply_async(
        (str(log),),
        queue="low",
        ignore_result=True,
        headers={"job_slot": "2026-01-01T00:00:00+00:00"},
        link=jobs.write.si(str(linked), "linked"),
        time_limit=77,
    )
    before = Job.objects.get(id=sent.id).message["headers"]
    job = ended(sent.id)
    after = job.message["headers"]
    wait_until(lambda: jobs.lines(linked) == ["linked"])
    assert job.queue == "low"
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert not changed & {"job_slot", "job_keep_result", "job_token", "timelimit", "root_id"}


def test_stamps_outlive_a_retry(worker: None, tmp_path: Path) -> None:
    sig = jobs.fail_twice.s(str(tmp_path / "log"))
    sig.stamp(customer="acme")
    sent = sig.delay()
    assert ended(sent.id).message["headers"]["stamps"] == {"customer": "acme"}
