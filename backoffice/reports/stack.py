"""A look at the stack: which services answer, what waits where, who is there. Every question is bounded."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

import redis
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext, ngettext

from backoffice.reports.storage import STORAGE_ERRORS
from projet import VERSION
from tasks_app.catalogue import label_of
from tasks_app.models import Job, Node, QueueState, ScheduleOptions, State
from tasks_app.rhythm import words

QUEUES = ("high", "default", "low")  # our own, most urgent first; others are shown as they turn up
BROKER_PATIENCE = 1.0  # seconds for a broker to answer a report
MOST_SCHEDULES = MOST_NODES = 5  # more would not leave the page one page
# kombu keeps a queue's messages of priority n in "queue\x06\x16n" (kombu.transport.redis, `sep`).
PRIORITY_KEYS = ("", "\x06\x163", "\x06\x166", "\x06\x169")


@dataclass(frozen=True)
class Service:
    name: str
    version: str
    answers: bool | None = None  # None: nothing to ask


@dataclass(frozen=True)
class Queue:
    name: str
    paused: bool
    waiting: int
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
    schedules: list[Schedule]
    schedule_count: int
    ended: int
    failed: int
    problems: list[str]

    @property
    def workers(self) -> list[Member]:
        return [one for one in self.nodes if one.is_worker]

    @property
    def broker_answers(self) -> bool:
        return any(queue.depth is not None for queue in self.queues)


def look(now: datetime) -> Stack:
    """Everything an overview shows, as of `now`."""
    alive = list(Node.objects.alive(now))
    broker = _broker()
    queues = _queues(alive, broker)
    due = ScheduleOptions.objects.filter(schedule__enabled=True, next_slot__isnull=False)
    recent = Job.objects.filter(ended_at__gte=now - timedelta(days=1)).aggregate(
        ended=Count("pk"), failed=Count("pk", filter=Q(state=State.FAILED))
    )
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
        schedule_count=due.count(),
        ended=recent["ended"],
        failed=recent["failed"],
        problems=list(_problems(services, queues, alive)),
    )


def days_kept(days: int) -> str:
    if not days:
        return gettext("not at all")
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def _services(broker: redis.Redis | None) -> list[Service]:
    emails = "AWS SES" if settings.EMAIL_TRANSPORT == "ses" else gettext("Local outbox")
    return [
        Service(gettext("Database"), _database(), True),
        Service(gettext("Broker"), _broker_version(broker), broker is not None),
        Service(gettext("Storage"), _storage_name(), _storage_answers()),
        Service(gettext("Emails"), emails),
        Service(gettext("Back office"), VERSION),
    ]


def built_with() -> str:
    parts = [f"Python {platform.python_version()}"]
    return ", ".join(parts + [f"{name} {version(name)}" for name in ("Django", "Celery", "WeasyPrint")])


def _storage_name() -> str:
    backend: str = settings.STORAGES["default"]["BACKEND"]
    return gettext("Folder") if backend.endswith("FileSystemStorage") else backend.rpartition(".")[2]


def _storage_answers() -> bool:
    try:
        default_storage.exists("reports")
    except STORAGE_ERRORS:
        return False
    return True


def _database() -> str:
    number = ".".join(str(part) for part in connection.get_database_version())
    return f"{connection.display_name} {number}"


def _broker() -> redis.Redis | None:
    """A client of a broker that answered; None for one that does not, or that is no Redis."""
    if not settings.CELERY_BROKER_URL.startswith(("redis://", "rediss://", "unix://")):
        return None
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=BROKER_PATIENCE, socket_connect_timeout=BROKER_PATIENCE
    )
    try:
        client.ping()
    except redis.RedisError:
        return None
    return client


def _broker_version(broker: redis.Redis | None) -> str:
    return f"Redis {broker.info('server')['redis_version']}" if broker else "Redis"


def _queues(alive: Iterable[Node], broker: redis.Redis | None) -> list[Queue]:
    unfinished = {
        name: (waiting, running)
        for name, waiting, running in Job.objects.filter(state__in=[State.WAITING, State.RUNNING])
        .order_by()
        .values_list("queue")
        .annotate(
            waiting=Count("pk", filter=Q(state=State.WAITING)),
            running=Count("pk", filter=Q(state=State.RUNNING)),
        )
    }
    readers: dict[str, list[str]] = {}
    for node in alive:
        for queue in node.details.get("queues", []):
            readers.setdefault(queue, []).append(node.name)
    names = {*QUEUES, settings.CELERY_TASK_DEFAULT_QUEUE, *unfinished, *readers}
    paused = set(QueueState.objects.filter(paused=True).values_list("name", flat=True))
    order = {name: place for place, name in enumerate(QUEUES)}
    return [
        Queue(
            name, name in paused, *unfinished.get(name, (0, 0)), _depth(broker, name), readers.get(name, [])
        )
        for name in sorted(names | paused, key=lambda name: (order.get(name, len(QUEUES)), name))
    ]


def _depth(broker: redis.Redis | None, queue: str) -> int | None:
    if broker is None:
        return None
    try:
        return sum(int(broker.llen(f"{queue}{suffix}")) for suffix in PRIORITY_KEYS)
    except redis.RedisError:
        return None


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


def _problems(services: Iterable[Service], queues: Iterable[Queue], alive: Iterable[Node]) -> Iterable[str]:
    kinds = {node.kind for node in alive}
    for service in services:
        if service.answers is False:
            yield gettext("%(service)s does not answer.") % {"service": service.name}
    if Node.Kind.WORKER not in kinds:
        yield gettext("No worker is there: jobs wait until one starts.")
    if Node.Kind.CLOCK not in kinds:
        yield gettext("No clock is there: schedules and retries wait until one starts.")
    for queue in queues:
        if queue.paused:
            yield gettext("Queue “%(queue)s” is paused.") % {"queue": queue.name}
        elif Node.Kind.WORKER in kinds and not queue.workers:
            yield gettext("No worker reads queue “%(queue)s”.") % {"queue": queue.name}
