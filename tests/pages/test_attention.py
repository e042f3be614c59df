"""What needs somebody now: each figure leads to the list behind it, and none counts a history whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from backoffice.admin import attention
from backoffice.models import MessageState
from tasks_app.models import Job, Node, QueueState, State
from tests.pages.rows import dashboard, make_job, make_message, make_schedule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_reports")]


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
    asked = []

    def silence() -> bool:
        asked.append(True)
        return False

    monkeypatch.setattr(attention, "_broker_answers", silence)
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


def test_a_host_with_a_wrong_clock_is_said_with_what_to_do(signed_in: Callable[[str], Client]) -> None:
    Node.objects.filter(kind=Node.Kind.CLOCK).update(details={"clock_ahead_ms": 7_200_000})
    text = dashboard(signed_in("Support"))
    assert "The host of clock@host is 2 h 00 min ahead of the database" in text
    assert "wrong time zone" in text


def test_jobs_that_do_not_get_on_lead_to_their_list(signed_in: Callable[[str], Client]) -> None:
    client = signed_in("Support")
    hour = timedelta(hours=1)
    make_job(State.WAITING, ago=hour, about="unpublished@example.org")
    make_job(State.RUNNING, lease_until=timezone.now() - hour, about="stuck@example.org")
    make_job(State.SUCCEEDED, about="fine@example.org")
    needs = client.get(reverse("admin:index")).context["needs"]
    for words, shown, hidden in (
        ("never published", "unpublished@", "stuck@"),
        ("1 job is stuck", "stuck@", "unpublished@"),
    ):
        [need] = [one for one in needs if words in str(one.title)]
        listed = client.get(need.url).content.decode()
        assert shown in listed
        assert hidden not in listed
        assert "fine@" not in listed
