"""A Job row from a Celery message, and the message from the row again.

Celery's message is `headers, properties, (args, kwargs, embed)` plus where it is routed; all of it is
kept as JSON, so that the very same message can be published again from the row alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from celery import current_app
from celery.app.amqp import task_message
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from kombu.utils import json as kombu_json

from tasks_app.catalogue import kind_of, named_arguments
from tasks_app.db import shared_time
from tasks_app.db.text import storable_text
from tasks_app.ledger import causes
from tasks_app.ledger.json_values import Unstorable, from_json, to_json
from tasks_app.ledger.message_checks import wrong_header, wrong_queue
from tasks_app.ledger.run import trace_here
from tasks_app.logs import traces
from tasks_app.logs.masking import MASK, spellings
from tasks_app.models import Job
from tasks_app.models.job import Origin

# Marks a message as written from a row: one without its row was pruned, and is dropped.
OURS = "job"
LAUNCHED_BY = "job_by"  # header: id of the person at the beginning of a chain of jobs
SCHEDULE = "job_schedule"  # header: id of the schedule that it is of, run now or at a slot
SCHEDULED_FOR = "job_slot"  # header: ISO moment of the schedule's slot
# Headers: what the policy of its schedule says of a run, where it says anything.
LATE_AFTER = "job_late_after"  # minutes after its time
TOO_LONG_AFTER = "job_too_long_after"  # minutes that it may take
MOST_RETRIES = "job_most_retries"
FAMILY = "job_family"  # header: of a re-run, the id of the first job of its family
# Header: a part of a chord whose other parts have ended, and what follows from it. See worker/late_parts.py.
LATE_PART = "job_late_part"
LANGUAGE = "job_language"  # header: of whoever launched it; its sentences are written in it
TOKEN = "job_token"  # noqa: S105  of one run: an attribute of its request, never of a message
KEEP_RESULT = "job_keep_result"  # header: false where the caller asked to ignore the result


# Routing that is plain JSON and is published again as it was.
ROUTING = ("routing_key", "priority", "serializer", "compression", "delivery_mode")

# A message may take so many times what one value may (JOB_VALUE_MAX).
LARGEST_MESSAGE = 4


def job_of_message(
    name: str,
    message: Any,
    *,
    headers: Mapping[str, Any] | None = None,
    origin: Origin = Origin.CODE,
    queue: Any = None,
    exchange: Any = None,
    **options: Any,
) -> Job:
    """An unsaved Job of a message as Celery hands it to its sender (`celery.app.amqp.task_message`).

    `headers` are added to the message's own; `queue`, `exchange` and `options` say where it goes.
    """
    if (serializer := options.get("serializer")) not in (None, "json"):
        raise Unstorable(causes.NOT_JSON(name=name, serializer=serializer))
    args, kwargs, embed = message.body
    now = shared_time.now()
    given = dict(message.headers) | dict(headers or {})
    kept_args, kept_kwargs = arguments_as_json(name, args, kwargs)
    own = _headers_of_ours(name, args, kwargs, given)
    routing = _routing(queue, exchange, options)
    kept = {"headers": own, "properties": message.properties, "embed": embed, "routing": routing}
    return Job(
        id=own["id"],
        name=name,
        args=kept_args,
        kwargs=kept_kwargs,
        message=_message_as_json(name, kept),
        queue=routing["queue"],
        about=about_of(name, args, kwargs),
        available_at=_moment(given.get("eta")) or now,
        created_at=now,
        retries=own.get("retries") or 0,
        origin=origin,
        created_by_id=own.get(LAUNCHED_BY),
        **_belonging(own),
    )


def _belonging(own: Mapping[str, Any]) -> dict[str, Any]:
    """What the row is a part of, by its message's headers."""
    return {
        "trace_id": traces.trace_id(own.get(traces.HEADER)) or None,
        "parent_id": own.get("parent_id") or "",
        "root_id": own.get("root_id") or "",
        "scheduled_for": _moment(own.get(SCHEDULED_FOR)),
    }


def arguments_as_json(
    name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """As the row keeps them; raises Unstorable, before anything is written."""
    try:
        return to_json(args), to_json(kwargs)
    except Unstorable as error:
        raise Unstorable(causes.ARGUMENTS_UNSTORABLE(job=name, problem=error)) from error


def _message_as_json(name: str, kept: dict[str, Any]) -> Any:
    """Headers repeat the arguments, and callbacks have their own: a message may be larger than a value."""
    wrong = wrong_header(kept["headers"]) or wrong_queue(kept["routing"]["queue"])
    if wrong:
        raise Unstorable(causes.MESSAGE_UNSTORABLE(job=name, problem=wrong))
    try:
        return to_json(kept, most=LARGEST_MESSAGE * settings.JOB_VALUE_MAX, given=kept["embed"])
    except Unstorable as error:
        raise Unstorable(causes.MESSAGE_UNSTORABLE(job=name, problem=error)) from error


def about_of(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """What the job is about, as its row keeps it."""
    kind = kind_of(name)
    return storable_text(kind.about(named_arguments(name, args, dict(kwargs)))[:255]) if kind else ""


def _headers_of_ours(
    name: str, args: Sequence[Any], kwargs: Mapping[str, Any], headers: Mapping[str, Any]
) -> dict[str, Any]:
    """Those of a message of ours, made of the ones it was given."""
    args_shown, kwargs_shown = representations(name, args, kwargs)
    ours = {key: value for key, value in headers.items() if key != TOKEN}  # of a run, never of a message
    ours |= {
        OURS: 1,
        LANGUAGE: headers.get(LANGUAGE) or get_language() or settings.LANGUAGE_CODE,
        "eta": None,  # the row waits, never the worker
        "ignore_result": False,  # the end of a job is always told to the backend
        "argsrepr": args_shown,
        "kwargsrepr": kwargs_shown,
    }
    if headers.get("ignore_result"):
        ours[KEEP_RESULT] = False
    return ours | _trace_of(ours.pop(traces.HEADER, None))


def _trace_of(given: Any) -> dict[str, str]:
    """The caller's own, that of the run or the web request that launches it, or one that begins here."""
    found = traces.traceparent(given) or trace_here() or traces.begun()
    return {traces.HEADER: found} if found else {}


def _routing(queue: Any, exchange: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Where the message goes, in plain JSON."""
    return {
        "queue": queue_name(queue, exchange, options.get("routing_key")),
        "exchange": getattr(exchange, "name", exchange) or "",
    } | {key: options[key] for key in ROUTING if options.get(key) is not None}


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


def _moment(value: Any) -> datetime | None:
    moment = parse_datetime(value) if isinstance(value, str) else value
    if moment is None and value:
        raise Unstorable(causes.NO_MOMENT(value=value))
    if moment is not None and timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return moment
