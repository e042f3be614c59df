"""Pasts whose figures are counted: an invented one each, and beside it rows such as no generator makes."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from backoffice.history.afterwards import count_hours_anew
from backoffice.models import LastLook, Message, MessageState, Report, SendingHold
from tasks_app.catalogue import UNREADABLE
from tasks_app.failures import counting as failures
from tasks_app.ledger import causes
from tasks_app.models import (
    FailureGroup,
    FailureStatus,
    Job,
    MessageTally,
    Node,
    PromiseDay,
    QueueState,
    ScheduleOptions,
    ScheduleOwner,
    State,
)
from tasks_app.models.job import Origin

HERE = ZoneInfo(settings.TIME_ZONE)
MICROSECOND, SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("microseconds", "seconds", "minutes", "hours", "days")
)
NAMES = (
    "tasks_app.tasks.envoi_email",
    "tasks_app.tasks.rapport_pdf",
    "tasks_app.tasks.cleanup_results",
    "shop.tasks.import_order",
    "gone.tasks.nobody_knows",
    UNREADABLE,
)
SERVED, UNSERVED, PAUSED, ODD = "high", "archive", "default", "two words/é&x"
QUEUES = (SERVED, PAUSED, "low", UNSERVED, ODD)
TEMPLATES = ("", "Bienvenue à bord", "Invoice")
# Why a promise was broken: a code and its parameters, or the sentence that was kept before there were codes.
BROKEN: tuple[tuple[str | None, dict[str, str], str], ...] = (
    ("promise.failed", {"moment": "dawn", "why": "The disk is full."}, "Its run failed."),
    ("promise.failed", {"moment": "noon", "why": "Nobody answers."}, "Its run failed."),
    ("promise.unfinished", {"moment": "dawn"}, "Its run had not ended by then."),
    ("promise.late", {"moment": "dawn", "done": "noon"}, "Its run was done too late."),
    ("promise.switched_off", {}, "It was switched off, so that nothing ran."),
    ("promise.cannot_run", {}, "It cannot run as it is, so that nothing ran."),
    *((None, {}, f"The host number {number} was away.") for number in range(1, 9)),
)
CODES = (None, causes.STOPPED.code, causes.MESSAGE_REFUSED.code, "shop.partner_silent", "no.such_code")


@dataclass(frozen=True)
class Past:
    """A past that ends at `now`; the same seed makes the same rows."""

    name: str
    seed: int
    now: datetime
    jobs: int = 400
    odd: int = 260
    # How far the clock is behind with failures; what it has not counted is noted, or the pages read it.
    behind: timedelta = timedelta()

    def __str__(self) -> str:
        return self.name


def others(seeds: str) -> Iterator[Past]:
    """Pasts of one's own, of which a seed decides all: "5", or "41-50"."""
    first, _dash, last = seeds.partition("-")
    for seed in range(int(first), int(last or first) + 1) if first else ():
        chance = random.Random(seed)
        now = datetime(2024, 1, 1, tzinfo=UTC) + chance.random() * 1_000 * DAY
        if chance.random() < 0.5:  # at an edge of a month, or in the nights in which the clock is changed
            year = chance.choice((2024, 2025, 2026))
            month = chance.randint(1, 9)
            edge = datetime(year, month, 1, tzinfo=HERE) + chance.choice((-1, 0, 1)) * MINUTE
            now = chance.choice((edge, *changes_of_the_clock(year)))
        behind = chance.choice((timedelta(), HOUR, 9 * DAY))
        size = chance.randint(100, 1_500), chance.randint(200, 500)
        yield Past(f"the past of seed {seed}", seed, now.astimezone(UTC), *size, behind=behind)


def changes_of_the_clock(year: int) -> list[datetime]:
    """In each of its nights, a moment before the change and two after it."""
    hours = [datetime(year, 1, 1, tzinfo=UTC) + n * HOUR for n in range(270 * 24)]
    changes = [
        hour
        for hour in hours
        if hour.astimezone(HERE).utcoffset() != (hour + HOUR).astimezone(HERE).utcoffset()
    ]
    return [hour + minutes * MINUTE for hour in changes for minutes in (-20, 65, 5 * 60)]


PASTS = (
    Past("the day after an hour was left out", 11, datetime(2026, 3, 30, 7, 20, tzinfo=UTC), behind=HOUR),
    Past("the day after an hour came twice", 23, datetime(2026, 10, 26, 10, 5, 30, tzinfo=UTC)),
    Past("two minutes into a month", 37, datetime(2026, 5, 31, 22, 2, tzinfo=UTC), behind=9 * DAY),
    *others(os.environ.get("FIGURES_SEEDS", "")),
)


def user_of(name: str) -> User:
    return User.objects.get(username=name)


def write(past: Past) -> None:
    wish = {"days": 14, "jobs": past.jobs, "seed": past.seed, "until": past.now.isoformat()}
    call_command("make_history", **wish, stdout=StringIO(), stderr=StringIO())
    chance = random.Random(past.seed)
    edges = list(edges_of(past.now))
    add_jobs(chance, past, edges)
    add_messages(chance, past, edges)
    add_reports(chance, edges)
    add_surroundings(past.now)
    add_schedules(past.now)
    add_promises(chance, past.now)
    # What the clock has counted, and what it has not: the pages add the two.
    count_hours_anew(past.now - 50 * MINUTE)
    failures.begin_anew()  # the odd rows ended before its mark, and came after it
    failures.count(past.now - past.behind)
    decide_about_causes(past.now)


def edges_of(now: datetime) -> Iterator[datetime]:
    """Moments at which somebody counts one too few or one too many."""
    today = now.astimezone(HERE).date()
    for days in (0, 1, 2, 6, 7, 8, 13, 29, 30, 31, 60, 200):
        yield from around(datetime.combine(today - days * DAY, time.min, HERE))
    yield from around(datetime.combine(today.replace(day=1), time.min, HERE))
    for change in (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)):
        if change < now:
            for minutes in (-60, -30, 0, 30, 60):
                yield from around(change + minutes * MINUTE)
    for before in (DAY, 23 * HOUR, HOUR, 15 * MINUTE, 2 * MINUTE, SECOND):
        yield from around(now - before)


def around(moment: datetime) -> Iterator[datetime]:
    for offset in (-MICROSECOND, timedelta(), MICROSECOND):
        yield moment.astimezone(UTC) + offset


# --- jobs ------------------------------------------------------------------------------------------


def add_jobs(chance: random.Random, past: Past, edges: list[datetime]) -> None:
    people = [None, *User.objects.order_by("pk")]
    made: list[Job] = []
    for _number in range(past.odd):
        job = odd_job(chance, past.now, edges)
        job.created_by = chance.choice(people)
        if made and chance.random() < 0.15:
            job.rerun_of, job.origin = chance.choice(made), Origin.RERUN
        made.append(job)
    Job.objects.bulk_create([*made, *sure_jobs(chance, past.now)])


def sure_jobs(chance: random.Random, now: datetime) -> Iterator[Job]:
    """What no past may lack: failures at each side of a day ago, a queue that jobs only run in."""
    for moment in around(now - DAY):
        job = new_job(chance, State.FAILED, moment - SECOND)
        job.started_at, job.ended_at, job.error_class = job.created_at, moment, "KeyError"
        yield job
    running = new_job(chance, State.RUNNING, now - MINUTE)
    running.queue, running.started_at, running.lease_until = "busy", now - MINUTE, now + HOUR
    yield running


def new_job(chance: random.Random, state: State, created: datetime) -> Job:
    return Job(
        id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        name=chance.choice(NAMES),
        queue=chance.choice(QUEUES),
        state=state,
        created_at=created,
        available_at=created,
        origin=Origin.CODE,
    )


def odd_job(chance: random.Random, now: datetime, edges: list[datetime]) -> Job:
    past_edges = [edge for edge in edges if edge <= now]
    created = chance.choice(past_edges) - chance.choice((timedelta(), timedelta(), 90 * SECOND))
    job = new_job(chance, chance.choice(list(State)), created)
    match job.state:
        case State.WAITING:
            job.published_at = chance.choice((None, None, created))
            job.available_at = chance.choice(
                (None, created, now, now + MICROSECOND, now + HOUR, now - MINUTE)
            )
        case State.RUNNING:
            job.started_at, job.published_at = created, created
            job.lease_until = chance.choice((now + HOUR, now - HOUR, now - MINUTE))
        case _:
            end_oddly(chance, job, now, past_edges)
    return job


def end_oddly(chance: random.Random, job: Job, now: datetime, edges: list[datetime]) -> None:
    """At an edge; some never started, and some ended in a time to come, by a host that is ahead."""
    later = [edge for edge in edges if edge >= job.created_at] or [now]
    job.ended_at = chance.choice((chance.choice(later), now + 40 * SECOND, job.created_at))
    if job.state in (State.SUCCEEDED, State.FAILED) or chance.random() < 0.5:
        job.started_at = chance.choice((job.created_at, min(job.ended_at, job.created_at + SECOND)))
    if job.state == State.FAILED:
        job.cause = chance.choice(CODES)
        job.cause_params = {} if job.cause else None
        job.repaired_at = chance.choice((None, None, now))
        job.error_class = "" if job.cause else chance.choice(("", "shop.errors.Silent", "KeyError"))


# --- what else there is ----------------------------------------------------------------------------


def add_messages(chance: random.Random, past: Past, edges: list[datetime]) -> None:
    made = [
        Message(
            to=f"person{number}@example.org",
            sender="us@example.org",
            subject=f"Letter {number}",
            template_name=chance.choice(TEMPLATES),
            state=chance.choice(list(MessageState)),
            security=chance.random() < 0.1,
        )
        for number in range(past.odd // 2)
    ]
    Message.objects.bulk_create(made)
    for message in made:
        message.created_at = chance.choice(edges)
    Message.objects.bulk_update(made, ["created_at"])


def add_reports(chance: random.Random, edges: list[datetime]) -> None:
    for number, kind in enumerate(("overview", "activity", "emails", "no-such-report") * 3):
        report = Report.objects.create(
            type=kind, title=f"{kind} {number}", format="pdf", language="fr", file=f"odd/{number}",
            file_name="odd.pdf", size=1, sha256="0", job_id=f"odd-{number}",
        )  # fmt: skip
        Report.objects.filter(pk=report.pk).update(created_at=chance.choice(edges))


def add_surroundings(now: datetime) -> None:
    """Who is there, what is paused or held, and who has looked."""
    node = partial(Node.objects.create, started_at=now - DAY)
    here: dict[str, Any] = {"version": settings.VERSION, "beat_at": now - SECOND}
    node(
        name="worker@here", kind=Node.Kind.WORKER, **here,
        details={"queues": [SERVED, PAUSED, "read-by-one"], "concurrency": 4, "disk_free_mib": 90_000},
    )  # fmt: skip
    node(name="clock@here", kind=Node.Kind.CLOCK, **here, details={"disk_free_mib": 90_000})
    node(name="web@here", kind=Node.Kind.WEB, beat_at=now, version="0.0.1", details={"disk_free_mib": 70})
    node(name="worker@silent", kind=Node.Kind.WORKER, beat_at=now - 20 * MINUTE, details={"queues": ["low"]})
    node(name="worker@gone", kind=Node.Kind.WORKER, beat_at=now - 3 * HOUR, details={"queues": ["low"]})
    node(name="worker@stopped", kind=Node.Kind.WORKER, beat_at=now, stopped_at=now)
    QueueState.objects.create(name=PAUSED, paused=True)
    QueueState.objects.create(name="once-paused", paused=False)
    SendingHold.objects.create(since=now - HOUR, probe_at=now + HOUR, reason="Out of reach.")
    for hours in (0, 1, 100, 167, 169, 400):
        for reason in MessageTally.Reason:
            hour = (now - hours * HOUR).replace(minute=0, second=0, microsecond=0)
            MessageTally.objects.create(reason=reason, hour=hour, count=hours + 1, last_at=hour)
    looked = User.objects.create_user("looked", password="x", is_staff=True)
    looked.groups.add(Group.objects.get(name="Support"))
    LastLook.objects.create(user=looked, failures_until=now - 5 * HOUR)


# What is said of a cause, and until when from now on.
DECISIONS = (
    (FailureStatus.KNOWN, None),
    (FailureStatus.KNOWN, DAY),
    (FailureStatus.KNOWN, MICROSECOND),
    (FailureStatus.KNOWN, timedelta()),
    (FailureStatus.KNOWN, -DAY),
    (FailureStatus.REPAIRED, None),
)


def decide_about_causes(now: datetime) -> None:
    """One of each, about those that failed longest ago; what failed last is ignored."""
    rows = list(FailureGroup.objects.order_by("last_at", "pk"))
    for row, (status, until) in zip(rows, DECISIONS, strict=False):
        row.status, row.status_at, row.until = status, now, None if until is None else now + until
    rows[-1].status, rows[-1].status_at = FailureStatus.IGNORED, now
    FailureGroup.objects.bulk_update(rows, ["status", "status_at", "until"])


def add_schedules(now: datetime) -> None:
    hourly, _made = IntervalSchedule.objects.get_or_create(every=1, period=IntervalSchedule.HOURS)
    moments = (None, now - DAY, now - 2 * MINUTE - SECOND, now - MINUTE, now, now + MINUTE, now + DAY)
    for number in range(18):
        schedule = PeriodicTask.objects.create(
            name=f"Odd {number}", task=NAMES[number % len(NAMES)], interval=hourly, enabled=number % 4 != 0
        )
        invalid = "Its job is not known here." if number % 5 == 0 else ""
        slot = None if invalid else moments[number % len(moments)]
        defaults = {"anchor": now - DAY, "next_slot": slot, "invalid": invalid}
        if number != 17:
            ScheduleOptions.objects.update_or_create(schedule=schedule, defaults=defaults)
            if number % 3:  # the others are of nobody
                is_system = number % 3 == 1
                ScheduleOwner.objects.create(schedule=schedule, is_system=is_system, since=now - DAY)


def add_promises(chance: random.Random, now: datetime) -> None:
    """Days of three schedules that had other names once, and of one that is gone; some were days off.

    The one that is gone had for a while the name that another has now.
    """
    today = now.astimezone(HERE).date()
    schedules: list[PeriodicTask | None] = [
        *PeriodicTask.objects.filter(name__startswith="Odd").order_by("pk")
    ]
    days = []
    for number, schedule in enumerate([*schedules[:3], None]):
        for ago in (*range(70), 200, 400):
            if chance.random() < 0.2:
                continue
            now_called = schedule.name if schedule else "Gone"
            once_called = f"Before {number}" if schedule else "Odd 0"
            name = now_called if ago < 20 else once_called
            days.append(promise_day(chance, schedule, name, today - ago * DAY))
    PromiseDay.objects.bulk_create(days)


def promise_day(chance: random.Random, schedule: PeriodicTask | None, name: str, day: date) -> PromiseDay:
    deadline = datetime.combine(day, time(7), HERE)
    kept = chance.random() < 0.7
    code, params, reason = chance.choice(BROKEN)
    why = {} if kept else {"cause": code, "cause_params": params, "reason": reason}
    if kept and chance.random() < 0.1:
        why = {
            "cause": "promise.run_again",
            "cause_params": {"moment": "dawn"},
            "reason": "It was run again.",
        }
    done_at = deadline - MINUTE if kept else chance.choice((None, deadline + HOUR))
    return PromiseDay(
        schedule=schedule, schedule_name=name, day=day, deadline=deadline, kept=kept, done_at=done_at,
        decided_at=deadline, **why,
    )  # fmt: skip
