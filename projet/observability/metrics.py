"""/metrics for Prometheus: read from the database, so that every web process gives the same answer.

Whatever is counted here is counted up to a bound, or was counted by the clock before
(tasks_app/monitor/counters.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import accumulate

from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotFound
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from backoffice.health import CHECKS
from backoffice.models import Message, MessageState, SendingHold
from tasks_app.broker.ping import ask_broker
from tasks_app.db import shared_time
from tasks_app.display import count_up_to
from tasks_app.models import Job, MessageTally, Node, ScheduleOptions, SearchProgress, State, Tally
from tasks_app.monitor.ended_sums import BOUNDS
from tasks_app.monitor.health import Cost, run, worst
from tasks_app.monitor.health.clock import last_look
from tasks_app.monitor.health.work import LIMIT, awaiting_replacement, stuck, unpublished
from tasks_app.monitor.queue_status import queues
from tasks_app.search.saying import is_filled, lag

MOST = 10_000  # rows of one kind that are read; gauges stop there
RECENT = timedelta(hours=1)


def metrics(request: HttpRequest) -> HttpResponse:
    """404 where nobody set a token, 403 for another one."""
    if not settings.METRICS_TOKEN:
        return HttpResponseNotFound()
    if not constant_time_compare(
        request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
    ):
        return HttpResponseForbidden()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(BackOffice(shared_time.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class BackOffice(Collector):
    def __init__(self, now: datetime) -> None:
        self.now = now

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        version = [((settings.VERSION,), 1)]
        yield gauge("backoffice_info", "Always 1; its label is the version.", version, ["version"])
        yield from ended()
        yield from unfinished()
        yield from of_queues(self.now)
        yield from trouble(self.now)
        yield from messages(self.now)
        yield from emails(self.now)
        yield from search(self.now)
        yield from nodes(self.now)
        yield from checks(self.now)


def gauge(
    name: str, text: str, values: Iterable[tuple[tuple[str, ...], float]], labels: Iterable[str] = ()
) -> Metric:
    family = GaugeMetricFamily(name, text, labels=tuple(labels))
    for label_values, value in values:
        family.add_metric(label_values, value)
    return family


def single(name: str, text: str, value: float) -> Metric:
    return gauge(name, text, [((), value)])


def ended() -> Iterator[Metric]:
    count = CounterMetricFamily(
        "backoffice_jobs_ended",
        "Jobs that came to this outcome; one that was unknown counts again when it is settled.",
        labels=("kind", "outcome"),
    )
    took = HistogramMetricFamily(
        "backoffice_job_duration_seconds", "Of a job's last run.", labels=("kind", "outcome")
    )
    for tally in Tally.objects.order_by("kind", "outcome"):
        labels = (tally.kind, tally.outcome)
        count.add_metric(labels, tally.count)
        if tally.outcome in (State.SUCCEEDED, State.FAILED):
            bounds = [*(str(bound) for bound in BOUNDS), "+Inf"]
            # Those of other bounds begin anew with the next job that ends, see counters.py.
            counts = tally.buckets if len(tally.buckets) == len(bounds) else [0] * len(bounds)
            took.add_metric(labels, list(zip(bounds, accumulate(counts), strict=True)), tally.seconds)
    yield count
    yield took


def unfinished() -> Iterator[Metric]:
    found: Counter[tuple[str, str]] = Counter()
    for state in (State.WAITING, State.RUNNING, State.UNKNOWN):
        rows = Job.objects.filter(state=state).order_by("-created_at").values_list("name", flat=True)[:MOST]
        found.update((state.value, name) for name in rows)
    yield gauge(
        "backoffice_jobs",
        f"Jobs that have not ended, by state and kind; the newest {MOST:,} of each state.",
        found.items(),
        ("state", "kind"),
    )


def of_queues(now: datetime) -> Iterator[Metric]:
    seen = queues(now)
    due = Job.objects.due(now)
    counts = {
        queue.name: len(due.filter(queue=queue.name).order_by().values_list("pk")[:MOST]) for queue in seen
    }
    labels = ["queue"]
    yield gauge(
        "backoffice_queue_jobs",
        f"Jobs that are due and wait in the queue, up to {MOST:,}.",
        [((name,), count) for name, count in counts.items()],
        labels,
    )
    yield gauge(
        "backoffice_queue_oldest_seconds",
        "How long the oldest of them has waited.",
        [((queue.name,), queue.oldest.total_seconds() if queue.oldest else 0) for queue in seen],
        labels,
    )
    yield gauge(
        "backoffice_queue_workers",
        "Living workers that take from the queue.",
        [((queue.name,), len(queue.workers)) for queue in seen],
        labels,
    )
    yield gauge(
        "backoffice_queue_paused",
        "1 while somebody has paused the queue.",
        [((queue.name,), queue.paused) for queue in seen],
        labels,
    )


def trouble(now: datetime) -> Iterator[Metric]:
    yield single(
        "backoffice_jobs_unpublished",
        f"Jobs due for two minutes, without a message, up to {LIMIT}.",
        count_up_to(LIMIT, unpublished(now)),
    )
    yield single(
        "backoffice_jobs_stuck",
        f"Jobs whose worker or successor is gone, up to {LIMIT} of either.",
        count_up_to(LIMIT, stuck(now)) + count_up_to(LIMIT, awaiting_replacement(now)),
    )
    yield single(
        "backoffice_jobs_unknown",
        f"Jobs that a person must settle, up to {LIMIT}.",
        count_up_to(LIMIT, Job.objects.filter(state=State.UNKNOWN)),
    )
    late = ScheduleOptions.objects.filter(next_slot__lte=now).order_by("next_slot")
    oldest = late.values_list("next_slot", flat=True).first()
    yield single(
        "backoffice_clock_lateness_seconds",
        "How long the oldest slot of a schedule has been due without being taken.",
        (now - oldest).total_seconds() if oldest else 0,
    )


def messages(now: datetime) -> Iterator[Metric]:
    """Of the broker, that left no row."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    counted = MessageTally.objects.filter(hour__gte=this_hour - RECENT).values_list("reason")
    found = dict(counted.annotate(Sum("count")).order_by())
    yield gauge(
        "backoffice_messages_without_job_recent",
        "Messages that left no job in this hour and the one before, by why.",
        [((reason.value,), found.get(reason.value, 0)) for reason in MessageTally.Reason],
        ["reason"],
    )


def emails(now: datetime) -> Iterator[Metric]:
    recent = Message.objects.filter(created_at__gte=now - RECENT).order_by()
    yield gauge(
        "backoffice_emails_recent",
        f"Emails written in the last hour, by what has become of them, up to {MOST:,} of each.",
        [
            ((state.value,), len(recent.filter(state=state).values_list("pk")[:MOST]))
            for state in MessageState
        ],
        ["state"],
    )
    unknown = Message.objects.unknown().order_by()
    yield single(
        "backoffice_emails_unknown",
        f"Emails that a person must settle, up to {LIMIT}.",
        count_up_to(LIMIT, unknown),
    )
    yield single(
        "backoffice_emails_held",
        "1 while the mail service takes nothing and all emails wait.",
        SendingHold.objects.exists(),
    )


def search(now: datetime) -> Iterator[Metric]:
    filled = list(SearchProgress.objects.order_by("thing"))
    yield gauge(
        "backoffice_search_lag_seconds",
        "Whatever was written longer ago is in the search.",
        [((one.thing,), lag(one, now).total_seconds()) for one in filled],
        ["thing"],
    )
    yield gauge(
        "backoffice_search_filled",
        "1 once all that was there before is in it.",
        [((one.thing,), is_filled(one)) for one in filled],
        ["thing"],
    )


def nodes(now: datetime) -> Iterator[Metric]:
    recent = list(Node.objects.filter(beat_at__gte=now - timedelta(hours=1), stopped_at=None)[:100])
    labels = ("node", "kind")
    yield gauge(
        "backoffice_node_heartbeat_age_seconds",
        "Since the last heartbeat of a process that has not said goodbye; forgotten after an hour.",
        [((node.name, node.kind), (now - node.beat_at).total_seconds()) for node in recent],
        labels,
    )
    yield from clocks(now, recent)
    yield gauge(
        "backoffice_node_clock_ahead_seconds",
        "How far the clock of its host is ahead of the database's.",
        [((node.name, node.kind), node.details.get("clock_ahead_ms", 0) / 1000) for node in recent],
        labels,
    )
    yield gauge(
        "backoffice_node_disk_free_bytes",
        "Room left for data on its host.",
        [
            ((node.name, node.kind), node.details["disk_free_mib"] * 2**20)
            for node in recent
            if node.details.get("disk_free_mib") is not None
        ],
        labels,
    )
    alive = Counter(Node.objects.alive(now).values_list("kind", flat=True)[:MOST])
    yield gauge(
        "backoffice_nodes",
        "Processes that are there.",
        [((kind.value,), alive[kind]) for kind in Node.Kind],
        ["kind"],
    )


def clocks(now: datetime, recent: Iterable[Node]) -> Iterator[Metric]:
    there = [node for node in recent if node.kind == Node.Kind.CLOCK]
    yield gauge(
        "backoffice_clock_last_look_age_seconds",
        "Since a clock's last look at the schedules that came to its end.",
        [((node.name,), (now - (last_look(node) or node.beat_at)).total_seconds()) for node in there],
        ["node"],
    )
    yield gauge(
        "backoffice_clock_failing_steps",
        "Parts of a clock's looks that fail; `manage.py doctor` says which.",
        [((node.name,), len(node.details.get("failed") or ())) for node in there],
        ["node"],
    )


def checks(now: datetime) -> Iterator[Metric]:
    yield single("backoffice_broker_up", "1 where the broker takes messages.", ask_broker().takes_messages)
    cheap = [check for check in CHECKS if check.cost is Cost.ROWS]
    yield gauge(
        "backoffice_check_level",
        "What `manage.py doctor` says: 0 ok, 1 degraded, 2 failed.",
        [((check.key,), worst(findings)) for check, findings in run(cheap, now)],
        ["check"],
    )
