"""Who is there, and what each worker does: from signs of life and the rows of jobs.

No broker is asked, so this tells the same where there is none; and of a run its row is what counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tasks_app.catalogue import label_of
from tasks_app.models import Job, JobAttempt, Node
from tasks_app.models.node import SILENT_AFTER
from tasks_app.monitor.rates import EndedLately, Rate
from tasks_app.subject import listed, subject_of

# Nodes that have been gone for longer than this are left out.
FORGOTTEN_AFTER = timedelta(days=1)
NODES_SHOWN = 100
RUNS_SHOWN = 500  # of all workers together
# What a silent worker had is taken back when its leases run out: within minutes, where a clock runs.
LOST_WITHIN = timedelta(hours=1)
LOST_SHOWN = 20  # of one worker
SILENT_ASKED = 10  # workers whose lost jobs are looked for


@dataclass(frozen=True)
class NamedJob:
    job: Job
    name: str
    runs_for: timedelta


@dataclass(frozen=True)
class SeenNode:
    node: Node
    presence: str  # alive, silent or stopped
    since_beat: timedelta
    runs: list[NamedJob] = field(default_factory=list)  # what it does now, or did when it was last heard
    more_runs: int = 0
    lost: list[NamedJob] = field(default_factory=list)  # what was taken from it since, as that is now
    rate: Rate | None = None

    @property
    def queues(self) -> str:
        return ", ".join(self.node.details.get("queues", []))

    @property
    def host(self) -> str:
        """ "celery@web1" is on web1; a web process says its number too."""
        return self.node.name.partition("@")[2] or self.node.name

    @property
    def idle(self) -> int:
        """Processes of its pool that have nothing to do."""
        return max(int(self.node.details.get("concurrency") or 0) - len(self.runs) - self.more_runs, 0)

    @property
    def is_finishing(self) -> bool:
        return self.presence == "alive" and self.node.finish_asked_at is not None

    @property
    def may_be_asked(self) -> bool:
        return self.presence == "alive" and bool(self.node.details.get("finishes"))


@dataclass(frozen=True)
class SeenNodes:
    nodes: list[SeenNode]

    @property
    def alive(self) -> list[Node] | None:
        """As `Node.objects.alive` has them; None where others may be that were not read."""
        heard = [seen for seen in self.nodes if abs(seen.since_beat) <= SILENT_AFTER]
        alive = [seen.node for seen in heard if not seen.node.stopped_at]
        return alive if len(self.nodes) < NODES_SHOWN else None

    def by_place(self) -> dict[str, Any]:
        """Workers at work, silent ones apart, and who else there is."""
        workers = [seen for seen in self.nodes if seen.node.kind == Node.Kind.WORKER]
        return {
            "workers": [seen for seen in workers if seen.presence == "alive"],
            "silent_workers": [seen for seen in workers if seen.presence == "silent"],
            "others": [seen for seen in self.nodes if seen not in workers or seen.presence == "stopped"],
        }


def nodes(now: datetime, ended: EndedLately | None = None) -> SeenNodes:
    """Those of the last day, the living first within each kind; with `ended` how fast each worker is."""
    recent = Node.objects.filter(beat_at__gte=now - FORGOTTEN_AFTER).select_related("finish_asked_by")
    rows = list(recent[:NODES_SHOWN])
    runs, count = _runs(rows, now)
    silent = [node for node in rows if _presence(node, now) == "silent" and node.kind == Node.Kind.WORKER]
    lost = {node.name: _lost(node, now) for node in silent[:SILENT_ASKED]}
    seen = [
        SeenNode(
            node,
            _presence(node, now),
            now - node.beat_at,
            runs[node.name],
            count[node.name] - len(runs[node.name]),
            lost.get(node.name, []),
            ended.of_worker(node.name) if ended and node.kind == Node.Kind.WORKER else None,
        )
        for node in rows
    ]
    return SeenNodes(sorted(seen, key=_rank))


def _runs(rows: Iterable[Node], now: datetime) -> tuple[dict[str, list[NamedJob]], Counter[str]]:
    """By worker what it runs, the longest first; and how many jobs that is, where not all were read."""
    names = [node.name for node in rows if node.kind == Node.Kind.WORKER]
    running = Job.objects.running().filter(worker__in=names)
    found: dict[str, list[NamedJob]] = defaultdict(list)
    for job in listed(running).order_by("started_at")[:RUNS_SHOWN]:
        found[job.worker].append(_named(job, now))
    count = Counter({worker: len(jobs) for worker, jobs in found.items()})
    if count.total() == RUNS_SHOWN:  # there may be more
        count = Counter(running.order_by().values_list("worker", flat=True)[: 10 * RUNS_SHOWN])
    return found, count


def _lost(node: Node, now: datetime) -> list[NamedJob]:
    """The jobs that were taken from it since its last sign of life, as they are now."""
    attempts = JobAttempt.objects.filter(
        ended_at__range=(node.beat_at, node.beat_at + LOST_WITHIN),
        outcome=JobAttempt.Outcome.LOST,
        worker=node.name,
    )
    ids = list(attempts.order_by("-ended_at").values_list("job_id", flat=True)[:LOST_SHOWN])
    return [_named(job, now) for job in listed(Job.objects.filter(pk__in=ids)).order_by("-created_at")]


def _named(job: Job, now: datetime) -> NamedJob:
    name = f"{label_of(job.name)} {subject_of(job)}".strip()
    return NamedJob(job, name, now - (job.started_at or now))


def _rank(seen: SeenNode) -> tuple[bool, str, int]:
    kind = seen.node.kind
    return kind != Node.Kind.WORKER, kind, ("alive", "silent", "stopped").index(seen.presence)


def _presence(node: Node, now: datetime) -> str:
    if node.stopped_at:
        return "stopped"
    return "alive" if now - node.beat_at <= SILENT_AFTER else "silent"
