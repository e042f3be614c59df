"""A look at the stack: which services answer, what waits where, who is there. Every question is bounded."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext, ngettext
from django_celery_beat.models import PeriodicTask

from backoffice import storage
from backoffice.models import Message, SendingHold
from tasks_app.catalogue import label_of
from tasks_app.models import FINAL, Job, Node, QueueState, ScheduleOptions, State
from tasks_app.models.job import is_due
from tasks_app.monitor import broker_status, queue_status
from tasks_app.monitor.broker_status import BROKER_ERRORS
from tasks_app.monitor.failure_counts import Failures, failures_of
from tasks_app.monitor.health import CLOCK, HOSTS, WORK, WORKERS, Level, run
from tasks_app.schedules.rhythm import words

QUEUES = ("high", "default", "low")  # our own, most urgent first; others are shown as they turn up
MOST_SCHEDULES = MOST_CREWS = 3  # more would not leave the page one page


@dataclass(frozen=True)
class Service:
    name: str
    version: str
    answers: bool | None = None  # None: nothing to ask


@dataclass(frozen=True)
class Queue:
    name: str
    paused: bool
    waiting: int  # as on every page: those that are due, and the following
    later: int  # of them: not due yet
    running: int
    depth: int | None  # messages in the broker; None when it does not answer
    workers: list[str]


@dataclass(frozen=True)
class Member:
    name: str
    kind: str
    is_worker: bool
    queues: list[str]
    processes: int | None
    memory: int | None  # MiB
    started_at: datetime


@dataclass(frozen=True)
class Crew:
    """Members of one kind that read the same queues. Their names say nothing to who reads reports."""

    kind: str
    queues: list[str]
    members: int
    processes: int | None
    memory: int | None  # MiB
    started_at: datetime  # of the one that has run longest


@dataclass(frozen=True)
class Schedule:
    name: str
    job: str
    rhythm: str
    next_run: datetime | None


@dataclass(frozen=True)
class Stack:
    services: list[Service]
    queues: list[Queue]
    nodes: list[Member]
    schedules: list[Schedule]  # the first of those that have a next run
    planned: int  # how many have one
    switched_on: int
    ended: int
    failures: Failures
    problems: list[str]

    @property
    def workers(self) -> list[Member]:
        return [one for one in self.nodes if one.is_worker]

    @property
    def crews(self) -> list[Crew]:
        """Together all of the nodes."""
        grouped: dict[tuple[str, ...], list[Member]] = {}
        for one in self.nodes:
            grouped.setdefault((one.kind, *sorted(one.queues)), []).append(one)
        return [_crew(members) for members in grouped.values()]

    @property
    def broker_answers(self) -> bool:
        return any(queue.depth is not None for queue in self.queues)


def look(now: datetime) -> Stack:
    """Everything an overview shows, as of `now`."""
    alive = list(Node.objects.alive(now))
    broker = _broker()
    queues = _queues(now, alive, answers=bool(broker))
    due = ScheduleOptions.objects.filter(schedule__enabled=True, next_slot__isnull=False)
    recent = Job.objects.filter(ended_at__gte=now - timedelta(days=1), state__in=FINAL)
    failures, ended = failures_of(recent), recent.count()
    services = _services(broker)
    return Stack(
        services=services,
        queues=queues,
        nodes=[_member(one) for one in alive],
        schedules=[
            Schedule(
                options.schedule.name,
                str(label_of(options.schedule.task)),
                words(options.schedule),
                options.next_slot,
            )
            for options in due.select_related(
                "schedule__interval", "schedule__crontab", "schedule__solar", "schedule__clocked"
            ).order_by("next_slot")[:MOST_SCHEDULES]
        ],
        planned=due.count(),
        switched_on=PeriodicTask.objects.filter(enabled=True).count(),
        ended=ended,
        failures=failures,
        problems=list(_problems(now, services, failures, ended)),
    )


def days_kept(days: int) -> str:
    if not days:
        return gettext("not at all")
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def _services(broker: str) -> list[Service]:
    emails = "AWS SES" if settings.EMAIL_TRANSPORT == "ses" else gettext("Local outbox")
    return [
        Service(gettext("Database"), _database(), True),
        Service(gettext("Broker"), broker or "Redis", bool(broker)),
        Service(gettext("Storage"), _storage_name(), _storage_answers()),
        Service(gettext("Emails"), emails),
        Service(gettext("Back office"), settings.VERSION),
    ]


def built_with() -> str:
    parts = [f"Python {platform.python_version()}"]
    return ", ".join(parts + [f"{name} {version(name)}" for name in ("Django", "Celery", "WeasyPrint")])


def _storage_name() -> str:
    return "S3" if settings.STORAGE_URL else gettext("Folder")


def _storage_answers() -> bool:
    try:
        storage.probe()
    except (OSError, storage.StorageRefused):
        return False
    return True


def _database() -> str:
    number = ".".join(str(part) for part in connection.get_database_version())
    return f"{connection.display_name} {number}"


def _broker() -> str:
    """The broker's name and version; "" where it does not answer."""
    try:
        return broker_status.product()
    except BROKER_ERRORS:
        return ""


def _queues(now: datetime, alive: Iterable[Node], *, answers: bool) -> list[Queue]:
    waiting, due = Q(state=State.WAITING), is_due(now)
    unfinished = {
        name: (waits, later, runs)
        for name, waits, later, runs in Job.objects.filter(state__in=[State.WAITING, State.RUNNING])
        .order_by()
        .values_list("queue")
        .annotate(
            waits=Count("pk", filter=waiting),
            later=Count("pk", filter=waiting & ~due),
            runs=Count("pk", filter=Q(state=State.RUNNING)),
        )
    }
    readers: dict[str, list[str]] = {}
    for node in alive:
        for queue in node.details.get("queues", []):
            readers.setdefault(queue, []).append(node.name)
    names = {*QUEUES, *queue_status.known_queues(), *unfinished}
    paused = set(QueueState.objects.paused(now).values_list("name", flat=True))
    order = {name: place for place, name in enumerate(QUEUES)}
    shown = sorted(names, key=lambda name: (order.get(name, len(QUEUES)), name))
    depths = _depths(shown) if answers else {}
    return [
        Queue(name, name in paused, *unfinished.get(name, (0, 0, 0)), depths.get(name), readers.get(name, []))
        for name in shown
    ]


def _depths(queues: list[str]) -> dict[str, int]:
    try:
        return broker_status.depths(queues)
    except BROKER_ERRORS:
        return {}


def _crew(members: list[Member]) -> Crew:
    processes = [one.processes for one in members if one.processes is not None]
    memory = [one.memory for one in members if one.memory is not None]
    return Crew(
        members[0].kind,
        members[0].queues,
        len(members),
        sum(processes) if processes else None,
        sum(memory) if memory else None,
        min(one.started_at for one in members),
    )


def _member(node: Node) -> Member:
    return Member(
        node.name,
        str(Node.Kind(node.kind).label),
        node.kind == Node.Kind.WORKER,
        node.details.get("queues", []),
        node.details.get("concurrency"),
        node.details.get("memory_mib"),
        node.started_at,
    )


def _problems(now: datetime, services: Iterable[Service], failures: Failures, ended: int) -> Iterator[str]:
    """Whatever contradicts that all is well, in the words of `manage.py doctor` where it asks the same."""
    for service in services:
        if service.answers is False:
            yield gettext("%(service)s does not answer.") % {"service": service.name}
    if failures.need_somebody:
        yield gettext(
            "Of %(ended)s jobs that ended in the last 24 hours %(failed)s failed and are not repaired."
        ) % {
            "ended": ended,
            "failed": failures.need_somebody,
        }
    if SendingHold.objects.exists():
        yield gettext("All emails are held.")
    if unknown := Message.objects.unknown().count():
        yield ngettext(
            "%(count)s email has an unknown outcome.", "%(count)s emails have an unknown outcome.", unknown
        ) % {"count": unknown}
    for _check, findings in run([*WORKERS, *CLOCK, *WORK, *HOSTS], now):
        yield from (finding.sentence for finding in findings if finding.level is not Level.OK)
