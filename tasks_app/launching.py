"""Launching a job: one call writes the row in the caller's transaction; its message leaves after commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from celery import current_app
from django.db import transaction

from tasks_app.broker.publishing import publish_after_commit
from tasks_app.catalogue import kind_of, kinds, launchable_of
from tasks_app.errors import (
    ARGUMENTS_DO_NOT_FIT,
    UNKNOWN_TASK,
    ArgumentsDoNotFit,
    RunAgainRefused,
    UnknownJob,
)
from tasks_app.ledger.continuing import Behind, behind, take
from tasks_app.ledger.hot_sql import speaks_postgresql
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.json_values import from_json
from tasks_app.ledger.message_codec import LATE_PART
from tasks_app.ledger.new_job import Cause, build_job, build_many, one_of_many
from tasks_app.ledger.reruns import family_of, lock_families, next_moment, tell_family, why_not_again
from tasks_app.logs import traces
from tasks_app.models import FINAL, Job, State
from tasks_app.models.job import Origin
from tasks_app.subject import arguments_of

# Seconds between two looks at a job that is waited for.
LOOK_AGAIN = 0.2


def launch(
    name: str,
    arguments: Mapping[str, Any],
    *,
    by: Any = None,
    key: str | None = None,
) -> Job:
    """Write a Job for the task `name` and publish it after commit.

    `key` is the launch key of the form: a second launch with the same key returns the first Job.
    `published_at` of the Job, read again after the transaction, says whether the broker took it. Raises
    UnknownJob for a task that nothing here runs, and ArgumentsDoNotFit where its code has others.
    """
    _check_arguments(name, _signature_of(name), arguments)
    cause = Cause(_origin(by), by, launch_key=key)
    return start(build_job(name, kwargs=arguments, cause=cause))


def start(job: Job) -> Job:
    """Write one built job and let it go; returns the row it became, or the one that was there."""
    [written] = insert_jobs([job])
    if written.id != job.id:
        return written  # the launch key was used: the first launch counts
    let_go(written)
    return written


def let_go(written: Job) -> None:
    if current_app.conf.task_always_eager:
        task = current_app.tasks[written.name]
        task.apply(from_json(written.args), from_json(written.kwargs), task_id=written.id)
    else:
        publish_after_commit([written])


def launch_many(name: str, arguments: Iterable[Mapping[str, Any]], *, by: Any = None) -> list[Job]:
    """As `launch`, for many sets of arguments: one INSERT for 500 of them, one publish for all.

    What is raised says which set is wrong; nothing is launched then.
    """
    sets, signature = list(arguments), _signature_of(name)
    for number, one in enumerate(sets, 1):
        try:
            _check_arguments(name, signature, one)
        except ArgumentsDoNotFit as error:
            raise one_of_many(error, number, len(sets)) from error
    jobs: Iterable[Job] = build_many(name, sets, cause=Cause(_origin(by), by))
    if current_app.conf.task_always_eager or not speaks_postgresql():
        jobs = list(jobs)  # none runs, and SQLite's one writer is not kept waiting, before all are made
    if current_app.conf.task_always_eager:
        return [start(job) for job in jobs]
    with transaction.atomic():
        written = insert_jobs(jobs)
        publish_after_commit(written)
    return written


def may_run_again(user: Any, job: Job) -> bool:
    """Needs the right to run jobs again and the right to launch this very job."""
    if not user.has_perm("tasks_app.rerun_job"):
        return False
    kind = kind_of(job.name)
    if kind is None:  # a task that nobody declared: there is no other permission to ask for
        return True
    launchable = launchable_of(job.name, arguments_of(job))
    return launchable.allowed(user) if launchable else bool(user.has_perm(kind.permission))


def rerun(
    job: Job,
    *,
    by: Any = None,
    arguments: Mapping[str, Any] | None = None,
    key: str | None = None,
    all_the_same: bool = False,
    go_on: bool = False,
) -> Job:
    """A new Job with the old one's arguments (or corrected ones), linked by `rerun_of`.

    `go_on`: what waited behind the old one (later steps of its chain, callbacks, the body of its chord) goes
    on when this one succeeds. Raises RunAgainRefused where a later run of the same work succeeded or is
    under way, unless it is to be repeated `all_the_same`; and where what waits cannot go on.
    """
    with transaction.atomic():
        lock_families([job])
        if key and (twin := Job.objects.filter(launch_key=key).first()):
            return twin
        waiting = _checked(job, all_the_same=all_the_same, go_on=go_on)
        new = build_rerun(job, arguments, waiting, Cause(Origin.RERUN, by, key, job, family_of(job)))
        [written] = insert_jobs([new])
        if written.id != new.id:
            return written  # the launch key was used meanwhile
        tell_family(new.id)
        if waiting:
            take(waiting, new)
        if not current_app.conf.task_always_eager:
            let_go(new)
    if current_app.conf.task_always_eager:
        let_go(new)
    return new


def _checked(job: Job, *, all_the_same: bool, go_on: bool) -> Behind | None:
    """What waits behind it, where that is to go on; see `rerun` for what is raised."""
    job.refresh_from_db(fields=["state", "family", "rerun_id", "rerun_state", "repaired_at"])
    if not all_the_same and (why := why_not_again([job]).get(job.pk)):
        raise RunAgainRefused(why)
    waiting = behind(job) if go_on else None
    if waiting and waiting.why_not:
        raise RunAgainRefused(waiting.why_not)
    return waiting


def build_rerun(job: Job, arguments: Mapping[str, Any] | None, waiting: Behind | None, cause: Cause) -> Job:
    """The unsaved row: corrected arguments go where their kind goes, the old ones to the queue of then."""
    headers: dict[str, Any] = {LATE_PART: 1} if waiting and waiting.group else {}
    # What is done again belongs to what asked for it first.
    headers[traces.HEADER] = job.message.get("headers", {}).get(traces.HEADER)
    options: dict[str, Any] = {"headers": headers}
    canvas = waiting.canvas if waiting else None
    if arguments is not None:
        new = build_job(job.name, kwargs=arguments, cause=cause, options=options, canvas=canvas)
    else:
        options["queue"] = job.queue
        args, kwargs = from_json(job.args), from_json(job.kwargs)
        new = build_job(job.name, args, kwargs, cause=cause, options=options, canvas=canvas)
    new.created_at = next_moment(family_of(job))
    return new


def wait(job: Job, timeout: float) -> Job:
    """The Job once it is final or unknown; raises TimeoutError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        job.refresh_from_db()
        if job.state in FINAL or job.state == State.UNKNOWN:
            return job
        if time.monotonic() > deadline:
            raise TimeoutError(f"{job.id} is still {job.state} after {timeout:g} s")
        time.sleep(LOOK_AGAIN)


type Signature = Callable[..., Any] | None  # raises TypeError; None: the task takes anything


def _signature_of(name: str) -> Signature:
    """What Celery's `delay` asks; raises UnknownJob."""
    if name in current_app.tasks:
        return getattr(current_app.tasks[name], "__header__", None)
    known = [kind.name for kind in kinds()]
    raise UnknownJob(UNKNOWN_TASK(name=name, known=", ".join(nearest(name, known) or known)))


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Those of these names that may have been meant, the likeliest first; the last part of one is enough."""
    by_part = {part: one for one in known for part in (one, one.rpartition(".")[2])}
    return list(dict.fromkeys(by_part[part] for part in get_close_matches(name, by_part)))


def _check_arguments(name: str, signature: Signature, arguments: Mapping[str, Any]) -> None:
    """As Celery's `delay` does. What is no name at all is refused with the other values that no row keeps."""
    if signature is None:
        return
    try:
        signature(**arguments)
    except TypeError as error:
        if all(isinstance(key, str) for key in arguments):
            raise ArgumentsDoNotFit(ARGUMENTS_DO_NOT_FIT(task=name, why=str(error))) from error


def _origin(by: Any) -> Origin:
    return Origin.CODE if by is None else Origin.PERSON
