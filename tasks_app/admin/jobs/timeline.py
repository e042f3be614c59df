"""The story of a job on its page: how it came to be, what was tried, what is to come or how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from tasks_app.display import STATE_LOOKS, Text, span, who
from tasks_app.models import FINAL, Job, JobAttempt, State


@dataclass(frozen=True)
class Step:
    """One line of the story; variant colours it as Unfold colours labels."""

    at: datetime
    text: Text
    icon: str
    variant: str = ""
    note: str = ""


def timeline(job: Job, attempts: list[JobAttempt]) -> list[Step]:
    """What happened, oldest first; then what is to come, or how it ended. `attempts` are all of the job's."""
    happened = [
        *_created(job),
        *_scheduled(job),
        *_published(job),
        *_attempted(job, attempts),
        *_started(job, attempts),
        *_asked_to_stop(job),
    ]
    return [*sorted(happened, key=lambda step: step.at), *_due(job), *_ended(job, attempts)]


def _created(job: Job) -> Iterator[Step]:
    yield Step(
        job.created_at,
        job.get_origin_display(),
        "add_circle",
        note=who(job.created_by) if job.created_by else "",
    )


def _scheduled(job: Job) -> Iterator[Step]:
    if job.scheduled_for:
        yield Step(job.scheduled_for, _("Scheduled for"), "event")


def _published(job: Job) -> Iterator[Step]:
    if job.published_at:
        # The mark is written after the push: a quick worker may have started before it.
        pushed = min(job.published_at, job.started_at or job.published_at)
        yield Step(pushed, _("Handed to the broker"), "outbox")


def _attempted(job: Job, attempts: list[JobAttempt]) -> Iterator[Step]:
    number, ended_at = 0, job.created_at
    for attempt in attempts:
        values = {"number": attempt.number, "outcome": attempt.get_outcome_display()}
        # After a run that left no attempt nobody knows since when it waited.
        waited_from = ended_at if attempt.number == number + 1 else None
        note = _spent(waited_from, attempt.started_at, attempt.ended_at)
        yield Step(attempt.ended_at, _("Attempt %(number)d: %(outcome)s") % values, "error", "danger", note)
        number, ended_at = attempt.number, attempt.ended_at


def _spent(waited_from: datetime | None, started_at: datetime | None, ended_at: datetime) -> str:
    """How long it waited, and how long it ran."""
    if started_at is None or started_at > ended_at:
        return ""
    ran = span(ended_at - started_at)
    if waited_from is None or waited_from > started_at:
        return _("Ran %(ran)s.") % {"ran": ran}
    return _("Waited %(waited)s, ran %(ran)s.") % {"waited": span(started_at - waited_from), "ran": ran}


def _started(job: Job, attempts: list[JobAttempt]) -> Iterator[Step]:
    """Its last run, unless that is among the attempts."""
    if job.started_at and job.started_at not in {attempt.started_at for attempt in attempts}:
        yield Step(job.started_at, _("Started"), "play_circle", "info", job.worker)


def _asked_to_stop(job: Job) -> Iterator[Step]:
    if job.cancel_asked_at:
        yield Step(job.cancel_asked_at, _("Asked to stop"), "block", "warning")


def _due(job: Job) -> Iterator[Step]:
    if job.state == State.WAITING and job.available_at and job.available_at > timezone.now():
        yield Step(job.available_at, _("Due"), "schedule")


def _ended(job: Job, attempts: list[JobAttempt]) -> Iterator[Step]:
    """Its end, unless it failed with its last attempt and there is no more to say of it."""
    last = attempts[-1].outcome if attempts else None
    failed_by_attempt = job.state == State.FAILED and last not in (None, JobAttempt.Outcome.RETRIED)
    note = _word_at_the_end(job, last)
    if job.ended_at and (note or not failed_by_attempt):
        variant, icon = STATE_LOOKS[job.state]
        yield Step(job.ended_at, State(job.state).label, icon, variant, note)


def _word_at_the_end(job: Job, last: str | None) -> str:
    """Why it was cancelled, or that it was asked to stop in vain; `last` is its last attempt's outcome."""
    if job.state == State.CANCELLED:
        return job.said
    cut_off = job.state == State.FAILED and last == JobAttempt.Outcome.LOST
    if job.cancel_asked_at and job.state in FINAL and not cut_off:
        return _("It finished before it could be stopped.")
    return ""
