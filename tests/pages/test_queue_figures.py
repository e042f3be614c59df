"""How fast a queue is and when it is clear: one definition for the page and for `manage.py queues`."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tasks_app import control
from tasks_app.models import State
from tasks_app.monitor import queue_status, rates
from tasks_app.monitor.queue_status import queue_named
from tasks_app.monitor.rates import ended_lately
from tests.pages.test_queues import a_node
from tests.pages.work import a_job, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("moment")]

MINUTE = timedelta(minutes=1)


def ended(queue: str, *minutes_ago: float, state: State = State.SUCCEEDED, **values: Any) -> None:
    for minutes in minutes_ago:
        at = timezone.now() - minutes * MINUTE
        a_job(state, queue=queue, **{"started_at": at - MINUTE, "ended_at": at} | values)


def waiting(queue: str, count: int) -> None:
    for _ in range(count):
        a_job(State.WAITING, queue=queue, published_at=timezone.now())


def measured(name: str) -> queue_status.Queue:
    now = timezone.now()
    found = queue_named(name, now)
    assert found is not None
    return found.at(ended_lately(now).of_queue(name))


def test_many_queues_are_asked_of_in_as_many_questions_as_one() -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            queue_status.queues(timezone.now())
        return len(queries)

    waiting("default", 1)
    few = asked()
    for number in range(9):
        waiting(f"of-customer-{number}", 2)
        a_job(State.WAITING, queue=f"held-{number}", published_at=None)
    assert asked() == few
    seen = {queue.name: queue.due.counted for queue in queue_status.queues(timezone.now())}
    assert seen | {f"of-customer-{number}": 2 for number in range(9)} == seen
    assert seen | {f"held-{number}": 1 for number in range(9)} == seen


@pytest.mark.parametrize(
    ("minutes_ago", "said"),
    [
        ([0.1, 1, 2, 3, 4.9], "1.0 a minute"),
        ([0.1] * 60, "12 a minute"),
        ([0.5], "12 an hour"),
        ([10, 20, 59], "3.0 an hour"),  # none of them in the last five minutes
        ([61, 90], "none in 1 h 00 min"),
        ([], "none in 1 h 00 min"),
    ],
)
def test_a_rate_is_of_the_last_minutes_or_else_of_the_last_hour(minutes_ago: list[float], said: str) -> None:
    ended("low", *minutes_ago)
    ended("high", 0.1, 0.2)  # another queue's
    assert str(measured("low").rate) == said


def test_failures_are_work_done_and_what_was_cancelled_before_it_started_is_none() -> None:
    ended("low", 1, 2, state=State.FAILED)
    ended("low", 1, 2, 3, state=State.CANCELLED, started_at=None)
    assert measured("low").rate.ended == 2


def test_where_more_ended_than_is_read_the_latest_tell(monkeypatch: Any) -> None:
    monkeypatch.setattr(rates, "READ", 10)
    ended("low", *[number / 10 for number in range(1, 40)])
    rate = measured("low").rate
    assert rate is not None
    assert rate.ended == 10
    assert rate.over == MINUTE


@pytest.mark.parametrize(
    ("due", "minutes_ago", "said"),
    [
        (0, [1], "nothing waits"),
        (2, [], "never at this rate"),
        (20, [0.1] * 25, "about 4 min"),
        (1, [0.1] * 100, "less than a minute"),
        (30, [10, 20], "about 15 h 00 min"),
        (60, [30], "about 2 days"),
    ],
)
def test_the_time_to_clear_is_said_as_people_say_it(due: int, minutes_ago: list[float], said: str) -> None:
    waiting("low", due)
    a_job(State.WAITING, queue="low", available_at=timezone.now() + timedelta(hours=1))  # not due
    ended("low", *minutes_ago)
    assert measured("low").clears_in == said


def test_of_more_than_are_counted_the_first_are_said(monkeypatch: Any) -> None:
    monkeypatch.setattr(queue_status, "COUNTED", 10)
    waiting("low", 15)
    ended("low", *[0.1] * 10)
    assert measured("low").clears_in == "about 5 min for the first 10"


def test_a_paused_queue_clears_when_it_is_resumed() -> None:
    waiting("low", 3)
    ended("low", 1)
    control.pause("low", by=None)
    assert measured("low").clears_in == "not while it is paused"


def test_paused_and_served_by_nobody_are_both_said() -> None:
    control.pause("low", by=None)
    page = unescape(person("tasks_app.view_queuestate").get(reverse("admin:queues")).content.decode())
    card = page.partition('id="queue-low"')[2].partition("</li>")[0]
    assert "Paused" in card
    assert "No worker takes from it" in card
    a_node("w@host", queues=["low"])
    page = person("tasks_app.view_queuestate", name="bea").get(reverse("admin:queues")).content.decode()
    assert "No worker takes from it" not in page.partition('id="queue-low"')[2].partition("</li>")[0]


def test_the_command_says_the_figures_of_the_page() -> None:
    waiting("low", 20)
    ended("low", *[0.1] * 25)
    a_job(State.RUNNING, queue="low")
    out = StringIO()
    call_command("queues", stdout=out)
    said = out.getvalue()
    assert "waiting 20, of which later 0, running 1" in said
    assert "done 5.0 a minute, time to clear about 4 min" in said
    page = person("tasks_app.view_queuestate").get(reverse("admin:queues")).content.decode()
    assert "5.0 a minute" in page
    assert "about 4 min" in page
