"""The first page: each role finds what it can do something about, and every figure leads to its list."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from backoffice.admin import activity, attention
from backoffice.models import Message, MessageState, Report
from tasks_app.models import Job, Node, QueueState, ScheduleOptions, State

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def everything_reports() -> None:
    """A worker and a clock are alive and the broker answers, unless a test says otherwise."""
    now = timezone.now()
    for name, kind in (("worker@host", Node.Kind.WORKER), ("clock@host", Node.Kind.CLOCK)):
        Node.objects.create(name=name, kind=kind, started_at=now, beat_at=now)
    cache.set("broker-answers", True)


def make_job(state: State, ago: timedelta = timedelta(minutes=5), **fields: Any) -> Job:
    moment = timezone.now() - ago
    ended = moment if state in (State.SUCCEEDED, State.FAILED) else None
    return Job.objects.create(
        **{"id": str(uuid.uuid4()), "name": "tasks_app.tasks.envoi_email", "queue": "high"}
        | {"state": state, "created_at": moment, "available_at": moment, "ended_at": ended}
        | fields
    )


def make_message(state: MessageState) -> Message:
    return Message.objects.create(to="sam@example.org", sender="us@example.org", subject="Hello", state=state)


def make_schedule(**options: Any) -> PeriodicTask:
    every, _made = IntervalSchedule.objects.get_or_create(every=1, period=IntervalSchedule.HOURS)
    schedule = PeriodicTask.objects.create(name=f"Every hour {uuid.uuid4()}", task="t", interval=every)
    fields = {"anchor": timezone.now(), "next_slot": timezone.now() + timedelta(minutes=7)} | options
    ScheduleOptions.objects.update_or_create(schedule=schedule, defaults=fields)
    return schedule


def dashboard(client: Client) -> str:
    page = client.get(reverse("admin:index"))
    assert page.status_code == 200
    return unescape(page.content.decode())


# --- What needs somebody -----------------------------------------------------------------------


def test_when_all_is_well_it_says_so(signed_in: Callable[[str], Client]) -> None:
    assert "Nothing needs you" in dashboard(signed_in("Support"))


def test_failed_jobs_of_the_day_are_counted_and_lead_to_the_list(signed_in: Callable[[str], Client]) -> None:
    client = signed_in("Support")
    for _ in range(3):
        make_job(State.FAILED, about="sam@example.org")
    make_job(State.FAILED, ago=timedelta(days=3))
    page = client.get(reverse("admin:index"))
    need = next(one for one in page.context["needs"] if "failed" in one.title)
    assert need.title == "3 jobs failed"
    assert client.get(need.url).content.decode().count("sam@example.org") >= 3


def test_the_list_behind_the_unknown_outcomes_shows_them_and_nothing_else(
    signed_in: Callable[[str], Client],
) -> None:
    client = signed_in("Support")
    make_job(State.UNKNOWN, about="lost@example.org")
    make_job(State.SUCCEEDED, about="fine@example.org")
    need = next(one for one in client.get(reverse("admin:index")).context["needs"] if "unknown" in one.title)
    listed = client.get(need.url).content.decode()
    assert "lost@example.org" in listed
    assert "fine@example.org" not in listed


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (MessageState.BOUNCED, "1 email did not arrive"),
        (MessageState.FAILED, "1 email did not arrive"),
        (MessageState.UNKNOWN, "1 email may have been sent"),
    ],
)
def test_emails_that_went_wrong_lead_to_their_list(
    state: MessageState, words: str, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("Staff")
    make_message(state)
    need = next(one for one in client.get(reverse("admin:index")).context["needs"] if one.title == words)
    assert "sam@example.org" in client.get(need.url).content.decode()


def test_a_paused_queue_is_named(signed_in: Callable[[str], Client]) -> None:
    QueueState.objects.create(name="low", paused=True)
    text = dashboard(signed_in("Support"))
    assert "1 queue is paused" in text
    assert "Nothing starts in low" in text


def test_no_worker_and_no_clock_are_said_at_once(signed_in: Callable[[str], Client]) -> None:
    Node.objects.update(stopped_at=timezone.now())
    text = dashboard(signed_in("Support"))
    assert "No worker is running" in text
    assert "No clock is running" in text


def test_a_process_that_vanished_without_a_word_is_named(signed_in: Callable[[str], Client]) -> None:
    moment = timezone.now() - timedelta(minutes=5)
    Node.objects.create(name="worker@gone", kind=Node.Kind.WORKER, started_at=moment, beat_at=moment)
    assert "worker@gone" in dashboard(signed_in("Support"))


def test_a_silent_broker_is_said_without_making_the_page_wait_twice(
    signed_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.delete("broker-answers")
    asked: list[None] = []
    monkeypatch.setattr(attention, "_broker_answers", lambda: bool(asked.append(None)))
    client = signed_in("Support")
    assert "The broker does not answer" in dashboard(client)
    assert "The broker does not answer" in dashboard(client)
    assert len(asked) == 1


def test_schedules_that_cannot_run_and_that_are_late_are_counted(signed_in: Callable[[str], Client]) -> None:
    make_schedule(invalid="There is no such job.", next_slot=None)
    make_schedule(next_slot=timezone.now() - timedelta(minutes=30))
    text = dashboard(signed_in("Staff"))
    assert "1 schedule cannot run" in text
    assert "1 schedule is late" in text


def test_a_schedule_that_is_switched_off_is_no_trouble(signed_in: Callable[[str], Client]) -> None:
    schedule = make_schedule(invalid="There is no such job.", next_slot=None)
    PeriodicTask.objects.filter(pk=schedule.pk).update(enabled=False)
    assert "cannot run" not in dashboard(signed_in("Staff"))


def test_what_is_dangerous_comes_first(signed_in: Callable[[str], Client]) -> None:
    QueueState.objects.create(name="low", paused=True)
    make_job(State.UNKNOWN)
    make_job(State.FAILED)
    needs = signed_in("Support").get(reverse("admin:index")).context["needs"]
    assert [need.tone for need in needs] == ["danger", "warning", "warning"]


def test_nothing_is_counted_beyond_a_hundred(signed_in: Callable[[str], Client]) -> None:
    moment = timezone.now()
    Job.objects.bulk_create(
        Job(id=str(n), name="t", queue="high", state=State.FAILED, created_at=moment) for n in range(150)
    )
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert "99+ jobs failed" in dashboard(signed_in("Support"))
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"].upper()]
    assert all("LIMIT" in sql for sql in counts), counts


# --- What goes on ------------------------------------------------------------------------------


def test_a_running_job_shows_how_far_it_is(signed_in: Callable[[str], Client]) -> None:
    make_job(
        State.RUNNING,
        about="Activity, October",
        progress=40,
        progress_note="Typesetting",
        started_at=timezone.now(),
    )
    text = dashboard(signed_in("Support"))
    assert "Activity, October" in text
    assert "40 %" in text


def test_the_next_runs_come_in_their_order(signed_in: Callable[[str], Client]) -> None:
    later = make_schedule(next_slot=timezone.now() + timedelta(hours=2))
    sooner = make_schedule(next_slot=timezone.now() + timedelta(minutes=2))
    text = dashboard(signed_in("Staff"))
    assert 0 < text.index(sooner.name) < text.index(later.name)


def test_the_chart_counts_by_hour_what_ended() -> None:
    now = timezone.now().replace(minute=30)
    make_job(State.SUCCEEDED, ended_at=now - timedelta(minutes=10))
    make_job(State.SUCCEEDED, ended_at=now - timedelta(minutes=12))
    make_job(State.FAILED, ended_at=now - timedelta(hours=3))
    make_job(State.SUCCEEDED, ended_at=now - timedelta(days=2))
    chart = activity.chart_of(now)
    assert (chart.succeeded, chart.failed, chart.highest) == (2, 1, 2)
    assert (chart.hours[-1].succeeded, chart.hours[-4].failed) == (2, 1)
    assert chart.hours[-1].ok_height == chart.height
    assert chart.complete


def test_a_chart_of_more_jobs_than_it_draws_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "CHARTED", 2)
    for _ in range(3):
        make_job(State.SUCCEEDED)
    assert not activity.chart_of(timezone.now()).complete


# --- By role -----------------------------------------------------------------------------------


EVERY_PART = {"Start something", "Needs somebody now", "Running now", "Next runs", "Latest reports"}


def headings(text: str) -> set[str]:
    return {part for part in EVERY_PART if part in text}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("Staff", EVERY_PART),
        ("Support", EVERY_PART),
        ("Managers", {"Start something", "Latest reports"}),
        ("", set()),
    ],
)
def test_each_role_sees_its_own_parts(
    role: str, expected: set[str], signed_in: Callable[[str], Client]
) -> None:
    assert headings(dashboard(signed_in(role))) == expected


def test_somebody_without_any_group_is_told_whom_to_ask(signed_in: Callable[[str], Client]) -> None:
    assert "Ask an administrator" in dashboard(signed_in(""))


def test_who_runs_failed_work_again_sees_the_troubles_first(signed_in: Callable[[str], Client]) -> None:
    support, staff = dashboard(signed_in("Support")), dashboard(signed_in("Staff"))
    assert support.index("Needs somebody now") < support.index("Start something")
    assert staff.index("Start something") < staff.index("Needs somebody now")


def test_a_manager_is_offered_reports_and_nothing_else(signed_in: Callable[[str], Client]) -> None:
    offered = signed_in("Managers").get(reverse("admin:index")).context["launchables"]
    assert offered
    assert {one.kind.name for one in offered} == {"tasks_app.tasks.rapport_pdf"}


def test_a_report_one_may_not_see_is_not_listed(signed_in: Callable[[str], Client]) -> None:
    for number, kind in enumerate(("overview", "no-such-report")):
        Report.objects.create(
            type=kind, title=f"The {kind} report", format="pdf", language="en", file=f"f{number}",
            file_name="f.pdf", size=1, sha256="0", job_id=str(number),
        )  # fmt: skip
    text = dashboard(signed_in("Managers"))
    assert "The overview report" in text
    assert "The no-such-report report" not in text


def test_the_live_part_is_the_same_as_the_pages(signed_in: Callable[[str], Client]) -> None:
    client = signed_in("Support")
    make_job(State.FAILED)
    part = client.get(reverse("admin:dashboard_live")).content.decode()
    assert "1 job failed" in part
    assert "<html" not in part


# --- Ctrl-K ------------------------------------------------------------------------------------


def search(client: Client, term: str) -> str:
    return unescape(client.get(reverse("admin:search"), {"s": term}).content.decode())


def test_a_job_is_found_by_the_beginning_of_an_address(signed_in: Callable[[str], Client]) -> None:
    make_job(State.FAILED, about="sam@example.org")
    assert "sam@example.org" in search(signed_in("Support"), "Sam@ex")


def test_who_may_not_see_jobs_finds_none(signed_in: Callable[[str], Client]) -> None:
    make_job(State.FAILED, about="sam@example.org")
    assert "sam@example.org" not in search(signed_in("Managers"), "sam@ex")


def test_pages_and_launches_are_found_by_name(signed_in: Callable[[str], Client]) -> None:
    text = search(signed_in("Staff"), "send an")
    assert reverse("admin:launch_form", args=["envoi_email"]) in text
    assert reverse("admin:queues") in search(signed_in("Staff"), "queues")
