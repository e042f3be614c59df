"""The story of a job that its page tells: each thing that happened once, in order, then how it ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tasks_app.admin.jobs.timeline import timeline
from tasks_app.models import Job, JobAttempt, State
from tasks_app.models.job import Origin

Outcome = JobAttempt.Outcome
pytestmark = pytest.mark.once


def at(minute: int) -> datetime:
    return datetime(2026, 11, 22, 10, minute, tzinfo=UTC)


def a_job(state: State, **fields: Any) -> Job:
    return Job(id="a", state=state, origin=Origin.CODE, created_at=at(0), **fields)


def attempts(*outcomes: Outcome) -> list[JobAttempt]:
    """One that began at minute 10 and ended at 11, one at 20 and 21 …"""
    return [
        JobAttempt(number=number, outcome=outcome, started_at=at(10 * number), ended_at=at(10 * number + 1))
        for number, outcome in enumerate(outcomes, 1)
    ]


def story(job: Job, tried: list[JobAttempt] | None = None) -> list[str]:
    return [str(step.text) for step in timeline(job, tried or [])]


def test_a_job_of_a_schedule_is_told_from_its_making_to_its_end() -> None:
    job = a_job(
        State.SUCCEEDED,
        scheduled_for=at(1),
        published_at=at(2),
        started_at=at(3),
        worker="w@host",
        ended_at=at(4),
    )
    job.origin = Origin.SCHEDULE
    told = timeline(job, [])
    assert [(step.text, step.at) for step in told] == [
        ("Schedule", at(0)),
        ("Scheduled for", at(1)),
        ("Handed to the broker", at(2)),
        ("Started", at(3)),
        ("Succeeded", at(4)),
    ]
    assert [step.note for step in told] == ["", "", "", "w@host", ""]


def test_a_slot_that_was_made_up_for_stands_before_the_job_that_did() -> None:
    assert story(a_job(State.WAITING, scheduled_for=at(0) - timedelta(hours=1))) == [
        "Scheduled for",
        "Called by code",
    ]


def test_a_worker_quicker_than_the_mark_of_publishing_starts_after_it_all_the_same() -> None:
    told = timeline(a_job(State.RUNNING, started_at=at(2), published_at=at(3)), [])
    assert [(step.text, step.at) for step in told][1:] == [
        ("Handed to the broker", at(2)),
        ("Started", at(2)),
    ]


def test_each_attempt_that_did_not_succeed_is_told_and_the_one_under_way() -> None:
    job = a_job(State.RUNNING, started_at=at(30))
    assert story(job, attempts(Outcome.LOST, Outcome.RETRIED)) == [
        "Called by code",
        "Attempt 1: Worker lost",
        "Attempt 2: Will be tried again",
        "Started",
    ]


def test_a_start_whose_attempt_is_told_is_not_told_again() -> None:
    job = a_job(State.WAITING, started_at=at(10))
    assert story(job, attempts(Outcome.RETRIED)) == ["Called by code", "Attempt 1: Will be tried again"]


def test_a_retry_to_come_stands_last() -> None:
    later = timezone.now() + timedelta(hours=1)
    job = a_job(State.WAITING, available_at=later, cancel_asked_at=at(12))
    told = timeline(job, attempts(Outcome.RETRIED))
    assert (told[-1].text, told[-1].at) == ("Due", later)
    assert len(told) == 4


def test_what_is_due_already_or_runs_is_not_to_come() -> None:
    assert "Due" not in story(a_job(State.WAITING, available_at=at(0)))
    assert "Due" not in story(a_job(State.RUNNING, available_at=timezone.now() + timedelta(hours=1)))


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (None, ["Failed"]),  # it never ran
        (Outcome.RETRIED, ["Attempt 1: Will be tried again", "Failed"]),  # its time was up before the next
        (Outcome.FAILED, ["Attempt 1: Failed"]),
        (Outcome.TIMED_OUT, ["Attempt 1: Time limit"]),
        (Outcome.LOST, ["Attempt 1: Worker lost"]),
    ],
)
def test_a_failure_that_its_last_attempt_tells_is_not_told_twice(
    outcome: Outcome | None, told: list[str]
) -> None:
    job = a_job(State.FAILED, ended_at=at(50))
    assert story(job, attempts(outcome) if outcome else []) == ["Called by code", *told]


@pytest.mark.parametrize(
    ("state", "outcome", "end", "note"),
    [
        (State.SUCCEEDED, None, "Succeeded", "It finished before it could be stopped."),
        (State.FAILED, Outcome.FAILED, "Failed", "It finished before it could be stopped."),
        (State.FAILED, Outcome.LOST, "Attempt 1: Worker lost", "Waited 10 min 00 s, ran 1 min 00 s."),
        (State.UNKNOWN, Outcome.LOST, "Unknown", ""),
        (State.CANCELLED, Outcome.CANCELLED, "Cancelled", "Stopped by ada."),
    ],
)
def test_one_that_was_asked_to_stop_tells_how_that_went(
    state: State, outcome: Outcome | None, end: str, note: str
) -> None:
    job = a_job(state, cancel_asked_at=at(9), ended_at=at(50))
    job.error = "Stopped by ada." if state == State.CANCELLED else ""
    told = timeline(job, attempts(outcome) if outcome else [])
    assert "Asked to stop" in [step.text for step in told]
    assert (told[-1].text, told[-1].note) == (end, note)
