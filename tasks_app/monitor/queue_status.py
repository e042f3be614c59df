"""What is known of queues, read from a bounded number of rows however much waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter

from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from tasks_app.catalogue import kinds
from tasks_app.db import shared_time
from tasks_app.db.ranges import first_of_each
from tasks_app.ledger.message_codec import queue_name
from tasks_app.models import Job, Node, QueueState
from tasks_app.monitor.pauses import Pause, pause_of
from tasks_app.monitor.published import Published, published
from tasks_app.monitor.rates import Rate, about

# Waiting jobs are counted up to here: "1,000+".
COUNTED = 1_000
MOST_RUNNING = 10_000
MOST_QUEUES = 100  # that jobs wait in; whoever names a queue by a customer's number has more
# Messages that left no job are told of for so long.
COUNTED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Count:
    """How many were counted, and whether there are `more`; as people read it "12" or "1,000+"."""

    counted: int
    more: bool = False

    def __str__(self) -> str:
        return number_format(self.counted, force_grouping=True) + ("+" if self.more else "")

    def __bool__(self) -> bool:
        return self.counted > 0

    def __add__(self, other: Count) -> Count:
        return up_to(COUNTED, self.counted + other.counted, more=self.more or other.more)


def up_to(bound: int, counted: int, *, more: bool = False) -> Count:
    return Count(min(counted, bound), more or counted > bound)


@dataclass(frozen=True)
class Queue:
    name: str
    pause: Pause | None
    due: Count  # of those that wait: they could start
    later: Count  # the others: their moment is to come
    oldest: timedelta | None  # how long the oldest due job has waited
    running: int
    workers: list[str]  # alive ones that take from it
    rate: Rate | None = None  # None: it was not asked for

    def at(self, rate: Rate) -> Queue:
        return replace(self, rate=rate)

    @property
    def paused(self) -> bool:
        return self.pause is not None

    @property
    def waiting(self) -> Count:
        """What every page calls waiting, and what the list of waiting jobs shows."""
        return self.due + self.later

    @property
    def unattended(self) -> bool:
        """Somebody waits, and nobody comes."""
        return bool(self.due) and not self.workers and not self.paused

    @property
    def clears_in(self) -> str:
        """When nothing that is due waits any more, if it goes on so and nothing else comes."""
        if not self.due:
            return _("nothing waits") if not self.due.more else "–"
        if self.paused:
            return _("not while it is paused")
        if self.rate is None:
            return "–"
        if not self.rate.ended:
            return _("never at this rate")
        time = about(self.rate.over * self.due.counted / self.rate.ended)
        if not self.due.more:
            return time
        first = number_format(self.due.counted, force_grouping=True)
        return _("%(time)s for the first %(count)s") % {"time": time, "count": first}


@dataclass(frozen=True)
class _Rows:
    """What is read once for all queues."""

    states: dict[str, QueueState]
    running: Counter[str]
    # What the clock publishes in its time, the first due first: its queue, and when that is.
    held: list[tuple[str, datetime]]
    # What only another job's end makes due, by queue.
    replaced: Counter[str]
    published: dict[str, Published]  # what waits with the broker, by queue
    workers: list[Node]

    @classmethod
    def read(cls, now: datetime, nodes: Iterable[Node] | None = None) -> _Rows:
        """`nodes`: those that are alive, if known."""
        alive = Node.objects.alive(now) if nodes is None else nodes
        running = Job.objects.running().order_by().values_list("queue", flat=True)[:MOST_RUNNING]
        held, replaced = _held()
        return cls(
            {state.name: state for state in QueueState.objects.select_related("changed_by")},
            Counter(running),
            held,
            replaced,
            published(COUNTED + 1, MOST_QUEUES),
            [node for node in alive if node.kind == Node.Kind.WORKER],
        )

    @property
    def names(self) -> list[str]:
        route = current_app.amqp.router.route
        routed = {queue_name(route({}, kind.name)["queue"]) for kind in kinds()}
        held = {queue for queue, _due in self.held}
        read = {queue for node in self.workers for queue in node.details.get("queues", [])}
        waiting = {*held, *self.replaced, *self.published}
        default = settings.CELERY_TASK_DEFAULT_QUEUE
        return sorted({default, *routed, *self.states, *self.running, *waiting, *read})

    def due(self, queue: str, now: datetime) -> list[datetime]:
        """Since when those of it are due that the clock publishes in a moment."""
        return [due for name, due in self.held if name == queue and due <= now]

    def later(self, queue: str, now: datetime) -> int:
        return self.replaced[queue] + sum(name == queue and due > now for name, due in self.held)

    def are_cut(self, now: datetime) -> tuple[bool, bool]:
        """Whether others that are due, and others that are due later, were not read."""
        is_cut = len(self.held) > COUNTED
        return is_cut and self.held[-1][1] <= now, is_cut or self.replaced.total() > COUNTED


def _held() -> tuple[list[tuple[str, datetime]], Counter[str]]:
    """What waits and is not published: queue and moment of those that have one, the first due first; and how
    many have none, by queue."""
    held = Job.objects.waiting().filter(published_at=None).only("queue", "available_at")
    soonest = held.filter(available_at__isnull=False).order_by("available_at")
    rows = first_of_each([soonest, held.filter(available_at=None).order_by()], COUNTED + 1)
    due = [(job.queue, job.available_at) for job in rows if job.available_at]
    return sorted(due, key=itemgetter(1)), Counter(job.queue for job in rows if not job.available_at)


_OF_JOBS = """
WITH RECURSIVE found(name) AS (
    SELECT MIN(queue) FROM tasks_app_job
    UNION ALL
    SELECT (SELECT MIN(queue) FROM tasks_app_job WHERE queue > found.name)
    FROM found WHERE found.name IS NOT NULL
)
SELECT name FROM found WHERE name IS NOT NULL LIMIT %s
"""


def queues_of_jobs() -> list[str]:
    """Queues that any job there is went to, and those that jobs go to: in one statement, of one look into an
    index for each, however many jobs."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_JOBS, [MOST_QUEUES])
        found = {name for (name,) in cursor.fetchall()}
    route = current_app.amqp.router.route
    routed = {queue_name(route({}, kind.name)["queue"]) for kind in kinds()}
    return sorted({settings.CELERY_TASK_DEFAULT_QUEUE, *routed, *found})


def known_queues() -> list[str]:
    """Queues that jobs go to, those ever switched, those that work waits or runs in, or that are served."""
    return _Rows.read(shared_time.now()).names


def queues(now: datetime, nodes: Iterable[Node] | None = None) -> list[Queue]:
    """Every known queue with what waits, runs and works in it; `nodes`: those that are alive, if known."""
    rows = _Rows.read(now, nodes)
    return [_queue(name, now, rows) for name in rows.names]


def queue_named(name: str, now: datetime) -> Queue | None:
    rows = _Rows.read(now)
    return _queue(name, now, rows) if name in rows.names else None


def _queue(name: str, now: datetime, rows: _Rows) -> Queue:
    with_broker = rows.published.get(name, Published())
    due = rows.due(name, now)
    more_due, more_later = rows.are_cut(now)
    oldest = min((one for one in (*due, with_broker.due, with_broker.at) if one), default=None)
    state = rows.states.get(name)
    return Queue(
        name=name,
        pause=pause_of(state) if state and state.is_paused(now) else None,
        due=up_to(COUNTED, with_broker.count + len(due), more=more_due),
        later=up_to(COUNTED, rows.later(name, now), more=more_later),
        oldest=now - oldest if oldest else None,
        running=rows.running[name],
        workers=[node.name for node in rows.workers if takes_from(node, name)],
    )


def takes_from(node: Node, queue: str) -> bool:
    return queue in node.details.get("queues", [])
