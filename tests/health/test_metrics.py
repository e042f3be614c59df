"""/metrics: every process gives the same figures, each job is counted once, and nobody reads them unasked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from backoffice.models import MessageState
from tasks_app.ledger.refused_message import count_messages
from tasks_app.models import Job, MessageTally, Node, State, Tally, TallyProgress
from tasks_app.monitor import counters
from tests.deploy.reading import DEPLOY
from tests.health.conftest import node
from tests.pages.rows import make_job, make_message, make_schedule
from tests.search.making import fill_all

pytestmark = pytest.mark.django_db
TOKEN = "0123456789abcdef"
MAIL = "tasks_app.tasks.envoi_email"
MONITORING = DEPLOY / "monitoring"


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def text(client: Client) -> str:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "host": "10.0.0.7"})
    assert answer.status_code == 200
    return answer.content.decode()


def value(client: Client, name: str, **labels: str) -> float:
    """Of the one sample of that name and these labels."""
    samples = [one for family in text_string_to_metric_families(text(client)) for one in family.samples]
    [found] = [one.value for one in samples if one.name == name and labels.items() <= one.labels.items()]
    return found


def test_without_a_token_there_is_no_such_page(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", ["", TOKEN, "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
def test_another_token_is_refused(given: str, client: Client) -> None:
    assert client.get("/metrics", headers={"Authorization": given}).status_code == 403


@pytest.fixture
def counted() -> Callable[[], int]:
    """`counted()`: the clock's look, a minute from now; it began to count an hour ago."""
    TallyProgress.objects.create(until=timezone.now() - timedelta(hours=1))
    return lambda: counters.count_ended(timezone.now() + timedelta(minutes=1))


def ended(state: State, seconds: float, ago: timedelta = timedelta(minutes=5)) -> Job:
    moment = timezone.now() - ago
    return make_job(state, started_at=moment - timedelta(seconds=seconds), ended_at=moment)


def test_ended_jobs_are_counted_once_with_their_durations(client: Client, counted: Callable[[], int]) -> None:
    for seconds in (0.05, 0.5, 7, 4_000):
        ended(State.SUCCEEDED, seconds)
    ended(State.FAILED, 2)
    assert counted() == 5
    assert counted() == 0
    of = {"kind": MAIL, "outcome": "succeeded"}
    assert value(client, "backoffice_jobs_ended_total", **of) == 4
    assert value(client, "backoffice_jobs_ended_total", kind=MAIL, outcome="failed") == 1
    buckets = {le: value(client, "backoffice_job_duration_seconds_bucket", le=le, **of) for le in LES}
    assert buckets == {"0.1": 1, "0.5": 2, "10.0": 3, "1800.0": 3, "+Inf": 4}
    assert value(client, "backoffice_job_duration_seconds_sum", **of) == pytest.approx(4_007.55)
    ended(State.SUCCEEDED, 1, ago=timedelta(minutes=-2))
    assert counters.count_ended(timezone.now() + timedelta(minutes=5)) == 1
    assert value(client, "backoffice_jobs_ended_total", **of) == 5


def test_a_past_is_counted_at_once_as_the_looks_of_the_clock_count_it() -> None:
    now = timezone.now()
    for state in (State.SUCCEEDED, State.FAILED):
        for seconds in (0, 0.1, 0.100001, 0.5, 29.9, 1_800, 4_000):
            ended(state, seconds)
    make_job(State.CANCELLED, ended_at=now - timedelta(minutes=5))  # it never started
    make_job(State.SUCCEEDED, started_at=now, ended_at=now)  # not settled
    make_job(State.RUNNING, started_at=now)

    def counted_by(count: Callable[[datetime], int]) -> list[tuple[object, ...]]:
        Tally.objects.all().delete()
        TallyProgress.objects.all().delete()
        TallyProgress.objects.create(until=now - timedelta(days=7))
        assert count(now) == 15
        assert count(now) == 0
        return sorted(
            (one.kind, one.outcome, one.count, round(one.seconds, 6), one.buckets)
            for one in Tally.objects.all()
        )

    assert counted_by(counters.count_all) == counted_by(counters.count_ended)


LES = ("0.1", "0.5", "10.0", "1800.0", "+Inf")


def test_a_count_outlives_its_jobs(client: Client, counted: Callable[[], int]) -> None:
    ended(State.SUCCEEDED, 1)
    counted()
    Job.objects.all().delete()
    assert value(client, "backoffice_jobs_ended_total", kind=MAIL) == 1


def test_an_end_that_may_not_be_committed_yet_waits_for_the_next_look() -> None:
    now = timezone.now()
    counters.count_ended(now - timedelta(minutes=1))
    make_job(State.SUCCEEDED, ended_at=now, started_at=now)
    assert counters.count_ended(now + counters.SETTLED_AFTER - timedelta(seconds=1)) == 0
    assert counters.count_ended(now + counters.SETTLED_AFTER) == 1


def test_the_first_look_counts_no_history_and_many_ends_take_several_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = timezone.now()
    ended(State.SUCCEEDED, 1, ago=timedelta(days=1))
    assert counters.count_ended(now) == 0
    monkeypatch.setattr(counters, "STEP", 3)
    for number in range(10):
        at(now + timedelta(seconds=number // 4))  # several at the same moment
    later = now + timedelta(minutes=5)
    looks = [counters.count_ended(later) for _ in range(4)]
    assert sum(looks) == 10
    assert looks[0] < 10
    assert Tally.objects.get().count == 10


def at(moment: datetime) -> None:
    make_job(State.SUCCEEDED, started_at=moment, ended_at=moment)


@pytest.mark.usefixtures("moment")
def test_what_waits_runs_and_needs_somebody_is_told(client: Client) -> None:
    node("worker@one", queues=["high"], clock_ahead_ms=1500, disk_free_mib=1024)
    make_job(State.WAITING)
    make_job(State.WAITING, published_at=timezone.now() - timedelta(minutes=3))
    make_job(State.RUNNING, lease_until=timezone.now() - timedelta(hours=1))
    make_job(State.UNKNOWN)
    make_message(MessageState.BOUNCED)
    make_schedule(next_slot=timezone.now() - timedelta(minutes=10))
    told = {
        ("backoffice_jobs", "state", "waiting"): 2,
        ("backoffice_jobs", "state", "running"): 1,
        ("backoffice_queue_jobs", "queue", "high"): 2,
        ("backoffice_queue_workers", "queue", "high"): 1,
        ("backoffice_queue_workers", "queue", "low"): 0,
        ("backoffice_jobs_unpublished", "", ""): 1,
        ("backoffice_jobs_stuck", "", ""): 1,
        ("backoffice_jobs_unknown", "", ""): 1,
        ("backoffice_emails_recent", "state", "bounced"): 1,
        ("backoffice_nodes", "kind", "worker"): 1,
        ("backoffice_node_clock_ahead_seconds", "node", "worker@one"): 1.5,
        ("backoffice_node_disk_free_bytes", "node", "worker@one"): 2**30,
        ("backoffice_broker_up", "", ""): 0,
        ("backoffice_check_level", "check", "clock"): 2,
        ("backoffice_check_level", "check", "database"): 0,
    }
    for (name, label, of), expected in told.items():
        assert value(client, name, **({label: of} if label else {})) == expected, (name, of)
    assert value(client, "backoffice_clock_lateness_seconds") == 600
    assert value(client, "backoffice_queue_oldest_seconds", queue="high") == 300


def test_no_table_that_grows_is_counted_whole(client: Client) -> None:
    make_job(State.WAITING)
    with CaptureQueriesContext(connection) as queries:
        text(client)
    grown = ("tasks_app_job", "backoffice_message")
    read = [one["sql"] for one in queries if any(f'FROM "{table}"' in one["sql"] for table in grown)]
    assert read
    assert [sql for sql in read if "LIMIT" not in sql and "running" not in sql] == []


def known(client: Client) -> set[str]:
    """Every name that may be asked for, with all kinds of things there."""
    node("worker@one", queues=["high"], clock_ahead_ms=0, disk_free_mib=1)
    node("clock@one", Node.Kind.CLOCK)
    make_job(State.WAITING)
    Tally.objects.create(kind=MAIL, outcome="succeeded", count=1, buckets=[1] * 11)
    fill_all()
    return {
        sample.name for family in text_string_to_metric_families(text(client)) for sample in family.samples
    }


NAME = re.compile(r"\bbackoffice_\w+")


@pytest.mark.usefixtures("moment")
def test_messages_that_left_no_job_are_told_by_why(client: Client) -> None:
    name, now = "backoffice_messages_without_job_recent", timezone.now()
    assert value(client, name, reason="flood") == 0
    count_messages(MessageTally.Reason.FLOOD, 7)
    count_messages(MessageTally.Reason.PRUNED)
    hours = {"hour": now.replace(minute=0, second=0, microsecond=0), "last_at": now}
    for ago, count in ((1, 5), (2, 100)):
        hour = hours["hour"] - timedelta(hours=ago)
        MessageTally.objects.create(reason="flood", count=count, **hours | {"hour": hour})
    assert value(client, name, reason="flood") == 12
    assert value(client, name, reason="pruned") == 1


@pytest.mark.parametrize("buckets", [[], [1, 2], [1] * 40])
def test_a_tally_of_other_bounds_leaves_the_figures_whole(client: Client, buckets: list[int]) -> None:
    Tally.objects.create(kind=MAIL, outcome="succeeded", count=3, seconds=1.5, buckets=buckets)
    assert value(client, "backoffice_jobs_ended_total", kind=MAIL) == 3


def test_every_alert_asks_for_something_that_there_is(client: Client) -> None:
    there = known(client)
    [group] = yaml.safe_load((MONITORING / "backoffice.rules.yml").read_text())["groups"]
    names = [rule["alert"] for rule in group["rules"]]
    assert len(names) == len(set(names))
    for rule in group["rules"]:
        asked = set(NAME.findall(rule["expr"]))
        assert asked, rule["alert"]
        assert asked <= there, rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"].keys() == {"summary", "description"}


def test_every_panel_shows_something_that_there_is(client: Client) -> None:
    there = known(client)
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    shown: set[str] = set()
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            asked = set(NAME.findall(target["expr"]))
            assert asked, panel["title"]
            assert asked <= there, panel["title"]
            shown |= asked
    # The dashboard leaves nothing out that is there.
    assert {name.removesuffix("_created") for name in there} - shown == {"backoffice_info"}
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
