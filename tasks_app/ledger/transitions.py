"""Every change of a Job's state, each one guarded UPDATE; no state changes anywhere else.

    waiting ──claim──► running ──end──► succeeded | failed | cancelled
       ▲                  │ └─────────► unknown ──settle──► succeeded | failed
       └─ retry, snooze, release, lost, replaced
    waiting ──cancel──► cancelled, or its message is refused ──► failed
    waiting for its replacement ──► waiting, as that; or failed with it

Whatever ends without success tells its kind (ledger/unsuccessful.py), so its caller has a transaction open.
A running row carries the token of the one run that may change it. A transition whose guard does not
hold returns False and has changed nothing. None leads a run that was asked to stop back to waiting.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F

from tasks_app.db import shared_time
from tasks_app.db.text import storable_text
from tasks_app.ledger import hot_sql
from tasks_app.ledger.failure import Failure
from tasks_app.ledger.hot_sql import FIRST, Edition
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.unsuccessful import tell_kind_of
from tasks_app.models import FINAL, Job, JobAttempt, SearchText, State
from tasks_app.notices import Notice

# A running row's claim is over: nobody holds it, nothing is published.
_LOOSE = {"token": "", "lease_until": None, "published_at": None}
_CLOSED = {"token": "", "lease_until": None}


def claim(
    job_id: str, token: str, worker: str, edition: Edition = FIRST, now: datetime | None = None
) -> bool:
    """waiting → running, for the run with this token: due, never asked to stop, its queue not paused.

    `edition` is of the message that was delivered: one from before the job's last retry or replacement is
    refused, for its run would count that retry again, with the arguments of then.
    """
    now = now or shared_time.now()
    return hot_sql.claim(job_id, token, worker, edition, now, now + settings.JOB_LEASE)


def claim_new(job: Job, token: str, worker: str) -> bool:
    """Write the row of an eager call, running from the start; False where the id is taken."""
    now = shared_time.now()
    running = {
        "state": State.RUNNING,
        "token": token,
        "lease_until": now + settings.JOB_LEASE,
        "worker": worker,
        "started_at": now,
        "published_at": now,
        "runs": 1,
    }
    for name, value in running.items():
        setattr(job, name, value)
    insert_jobs([job])
    return Job.objects.filter(id=job.id, token=token).exists()


def claim_eagerly(job_id: str, token: str, worker: str) -> bool:
    """An eager run of a row that exists: its next attempt within the same process, or its launch."""
    now = shared_time.now()
    return bool(
        Job.objects.filter(id=job_id)
        .exclude(state__in=FINAL)
        .update(
            state=State.RUNNING,
            token=token,
            lease_until=now + settings.JOB_LEASE,
            worker=worker,
            started_at=now,
            published_at=now,
            runs=F("runs") + 1,
        )
    )


def renew(job_id: str, token: str, now: datetime | None = None) -> bool:
    """Prolong the lease of a run; False when the job is no longer this run's."""
    now = now or shared_time.now()
    return bool(_held(job_id, token).update(lease_until=now + settings.JOB_LEASE))


def note_progress(job_id: str, token: str, percent: int | None, note: str | Notice) -> bool:
    said = {"progress_note": storable_text(note[:255])} if isinstance(note, str) else _code_of(note)
    return bool(_held(job_id, token).update(progress=percent, **said))


def end(job_id: str, token: str, state: State, why: Failure | None = None) -> bool:
    """running → final or unknown, by the run that holds the token; `why` where it did not succeed."""
    changes: dict[str, Any] = why.as_columns() if why else {"error_class": "", "error": ""}
    changes |= {"state": state, "ended_at": shared_time.now()}
    if state == State.SUCCEEDED:
        changes["progress"] = None
    return _told(job_id, _held(job_id, token).update(**changes, **_CLOSED), why)


def retry(job_id: str, token: str, next_message: Job, why: Failure) -> bool:
    """running → waiting until the retry is due. No countdown ever lives in Redis."""
    return bool(
        _unasked(job_id, token).update(
            state=State.WAITING, **why.as_columns(), **_message_of(next_message), **_LOOSE
        )
    )


def snooze(job_id: str, token: str, available_at: datetime, why: Failure) -> bool:
    """running → waiting until `available_at`: it found that its time has not come. No attempt is used up."""
    return bool(
        _unasked(job_id, token).update(
            state=State.WAITING, available_at=available_at, **why.as_columns(), **_LOOSE
        )
    )


def wake(reason_class: str, most: int | None = None) -> int:
    """What was put off for this reason starts now: all of it, or the `most` that are due first."""
    sleeping = Job.objects.filter(
        state=State.WAITING, error_class=reason_class, available_at__gt=shared_time.now()
    )
    if most is not None:
        first = list(sleeping.order_by("available_at").values_list("id", flat=True)[:most])
        sleeping = sleeping.filter(id__in=first)
    return sleeping.update(available_at=shared_time.now())


def release(job_id: str, token: str) -> bool:
    """running → waiting at once: the worker goes, another takes the job."""
    return bool(_unasked(job_id, token).update(state=State.WAITING, available_at=shared_time.now(), **_LOOSE))


def lose(
    job_id: str,
    token: str,
    state: State,
    why: Failure,
    *,
    available_at: datetime,
    expired_at: datetime | None,
) -> bool:
    """running → waiting again, failed or unknown, after its worker died or its lease ran out.

    With `expired_at` only a run whose lease has run out by then.
    """
    changes = why.as_columns() | {"state": state, "deaths": F("deaths") + 1}
    if state == State.WAITING:
        lost = _unasked(job_id, token)
        changes |= {"available_at": available_at, **_LOOSE}
    else:
        lost = _held(job_id, token)
        changes |= {"ended_at": shared_time.now(), **_CLOSED}
    if expired_at is not None:
        lost = lost.filter(lease_until__lt=expired_at)
    return _told(job_id, lost.update(**changes), None if state == State.WAITING else why)


def replace(job: Job, token: str) -> bool:
    """running → waiting as another task under the same id (Celery's `self.replace`)."""
    changes = {**_identity_of(job), **_message_of(job), **_LOOSE}
    replaced = _unasked(job.id, token).update(state=State.WAITING, **changes)
    return bool(replaced and _is_searched_anew(job))


def await_replacement(job_id: str, token: str) -> bool:
    """running → waiting for another job's publish: replaced by a chord whose body will take the id."""
    return bool(_unasked(job_id, token).update(state=State.WAITING, available_at=None, **_LOOSE))


def receive_replacement(job: Job) -> bool:
    """The message that a handed-over row was waiting for."""
    received = Job.objects.filter(id=job.id, state=State.WAITING, available_at=None).update(
        **_identity_of(job), **_message_of(job)
    )
    return bool(received and _is_searched_anew(job))


def fail_awaiting_replacement(job_id: str, why: Failure) -> bool:
    """waiting for another job's publish → failed: that message never comes."""
    waiting = Job.objects.filter(id=job_id, state=State.WAITING, available_at=None)
    ended = waiting.update(state=State.FAILED, ended_at=shared_time.now(), **why.as_columns(), **_CLOSED)
    return _told(job_id, ended, why)


def fail_waiting(job_id: str, why: Failure) -> bool:
    """waiting → failed: no worker can read the message that is made of it."""
    waiting = Job.objects.filter(id=job_id, state=State.WAITING, available_at__isnull=False)
    ended = waiting.update(state=State.FAILED, ended_at=shared_time.now(), **why.as_columns(), **_CLOSED)
    return _told(job_id, ended, why)


def cancel_waiting(job_id: str, why: Failure) -> bool:
    """waiting → cancelled: it never runs, whatever message is still in Redis."""
    ended = Job.objects.filter(id=job_id, state=State.WAITING).update(
        state=State.CANCELLED, ended_at=shared_time.now(), **_keeping_class(why), **_CLOSED
    )
    return _told(job_id, ended, why)


def ask_to_cancel(job_id: str, why: Failure) -> bool:
    """A running job is asked; it sees it at its progress points. Its row says who asked, and why."""
    return bool(
        Job.objects.filter(id=job_id, state=State.RUNNING, cancel_asked_at=None).update(
            cancel_asked_at=shared_time.now(), **_keeping_class(why)
        )
    )


def settle(job_id: str, state: State, why: Failure) -> bool:
    """unknown → succeeded or failed, by an event or a person."""
    if state not in FINAL:
        raise ValueError(f"{state} is not an end")
    return bool(
        Job.objects.filter(id=job_id, state=State.UNKNOWN).update(
            state=state, ended_at=shared_time.now(), **_keeping_class(why)
        )
    )


def unpublish(job_id: str) -> bool:
    """A message was taken but the job may not start yet: the clock publishes it when it may."""
    return bool(Job.objects.filter(id=job_id, state=State.WAITING).update(published_at=None))


def put_off(job_id: str, not_before: datetime, why: Failure) -> bool:
    """As `unpublish`, and the job says why it waits until then; one that is due later still, or only by
    another job's publish, keeps its own time."""
    early = Job.objects.filter(id=job_id, state=State.WAITING, available_at__lt=not_before)
    changes = {"available_at": not_before, "published_at": None}
    return bool(early.update(**changes, **_keeping_class(why))) or unpublish(job_id)


def write_attempt(job_id: str, outcome: JobAttempt.Outcome, why: Failure) -> None:
    """The row of a run that did not succeed; within the transaction of its end."""
    run = Job.objects.filter(id=job_id).values("runs", "worker", "started_at").get()
    JobAttempt.objects.create(
        job_id=job_id,
        number=run["runs"],
        outcome=outcome,
        worker=run["worker"],
        started_at=run["started_at"],
        ended_at=shared_time.now(),
        **why.as_fields(),
    )


def unpublish_lost(ids: Iterable[str]) -> int:
    """Rows whose message the broker lost: the next step of the tick publishes them."""
    return Job.objects.filter(id__in=list(ids), state=State.WAITING).update(published_at=None)


def holds(job_id: str, token: str) -> bool:
    return bool(_held(job_id, token).exists())


def _told(job_id: str, changed: int, why: Failure | None) -> bool:
    """Whether the job changed; `why` where that was an end without success."""
    if changed and why is not None:
        tell_kind_of(job_id, why.notice)
    return bool(changed)


def _keeping_class(why: Failure) -> dict[str, Any]:
    """For what is no error of a run: the class of the last one stays."""
    return {name: value for name, value in why.as_columns().items() if name != "error_class"}


def _code_of(progress: Notice) -> dict[str, Any]:
    return {"progress_note": progress.code, "progress_params": dict(progress.params)}


def _message_of(job: Job) -> dict[str, Any]:
    """What a row keeps of the message that is to come."""
    columns = ("args", "kwargs", "message", "queue", "available_at", "retries")
    return {column: getattr(job, column) for column in columns}


def _identity_of(job: Job) -> dict[str, Any]:
    """What changes besides, where another task takes the row."""
    return {"name": job.name, "about": job.about}


def _is_searched_anew(job: Job) -> bool:
    """What it is found by is written anew, behind (tasks_app/search/)."""
    SearchText.objects.filter(thing="job", ref=job.id).update(stale=True)
    return True


def _held(job_id: str, token: str) -> Any:
    if not token:
        return Job.objects.none()
    return Job.objects.filter(id=job_id, state=State.RUNNING, token=token)


def _unasked(job_id: str, token: str) -> Any:
    """Held, and by a run that may leave the job to another: nobody asked it to stop."""
    return _held(job_id, token).filter(cancel_asked_at=None)
