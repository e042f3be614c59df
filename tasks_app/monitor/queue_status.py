"""What is known of queues and nodes, read from a bounded number of rows however much waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db.models import Count, Min

from tasks_app.broker.ping import ask_broker
from tasks_app.catalogue import kinds
from tasks_app.db import shared_time
from tasks_app.display import capped
from tasks_app.ledger.message_codec import queue_name
from tasks_app.ledger.refused_message import counted_since
from tasks_app.models import Job, Node, QueueState
from tasks_app.models.node import SILENT_AFTER
from tasks_app.monitor.pauses import Pause, pause_of

# Waiting jobs are counted up to here: "1,000+".
COUNTED = 1_000
# Nodes that have been gone for longer than this are left out.
FORGOTTEN_AFTER = timedelta(days=1)
NODES_SHOWN = 100
# Messages that left no job are told of for so long.
COUNTED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Queue:
    name: str
    pause: Pause | None
    waiting: str  # "12" or "1,000+", due now
    later: str  # waiting for a later moment
    in_all: str  # both: what the list of waiting jobs shows
    oldest: timedelta | None  # how long the oldest due job has waited
    running: int
    workers: list[str]  # alive ones that take from it

    @property
    def paused(self) -> bool:
        return self.pause is not None

    @property
    def unattended(self) -> bool:
        """Somebody waits, and nobody comes."""
        return self.waiting != "0" and not self.workers and not self.paused


def known_queues(switched: Iterable[str] | None = None) -> list[str]:
    """Queues that jobs go to, those ever switched, and those that work was lately waiting in."""
    route = current_app.amqp.router.route
    routed = {queue_name(route({}, kind.name)["queue"]) for kind in kinds()}
    if switched is None:
        switched = QueueState.objects.values_list("name", flat=True)
    waiting = Job.objects.waiting().order_by("-created_at").values_list("queue", flat=True)[:COUNTED]
    return sorted({settings.CELERY_TASK_DEFAULT_QUEUE, *routed, *switched, *waiting})


def queues(now: datetime, nodes: Iterable[Node] | None = None) -> list[Queue]:
    """Every known queue with what waits, runs and works in it; `nodes`: those that are alive, if known."""
    states = {state.name: state for state in QueueState.objects.select_related("changed_by")}
    running = Counter(Job.objects.running().order_by().values_list("queue", flat=True)[: 10 * COUNTED])
    if nodes is None:
        nodes = Node.objects.alive(now)
    workers = [node for node in nodes if node.kind == Node.Kind.WORKER]
    # What is not with the broker: due in a moment (the clock publishes it) or later.
    held = list(
        Job.objects.waiting()
        .filter(published_at=None)
        .order_by("available_at")
        .values_list("queue", "available_at")[: COUNTED + 1]
    )
    return [
        _queue(name, now, states.get(name), running[name], workers, held) for name in known_queues(states)
    ]


def _queue(
    name: str,
    now: datetime,
    state: QueueState | None,
    running: int,
    alive: Iterable[Node],
    held: list[tuple[str, datetime | None]],
) -> Queue:
    published = Job.objects.waiting().filter(queue=name, published_at__isnull=False).order_by("published_at")
    mine = [due for queue, due in held if queue == name]
    # A broker that was emptied has them all published anew, the longest due first: so the first that was due
    # is among the first of these too, which an index finds.
    with_broker = published[: COUNTED + 1].aggregate(
        count=Count("pk"), due=Min("available_at"), published=Min("published_at")
    )
    due_now = [due for due in mine if due is not None and due <= now]
    waited_since = [moment for moment in (with_broker["due"], with_broker["published"]) if moment]
    oldest = min([*due_now, *waited_since], default=None)
    return Queue(
        name=name,
        pause=pause_of(state) if state and state.paused else None,
        waiting=capped(with_broker["count"] + len(due_now), COUNTED),
        later=capped(len(mine) - len(due_now), COUNTED),
        in_all=capped(with_broker["count"] + len(mine), COUNTED),
        oldest=now - oldest if oldest else None,
        running=running,
        workers=[node.name for node in alive if takes_from(node, name)],
    )


def takes_from(node: Node, queue: str) -> bool:
    return queue in node.details.get("queues", [])


# --- Nodes -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SeenNode:
    node: Node
    presence: str  # alive, silent or stopped
    since_beat: timedelta

    @property
    def queues(self) -> str:
        return ", ".join(self.node.details.get("queues", []))


def nodes(now: datetime) -> list[SeenNode]:
    """Those of the last day, the living first within each kind."""
    recent = Node.objects.filter(beat_at__gte=now - FORGOTTEN_AFTER)[:NODES_SHOWN]
    seen = [SeenNode(node, _presence(node, now), now - node.beat_at) for node in recent]
    return sorted(seen, key=_rank)


def _rank(seen: SeenNode) -> tuple[bool, str, int]:
    kind = seen.node.kind
    return kind != Node.Kind.WORKER, kind, ("alive", "silent", "stopped").index(seen.presence)


def _presence(node: Node, now: datetime) -> str:
    if node.stopped_at:
        return "stopped"
    return "alive" if now - node.beat_at <= SILENT_AFTER else "silent"


def look() -> dict[str, Any]:
    """Everything the page of queues and workers shows."""
    now = shared_time.now()
    return {
        "now": now,
        "queues": queues(now),
        "nodes": nodes(now),
        "broker": ask_broker(),
        "without_job": counted_since(now - COUNTED_FOR),
    }
