"""A run that its worker did not end: its process died, its lease ran out, or the worker leaves.

What that means for the job is decided here, by its kind's declaration; Celery hears of it through the
functions that callers hand in (`tell_lost`, `tell_cancelled`: see worker/result_writer.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import WorkerLostError
from django.conf import settings
from django.db import transaction
from django.utils import translation

from tasks_app.catalogue import WhenLost, kind_of
from tasks_app.db import shared_time
from tasks_app.ledger import causes, transitions
from tasks_app.ledger.cancelled_run import TellCancelled, end_as_asked
from tasks_app.ledger.failure import because
from tasks_app.ledger.message_codec import LANGUAGE, language_of
from tasks_app.ledger.reruns import tell_family
from tasks_app.ledger.slot_outcome import tell_slot_of
from tasks_app.models import FINAL, Job, JobAttempt, State
from tasks_app.notices import Notice

logger = logging.getLogger(__name__)

# The job as it was, its new state, and why: Celery's side of it.
type TellLost = Callable[[Job, State, Notice], None]

# A job whose worker died waits this long per death: what kills workers should not do so at once. One whose
# lease ran out has waited for longer.
DEATH_PAUSE = timedelta(seconds=5)


def lose(
    job_id: str,
    token: str,
    reason: str | Notice,
    tell_lost: TellLost,
    *,
    expired_at: datetime | None = None,
    again_at: datetime | None = None,
) -> bool:
    """A run whose worker died: again, failed "worker lost", or unknown, as the job's kind declares.

    `reason` is a notice, or what the pool says of a process that died.
    With `expired_at` the loss is known by the lease alone, which a living worker may have renewed since.
    `again_at` is when a job that runs again may start, DEATH_PAUSE for each death from now by default.
    Returns False where the run had ended by itself: nothing is changed then.
    """
    job = Job.objects.filter(id=job_id, token=token, state=State.RUNNING).first()
    if job is None:
        return False
    with translation.override(job.message["headers"].get(LANGUAGE)), transaction.atomic():
        state = state_after_loss(job)
        why = because(_notice(job, state, reason), WorkerLostError.__name__)
        if not transitions.lose(
            job_id,
            token,
            state,
            why,
            available_at=again_at or shared_time.now() + DEATH_PAUSE * (job.deaths + 1),
            expired_at=expired_at,
        ):
            transaction.set_rollback(True)  # what was written for a loss that is none, or is another
            return False
        transitions.write_attempt(job_id, JobAttempt.Outcome.LOST, why)
        tell_lost(job, state, why.notice)
        _tell_who_hears_of_ends(job, state)
    facts = {"job": job.id, "kind": job.name, "attempt": job.retries + 1, "queue": job.queue}
    logger.warning("Job %s[%s] lost its worker and is now %s.", job.name, job_id, state, extra=facts)
    return True


def _tell_who_hears_of_ends(job: Job, state: State) -> None:
    """Its slot, and the jobs that it is a re-run of."""
    if state in FINAL and job.scheduled_for:
        tell_slot_of(job.id)
    if state != State.WAITING and job.family:
        tell_family(job.id)


def hand_back(
    job_id: str, token: str, request: Any, tell_lost: TellLost, tell_cancelled: TellCancelled
) -> bool:
    """The worker leaves, wherever the run is. Another takes the job where its kind may run again and nobody
    asked it to stop; one of a kind that may not is cut off as by its worker's death."""
    with translation.override(language_of(request)), transaction.atomic():
        job = Job.objects.running().filter(id=job_id, token=token).first()
        if job and verdict_on(job) is not WhenLost.AGAIN:
            return lose(job_id, token, causes.WORKER_STOPPED(), tell_lost)
        return transitions.release(job_id, token) or end_as_asked(job_id, token, request, tell_cancelled)


def state_after_loss(job: Job) -> State:
    """What its declaration says; asking may change rows of the domain, so it is asked in a transaction."""
    verdict = verdict_on(job)
    if verdict is WhenLost.AGAIN and job.deaths + 1 >= settings.JOB_MAX_DEATHS:
        return State.FAILED
    if verdict is WhenLost.AGAIN and job.cancel_asked_at:
        return State.CANCELLED
    return verdict.value


def state_after_time_limit(job_id: str) -> State:
    """A hard time limit kills the body wherever it was: where its kind says so, the outcome is unknown."""
    job = Job.objects.filter(id=job_id).first()
    kind = kind_of(job.name) if job else None
    if job and kind and kind.verdict_on(job) is WhenLost.ASK:
        return State.UNKNOWN
    return State.FAILED


def verdict_on(job: Job) -> WhenLost:
    """Its declaration's word."""
    kind = kind_of(job.name)
    return kind.verdict_on(job) if kind else WhenLost.AGAIN


def _notice(job: Job, state: State, reason: str | Notice) -> Notice:
    why = reason if isinstance(reason, Notice) else causes.WORKER_DIED(detail=reason)
    return causes.WORKER_LOST(count=job.deaths + 1, reason=why) if state == State.FAILED else why
