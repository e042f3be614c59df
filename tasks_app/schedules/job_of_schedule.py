"""A PeriodicTask as the job it stands for: what it is made of, whether it can be made, and making it."""

from __future__ import annotations

import hashlib
import inspect
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import current_app
from django_celery_beat.models import PeriodicTask

from tasks_app.catalogue import kind_of, launchable_of, named_arguments
from tasks_app.db.among import Among
from tasks_app.db.bad_rows import in_a_line, is_of_one_row, undone_alone
from tasks_app.errors import UNKNOWN_JOB, CodedError, InvalidArguments
from tasks_app.ledger.json_values import Unstorable, to_json
from tasks_app.ledger.message_codec import (
    LATE_AFTER,
    MOST_RETRIES,
    SCHEDULE,
    TOO_LONG_AFTER,
    arguments_as_json,
    secrets_of,
)
from tasks_app.ledger.new_job import Cause, build_job
from tasks_app.models import Job, SchedulePolicy
from tasks_app.models.job import Origin
from tasks_app.notices import Notice, Wording
from tasks_app.schedules import causes
from tasks_app.schedules.rhythm import rule_of

# `check_call`, or the same with a memory.
type Check = Callable[[str, str, str], Notice | None]

# With a schedule's id and a moment, the id of the one job of that slot, whichever clock makes it.
SLOT_JOBS = uuid.UUID("6f1d8a52-0c0e-5a57-9d0f-3c1c5b2f7e11")

RHYTHM_FIELDS = {
    "crontab": ("minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone"),
    "interval": ("every", "period"),
    "solar": ("event", "latitude", "longitude"),
    "clocked": ("clocked_time",),
}
RULE_FIELDS = ("counted", "nth", "every", "first_time", "last_time", "on_day_off", "zone")
CALENDAR_FIELDS = ("country", "region", "weekend", "days_off", "days_on")
MOST_ATTEMPTS = 2  # of one slot: the clock's and one that makes up for it; further ones are re-runs of these
ROUTING_FIELDS = ("queue", "exchange", "routing_key", "priority")
# They decide nothing, but a change of them is a version too.
SAID_FIELDS = ("name", "description", "one_off")
POLICY_FIELDS = ("if_running", "group_id", "most_failures", "late_after", "too_long_after", "retries")


class InvalidSchedule(CodedError, ValueError):
    """No job can be made of this row."""


@dataclass(frozen=True)
class Payload:
    """What the row's JSON texts hold."""

    args: list[Any]
    kwargs: dict[str, Any]
    headers: dict[str, Any]


def definition_of(schedule: PeriodicTask) -> str:
    """Two digests of 32 characters: of what decides the slots, and of all else that its versions keep."""
    rhythm: list[Any] = [schedule.enabled, schedule.start_time, schedule.expires]
    for kind, fields in RHYTHM_FIELDS.items():
        row = getattr(schedule, kind)
        if row is not None:
            rhythm += [kind, *(getattr(row, field) for field in fields)]
    rule = rule_of(schedule)
    if rule:
        rhythm += ["rule", *(getattr(rule, field) for field in RULE_FIELDS)]
        rhythm += [getattr(rule.calendar, field, None) for field in CALENDAR_FIELDS]
    payload = [schedule.task, schedule.args, schedule.kwargs, schedule.headers, schedule.expire_seconds]
    payload += [getattr(schedule, field) for field in ROUTING_FIELDS + SAID_FIELDS]
    policy = policy_of(schedule)
    if policy:
        payload += ["policy", *(getattr(policy, field) for field in POLICY_FIELDS)]
    return _digest(rhythm) + _digest(payload)


def payload_of(schedule: PeriodicTask) -> Payload:
    """The row's arguments and headers; raises InvalidSchedule where a text is not the JSON it must be, or
    holds what no job can keep."""
    return Payload(
        _parsed(schedule.args, list, causes.ARGS_NO_LIST),
        _parsed(schedule.kwargs, dict, causes.KWARGS_NO_OBJECT),
        headers_of(schedule),
    )


def headers_of(schedule: PeriodicTask) -> dict[str, Any]:
    """Raises InvalidSchedule."""
    return _parsed(schedule.headers, dict, causes.HEADERS_NO_OBJECT)


def arguments_of(schedule: PeriodicTask) -> dict[str, Any]:
    """The row's arguments by name; raises InvalidSchedule."""
    payload = payload_of(schedule)
    return named_arguments(schedule.task, payload.args, payload.kwargs)


def check_call(task_name: str, args_json: str, kwargs_json: str) -> Notice | None:
    """Why no job of this name and arguments can be made; None when it can.

    Texts, so that the answer can be kept for schedules that are alike.
    """
    args, kwargs = json.loads(args_json or "[]"), json.loads(kwargs_json or "{}")
    task = current_app.tasks.get(task_name)
    if task is None:
        return UNKNOWN_JOB(name=task_name)
    try:
        inspect.signature(task.run).bind(*args, **kwargs)
    except TypeError as error:
        return causes.ARGUMENTS_NOT_TAKEN(error=error)
    try:
        arguments_as_json(task_name, args, kwargs)
    except Unstorable as error:
        return error.notice
    if kind_of(task_name) is None:
        return None
    arguments = named_arguments(task_name, args, kwargs)
    launchable = launchable_of(task_name, arguments)
    if launchable is None:
        return causes.NO_FORM()
    try:
        with undone_alone():
            launchable.clean(arguments)
    except InvalidArguments as error:
        # A form may quote what it refuses.
        refused = error.notice.masked(secrets_of(task_name, args, kwargs))
        return causes.ARGUMENTS_REFUSED(error=refused)
    return None


def problem_of(schedule: PeriodicTask, check: Check = check_call) -> Notice | None:
    """Why no job can be made of this row; None when one can."""
    try:
        payload_of(schedule)
        return check(schedule.task, schedule.args or "", schedule.kwargs or "")
    except InvalidSchedule as error:
        return error.notice
    except Exception as error:  # a form or a column that stumbles over this row says nothing of the others
        if not is_of_one_row(error):
            raise
        return cannot_be_dealt_with(error)


def cannot_be_dealt_with(error: Exception) -> Notice:
    """For what nobody foresaw: the database, a conversion or our own code refuses the row."""
    return causes.CANNOT_BE_DEALT_WITH(error=error if isinstance(error, CodedError) else in_a_line(error))


def job_of(
    schedule: PeriodicTask,
    now: datetime,
    *,
    moment: datetime,
    cause: Cause | None = None,
    attempt: int = 1,
    arguments: dict[str, Any] | None = None,
) -> Job:
    """The unsaved job of one slot: of the rhythm, or as `cause` says.

    The one place where a schedule becomes a job: arguments (but for those that a person changed), routing,
    headers, priority and expiry are the same for all. Raises InvalidSchedule.
    """
    payload = payload_of(schedule)
    if arguments is not None:
        payload = Payload([], arguments, payload.headers)
    return build_job(
        schedule.task,
        payload.args,
        payload.kwargs,
        task_id=slot_job_id(schedule.pk, moment, attempt),
        cause=replace(cause or Cause(Origin.SCHEDULE), scheduled_for=moment),
        options=_options(schedule, payload, now),
    )


def _options(schedule: PeriodicTask, payload: Payload, now: datetime) -> dict[str, Any]:
    """Routing, expiry and headers, as Celery's `apply_async` takes them."""
    options: dict[str, Any] = {
        field: value for field in ROUTING_FIELDS if (value := getattr(schedule, field)) is not None
    }
    expires = schedule.expires
    if expires is None and schedule.expire_seconds is not None:
        expires = now + timedelta(seconds=schedule.expire_seconds)
    if expires is not None:
        options["expires"] = expires
    # The names django-celery-results and people's own tasks know from django-celery-beat.
    options["headers"] = (
        payload.headers
        | _policy_headers(schedule)
        | {
            SCHEDULE: schedule.pk,
            "periodic_task_name": schedule.name,
            "celery_beat_task": True,
        }
    )
    return options


def slot_job_id(schedule_id: int, moment: datetime, attempt: int = 1) -> str:
    """The one job of that slot and attempt, whoever makes it."""
    again = f" {attempt}" if attempt > 1 else ""
    return str(uuid.uuid5(SLOT_JOBS, f"{schedule_id} {moment.astimezone(UTC).isoformat()}{again}"))


def attempts_of(schedule_id: int, moments: Sequence[datetime]) -> dict[datetime, int]:
    """How many jobs were made for each of these slots, as far as they are kept."""
    ids = {
        slot_job_id(schedule_id, moment, attempt): moment
        for moment in moments
        for attempt in range(1, MOST_ATTEMPTS + 1)
    }
    found = dict.fromkeys(moments, 0)
    for one in Job.objects.filter(Among("id", ids)).values_list("id", flat=True):
        found[ids[one]] += 1
    return found


def policy_of(schedule: Any) -> SchedulePolicy | None:
    """Our policy beside it; None where it has none. Where that was asked already, it is known."""
    known = getattr(schedule, "_state", None)
    if known is not None and "policy" in known.fields_cache:
        found: SchedulePolicy | None = known.fields_cache["policy"]
        return found
    return getattr(schedule, "policy", None)


def _policy_headers(schedule: PeriodicTask) -> dict[str, int]:
    """What the run and its end heed, so that neither asks for the schedule: minutes, and Celery's retries."""
    policy = policy_of(schedule)
    if policy is None:
        return {}
    given = {
        LATE_AFTER: policy.late_after,
        TOO_LONG_AFTER: policy.too_long_after,
        MOST_RETRIES: policy.retries,
    }
    return {name: value for name, value in given.items() if value is not None}


def _parsed[T: (list[Any], dict[str, Any])](text: str | None, shape: type[T], complaint: Wording) -> T:
    try:
        value = json.loads(text) if text else shape()
    except (ValueError, RecursionError) as error:
        raise InvalidSchedule(complaint()) from error
    if not isinstance(value, shape):
        raise InvalidSchedule(complaint())
    try:
        to_json(value)
    except Unstorable as error:
        raise InvalidSchedule(causes.ARGUMENTS_UNSTORABLE(error=error)) from error
    return value


def _digest(values: list[Any]) -> str:
    return hashlib.sha256("\x1f".join(map(str, values)).encode()).hexdigest()[:32]
