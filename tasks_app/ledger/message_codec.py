"""A Job row from a Celery message, and the message from the row again.

Celery's message is `headers, properties, (args, kwargs, embed)` plus where it is routed; all of it is
kept as JSON, so that the very same message can be published again from the row alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from celery import current_app
from celery.app.amqp import task_message
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from kombu.utils import json as kombu_json
from kombu.utils.uuid import uuid

from tasks_app.catalogue import kind_of, named_arguments
from tasks_app.logs.masking import MASK, spellings
from tasks_app.models import Job
from tasks_app.models.job import Origin

# Marks a message as written from a row: one without its row was pruned, and is dropped.
OURS = "job"
LAUNCHED_BY = "job_by"  # header: id of the person at the beginning of a chain of jobs
SCHEDULE = "job_schedule"  # header: id of the schedule that it is of, run now or at a slot
SCHEDULED_FOR = "job_slot"  # header: ISO moment of the schedule's slot
LANGUAGE = "job_language"  # header: of whoever launched it; its sentences are written in it
TOKEN = "job_token"  # noqa: S105  of one run: an attribute of its request, never of a message
KEEP_RESULT = "job_keep_result"  # header: false where the caller asked to ignore the result

# What marks a dictionary of kombu's as a date, a UUID, … (kombu.utils.json).
TAG = "__type__"
_SCALARS = frozenset({int, bool, type(None)})

# Routing that is plain JSON and is published again as it was.
ROUTING = ("routing_key", "priority", "serializer", "compression", "delivery_mode")


def build_job(
    name: str,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    task_id: str | None = None,
    origin: Origin = Origin.CODE,
    by: Any = None,
    key: str | None = None,
    rerun_of: Job | None = None,
    scheduled_for: datetime | None = None,
    available_at: datetime | None = None,
    options: Mapping[str, Any] | None = None,
) -> Job:
    """An unsaved Job with the message it will be published as.

    `options` are those of Celery's `apply_async` (queue, priority, expires, headers …).
    """
    app = current_app
    chosen = dict(options or {})
    headers = dict(chosen.pop("headers", None) or {})
    if scheduled_for is not None:
        headers[SCHEDULED_FOR] = scheduled_for.isoformat()
    if by is not None and by.pk is not None:
        headers[LAUNCHED_BY] = by.pk
    task = app.tasks.get(name)
    routed = app.amqp.router.route(chosen, name, args, kwargs, task_type=task)
    message = app.amqp.as_task_v2(
        task_id or uuid(),
        name,
        list(args),
        dict(kwargs or {}),
        expires=routed.pop("expires", None),
        time_limit=routed.pop("time_limit", None),
        soft_time_limit=routed.pop("soft_time_limit", None),
    )
    job = job_of_message(name, message, headers=headers, origin=origin, **routed)
    job.launch_key = key
    job.rerun_of = rerun_of
    if available_at is not None:
        job.available_at = available_at
    return job


def build_many(
    name: str, arguments: Sequence[Mapping[str, Any]], *, origin: Origin, by: Any = None
) -> Iterator[Job]:
    """As `build_job`, for one task and many sets of arguments: routed once, for the first.

    What each is about, which may be asked of the database, is asked here; the iterator asks it for nothing.
    """
    kind = kind_of(name)
    subjects = [kind.about(named_arguments(name, (), dict(one))) if kind else "" for one in arguments]
    if not arguments:
        return iter(())
    first = build_job(name, kwargs=arguments[0], origin=origin, by=by)
    return (_another(first, *own) for own in zip(arguments, subjects, strict=True))


def _another(first: Job, arguments: Mapping[str, Any], about: str) -> Job:
    """A job of its own with the routing and headers of `first`."""
    job = copy(first)
    args_shown, kwargs_shown = representations(first.name, (), arguments)
    job.id = job.root_id = uuid()
    job.kwargs = to_json(arguments)
    own = {"argsrepr": args_shown, "kwargsrepr": kwargs_shown, "id": job.id, "root_id": job.id}
    job.message = first.message | {
        "headers": first.message["headers"] | own,
        "properties": first.message["properties"] | {"correlation_id": job.id},
    }
    job.about = about[:255]
    return job


def job_of_message(
    name: str,
    message: Any,
    *,
    headers: Mapping[str, Any] | None = None,
    queue: Any = None,
    exchange: Any = None,
    origin: Origin = Origin.CODE,
    **options: Any,
) -> Job:
    """An unsaved Job of a message as Celery hands it to its sender (`celery.app.amqp.task_message`)."""
    all_headers = dict(message.headers) | dict(headers or {})
    args, kwargs, embed = message.body
    if options.get("serializer") not in (None, "json"):
        raise ValueError(
            f"{name}: jobs are kept as JSON; serializer={options['serializer']!r} cannot be used."
        )
    now = timezone.now()
    due = _moment(all_headers.pop("eta", None)) or now
    all_headers["eta"] = None  # the row waits, never the worker
    if all_headers.get("ignore_result"):
        all_headers[KEEP_RESULT] = False
    all_headers["ignore_result"] = False  # the end of a job is always told to the backend
    all_headers[OURS] = 1
    all_headers.pop(TOKEN, None)  # a retry's message is made of the request that asks for it
    all_headers.setdefault(LANGUAGE, get_language() or settings.LANGUAGE_CODE)
    arguments = named_arguments(name, args, dict(kwargs))
    all_headers["argsrepr"], all_headers["kwargsrepr"] = representations(name, args, kwargs)
    kind = kind_of(name)
    routing: dict[str, Any] = {
        "queue": queue_name(queue, exchange, options.get("routing_key")),
        "exchange": getattr(exchange, "name", exchange) or "",
    }
    routing |= {key: options.pop(key) for key in ROUTING if options.get(key) is not None}
    return Job(
        id=all_headers["id"],
        name=name,
        args=to_json(args),
        kwargs=to_json(kwargs),
        message=to_json(
            {"headers": all_headers, "properties": message.properties, "embed": embed, "routing": routing}
        ),
        queue=routing["queue"],
        about=(kind.about(arguments) if kind else "")[:255],
        available_at=due,
        created_at=now,
        retries=all_headers.get("retries") or 0,
        origin=origin,
        created_by_id=all_headers.get(LAUNCHED_BY),
        parent_id=all_headers.get("parent_id") or "",
        root_id=all_headers.get("root_id") or "",
        scheduled_for=_moment(all_headers.get(SCHEDULED_FOR)),
    )


def message_of_job(job: Job) -> Any:
    """The row's message as Celery's sender takes it."""
    stored = job.message
    body = [from_json(job.args), from_json(job.kwargs), from_json(stored["embed"])]
    return task_message(dict(stored["headers"]), dict(stored["properties"]), body, None)


def context_of(job: Job) -> Any:
    """Celery's request context as a worker would have built it, for ends that no worker writes."""
    from celery.app.task import Context

    stored = job.message
    embed = {key: value for key, value in stored["embed"].items() if value is not None}
    return Context(
        dict(stored["headers"]),
        args=job.args,
        kwargs=job.kwargs,
        hostname=job.worker,
        delivery_info={},
        **embed,
    )


def language_of(request: Any) -> str | None:
    """The launcher's language, from Celery's request of a job; the thread's own where it names none."""
    return getattr(request, LANGUAGE, None) or get_language()


def queue_name(queue: Any, exchange: Any = None, routing_key: str | None = None) -> str:
    """The Redis list a message goes to, from what Celery's router says."""
    named = getattr(queue, "name", queue)
    if named is None and exchange is not None:
        named = routing_key or getattr(exchange, "name", exchange)
    return str(named or current_app.conf.task_default_queue)


def representations(
    name: str, args: Sequence[Any], kwargs: Mapping[str, Any], secret: Iterable[str] | None = None
) -> tuple[str, str]:
    """Arguments as true JSON for results and logs, secrets hidden."""
    kind = kind_of(name)
    hidden = frozenset(secret if secret is not None else (kind.secret if kind else ()))
    if not hidden:
        return kombu_json.dumps(list(args)), kombu_json.dumps(dict(kwargs))
    names = list(named_arguments(name, args, {}))
    shown = [MASK if key in hidden else value for key, value in zip(names, args, strict=False)]
    shown += [MASK] * (len(args) - len(shown))  # more than it takes: nobody knows what they are
    return kombu_json.dumps(shown), kombu_json.dumps(
        {k: MASK if k in hidden else v for k, v in kwargs.items()}
    )


def secrets_of(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of the arguments that the job's kind declares secret, as they may stand in a text."""
    kind = kind_of(name)
    if kind is None or not kind.secret:
        return ()
    arguments = named_arguments(name, args, dict(kwargs))
    return spellings(arguments[key] for key in kind.secret & arguments.keys())


def to_json(value: Any) -> Any:
    """Plain JSON values; what JSON lacks (dates, UUIDs …) in kombu's tagged form.

    Raises ValueError for what neither JSON nor a database takes (NaN, half a surrogate pair), TypeError for
    what has no form in JSON.
    """
    if _is_flat(value):
        return value.copy()
    text = kombu_json.dumps(value, allow_nan=False, ensure_ascii=False)
    text.encode()
    return json.loads(text)


def from_json(value: Any) -> Any:
    """The inverse of `to_json`."""
    return value.copy() if _is_flat(value) else kombu_json.loads(json.dumps(value))


def _is_flat(value: Any) -> bool:
    """Whether this list or dictionary is the same in JSON and in Python, as nearly all arguments are: writing
    it out and reading it again, which makes a copy, is half of what launching one of many costs."""
    if type(value) is dict:
        names = all(type(key) is str and key.isascii() for key in value)
        return names and TAG not in value and _is_flat([*value.values()])
    return type(value) is list and all(
        type(one) in _SCALARS or (type(one) is str and one.isascii()) for one in value
    )


def _moment(value: Any) -> datetime | None:
    moment = parse_datetime(value) if isinstance(value, str) else value
    if moment is None and value:
        raise ValueError(f"{value!r} is no moment in ISO 8601, such as 2026-03-29T02:30:00+01:00.")
    if moment is not None and timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return moment
