"""A job that our own code makes, not yet saved: the row, with the message that it will be published as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery import current_app
from kombu.utils.uuid import uuid

from tasks_app.errors import ONE_OF_MANY, CodedError
from tasks_app.ledger.json_values import Unstorable, from_json, to_json
from tasks_app.ledger.message_codec import (
    FAMILY,
    LAUNCHED_BY,
    SCHEDULED_FOR,
    about_of,
    job_of_message,
    representations,
)
from tasks_app.ledger.reruns import family_of
from tasks_app.models import Job
from tasks_app.models.job import Origin


@dataclass(frozen=True)
class Cause:
    """Why a job exists, and by whom."""

    origin: Origin = Origin.CODE
    by: Any = None  # the person
    launch_key: str | None = None  # of the form: a second launch with the same key is none
    rerun_of: Job | None = None
    family: str | None = None  # of a re-run: the id of the first job
    scheduled_for: datetime | None = None  # the slot of its schedule

    def headers(self) -> dict[str, Any]:
        """What its message says of it: jobs that follow from it are launched by the same person."""
        headers: dict[str, Any] = {}
        if self.scheduled_for is not None:
            headers[SCHEDULED_FOR] = self.scheduled_for.isoformat()
        if self.by is not None and self.by.pk is not None:
            headers[LAUNCHED_BY] = self.by.pk
        if self.family is not None:
            headers[FAMILY] = self.family
        return headers


CALLED_BY_CODE = Cause()


def build_job(
    name: str,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    cause: Cause = CALLED_BY_CODE,
    task_id: str | None = None,
    options: Mapping[str, Any] | None = None,
    canvas: Mapping[str, Any] | None = None,
) -> Job:
    """An unsaved Job with the message it will be published as.

    `options` are those of Celery's `apply_async` (queue, priority, expires, headers …), `canvas` its place
    among others, as Celery's `as_task_v2` takes it (chain, callbacks, chord, group_id …).
    """
    amqp = current_app.amqp
    chosen = dict(options or {})
    headers = dict(chosen.pop("headers", None) or {}) | cause.headers()
    routed = amqp.router.route(chosen, name, args, kwargs, task_type=current_app.tasks.get(name))
    message = amqp.as_task_v2(
        task_id or uuid(),
        name,
        list(args),
        dict(kwargs or {}),
        expires=routed.pop("expires", None),
        time_limit=routed.pop("time_limit", None),
        soft_time_limit=routed.pop("soft_time_limit", None),
        **(canvas or {}),
    )
    job = job_of_message(name, message, headers=headers, origin=cause.origin, **routed)
    job.launch_key = cause.launch_key
    job.rerun_of = cause.rerun_of
    job.family = cause.family
    return job


def build_many(name: str, arguments: Sequence[Mapping[str, Any]], *, cause: Cause) -> Iterator[Job]:
    """As `build_job`, for one task and many sets of arguments: routed once, for the first.

    What each is about, which may be asked of the database, is asked here; the iterator asks it for nothing.
    Raises Unstorable, or the iterator does, with the number of the set that no row can keep.
    """
    subjects = [about_of(name, (), one) for one in arguments]
    if not arguments:
        return iter(())
    try:
        first = build_job(name, kwargs=arguments[0], cause=cause)
    except Unstorable as error:
        raise one_of_many(error, 1, len(arguments)) from error
    return _others(first, arguments, subjects)


def one_of_many[Error: CodedError](error: Error, number: int, count: int) -> Error:
    """The same error, which says of which set of arguments it is."""
    return type(error)(ONE_OF_MANY(number=number, count=count, problem=error.notice))


def _others(first: Job, arguments: Sequence[Mapping[str, Any]], subjects: Sequence[str]) -> Iterator[Job]:
    for number, own in enumerate(zip(arguments, subjects, strict=True), 1):
        try:
            job = _another(first, *own)
        except Unstorable as error:
            raise one_of_many(error, number, len(arguments)) from error
        yield job


def build_reruns(jobs: Sequence[Job], *, by: Any) -> Iterator[Job]:
    """As `build_job`, for jobs that run again as they were, each in its queue: routed once for each task and
    queue. What they are about was said at their launch; the iterator asks the database for nothing."""
    alike = {(job.name, job.queue): job for job in jobs}
    cause = Cause(Origin.RERUN, by)
    firsts = {
        key: build_job(
            job.name, from_json(job.args), from_json(job.kwargs), cause=cause, options={"queue": job.queue}
        )
        for key, job in alike.items()
    }
    return (_once_more(firsts[job.name, job.queue], job) for job in jobs)


def _once_more(first: Job, job: Job) -> Job:
    """A re-run of `job`, with the routing and headers of `first`; it says its arguments as the job did."""
    new = first.twin()
    new.id = new.root_id = uuid()
    new.args, new.kwargs, new.about = job.args, job.kwargs, job.about
    new.rerun_of_id, new.family = job.pk, family_of(job)
    said = job.message.get("headers") or {}
    if "argsrepr" not in said or "kwargsrepr" not in said:
        shown = representations(job.name, from_json(job.args), from_json(job.kwargs))
        said = dict(zip(("argsrepr", "kwargsrepr"), shown, strict=True))
    own = {"argsrepr": said["argsrepr"], "kwargsrepr": said["kwargsrepr"], FAMILY: new.family}
    new.message = first.message | {
        "headers": first.message["headers"] | own | {"id": new.id, "root_id": new.id},
        "properties": first.message["properties"] | {"correlation_id": new.id},
    }
    return new


def _another(first: Job, arguments: Mapping[str, Any], about: str) -> Job:
    """A job of its own with the routing and headers of `first`."""
    job = first.twin()
    job.id = job.root_id = uuid()
    job.kwargs = to_json(arguments)
    args_shown, kwargs_shown = representations(first.name, (), arguments)
    own = {"argsrepr": args_shown, "kwargsrepr": kwargs_shown, "id": job.id, "root_id": job.id}
    job.message = first.message | {
        "headers": first.message["headers"] | own,
        "properties": first.message["properties"] | {"correlation_id": job.id},
    }
    job.about = about
    return job
