"""What reassures is said where it is so, and is not as soon as a single row contradicts it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from django_celery_beat.models import PeriodicTask

from backoffice.health import CHECKS
from backoffice.models import LastLook, MessageState, SendingHold
from backoffice.reports import stack
from tasks_app.broker.ping import Broker
from tasks_app.models import (
    Job,
    Node,
    QueueState,
    QuietPeriod,
    ScheduleOwner,
    SearchProgress,
    State,
)
from tasks_app.monitor.health import Level, run
from tests.figures.test_reports import order_of
from tests.pages.rows import make_job, make_message, make_schedule
from tests.pages.work import person as somebody

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUEUES = ["high", "default", "low"]


@pytest.fixture(autouse=True)
def all_is_well(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that takes from all queues, a clock, a broker that answers; schedules are planned."""
    now = timezone.now()
    for name, kind in (("worker@host", Node.Kind.WORKER), ("clock@host", Node.Kind.CLOCK)):
        details = {"queues": QUEUES, "disk_free_mib": 90_000}
        Node.objects.create(name=name, kind=kind, started_at=now, beat_at=now, details=details)
    cache.clear()
    cache.set("broker-answer", Broker("redis://broker", timedelta(), info={"aof_enabled": 1}))
    monkeypatch.setattr(stack, "_broker", lambda: "Redis 7")


# --- what contradicts it ---------------------------------------------------------------------------


def a_failure() -> None:
    make_job(State.FAILED)


def a_failure_of_this_minute_by_a_host_that_is_ahead() -> None:
    make_job(State.FAILED, ago=-MINUTE)


def an_unknown_outcome() -> None:
    make_job(State.UNKNOWN)


def a_job_that_waits_for_long() -> None:
    make_job(State.WAITING, ago=HOUR, published_at=timezone.now() - HOUR)


def a_job_in_a_queue_that_nobody_serves() -> None:
    make_job(State.WAITING, queue="archive", published_at=timezone.now())


def a_paused_queue() -> None:
    QueueState.objects.create(name="low", paused=True)


def an_unpublished_job() -> None:
    make_job(State.WAITING)


def a_run_without_a_worker() -> None:
    make_job(State.RUNNING, lease_until=timezone.now() - HOUR)


def a_replacement_that_never_came() -> None:
    job = make_job(State.WAITING, ago=2 * DAY)
    Job.objects.filter(pk=job.pk).update(available_at=None)


def an_unknown_email() -> None:
    make_message(MessageState.UNKNOWN)


def a_bounced_email() -> None:
    make_message(MessageState.BOUNCED)


def a_failed_email() -> None:
    make_message(MessageState.FAILED)


def emails_that_are_held() -> None:
    now = timezone.now()
    SendingHold.objects.create(since=now, probe_at=now, reason="No.", error_code="AccountSuspended")


def an_invalid_schedule() -> None:
    make_schedule(invalid="There is no such job.", next_slot=None)


def a_late_schedule() -> None:
    make_schedule(next_slot=timezone.now() - HOUR)


def a_schedule_of_somebody_who_left() -> None:
    ScheduleOwner.objects.create(schedule=make_schedule(), since=timezone.now())


def a_quiet_period_that_cannot_be_read() -> None:
    QuietPeriod.objects.create(name="Maintenance", from_time="22:00", until_time="06:00")
    QuietPeriod.objects.update(zone="Mars/Olympus")  # known where it was saved


def no_worker() -> None:
    Node.objects.filter(kind=Node.Kind.WORKER).update(stopped_at=timezone.now())


def no_clock() -> None:
    Node.objects.filter(kind=Node.Kind.CLOCK).update(stopped_at=timezone.now())


def a_clock_that_cannot_publish() -> None:
    Node.objects.filter(kind=Node.Kind.CLOCK).update(details={"failed": {"publish": "Refused."}})


def a_silent_process() -> None:
    Node.objects.filter(kind=Node.Kind.WORKER).update(beat_at=timezone.now() - 10 * MINUTE)


def another_version() -> None:
    Node.objects.update(version="0.0.1")


def a_clock_that_is_ahead() -> None:
    Node.objects.update(details={"clock_ahead_ms": 7_200_000, "queues": QUEUES})


def another_zone() -> None:
    Node.objects.update(details={"time_zone": "America/New_York", "queues": QUEUES})


def a_search_that_is_behind() -> None:
    for thing in ("job", "message"):
        SearchProgress.objects.create(
            thing=thing, until=timezone.now(), complete_to=timezone.now() - HOUR, swept_at=timezone.now()
        )


def a_full_disk() -> None:
    Node.objects.update(details={"disk_free_mib": 3, "queues": QUEUES})


type Maker = Callable[[], None]

# --- manage.py doctor and the settings page --------------------------------------------------------

CONTRADICTED: dict[str, list[Maker]] = {
    "workers": [no_worker],
    "clock": [no_clock, a_clock_that_cannot_publish],
    "silent": [a_silent_process],
    "versions": [another_version],
    "clocks": [a_clock_that_is_ahead],
    "zones": [another_zone],
    "room": [a_full_disk],
    "search_filling": [a_search_that_is_behind],
    "queues": [a_job_that_waits_for_long, a_job_in_a_queue_that_nobody_serves, a_paused_queue],
    "unpublished": [an_unpublished_job],
    "stuck": [a_run_without_a_worker, a_replacement_that_never_came],
    "unknown": [an_unknown_outcome],
    "schedules": [an_invalid_schedule, a_late_schedule],
    "owners": [a_schedule_of_somebody_who_left],
    "quiet_periods": [a_quiet_period_that_cannot_be_read],
    "held_emails": [emails_that_are_held],
    "unknown_emails": [an_unknown_email],
}
# Of how the machine is set up; tests/health and tests/sign_in have what contradicts them.
OF_THE_SETTING_UP = {
    "database", "migrations", "broker", "demo", "factors", "encryption_keys", "settings_file", "letters",
    "storage", "email", "search_index", "saved_questions",
}  # fmt: skip


def found(key: str) -> list[Any]:
    [(_check, findings)] = run([one for one in CHECKS if one.key == key], timezone.now())
    return findings


def test_each_check_has_something_that_contradicts_it() -> None:
    assert {check.key for check in CHECKS} == CONTRADICTED.keys() | OF_THE_SETTING_UP


@pytest.mark.parametrize(
    ("key", "contradict"),
    [(key, maker) for key, makers in CONTRADICTED.items() for maker in makers],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_a_check_says_when_all_is_well_is_not_said_when_it_is_not(key: str, contradict: Maker) -> None:
    [calm] = found(key)
    assert calm.level is Level.OK
    contradict()
    said = found(key)
    assert max(one.level for one in said) > Level.OK
    if key != "clock":  # that there is one is true all the same
        assert calm.sentence not in [one.sentence for one in said]


@pytest.mark.parametrize(
    ("key", "beside", "says"),
    [
        # No trouble, but more sweeping words would be false.
        (
            "queues",
            lambda: Node.objects.update(details={"queues": ["high"]}),
            "No queue is paused, none waits for a worker, and no job has waited for long.",
        ),
        (
            "unpublished",
            lambda: make_job(State.WAITING, ago=MINUTE),
            "No job has been due for two minutes without being published, but in paused queues.",
        ),
        ("unknown_emails", lambda: make_message(MessageState.SENT), "No email has an unknown outcome."),
        (
            "silent",
            lambda: Node.objects.update(beat_at=timezone.now() - DAY),
            "No process fell silent in the last hour.",
        ),
        (
            "schedules",
            lambda: PeriodicTask.objects.update(enabled=False),
            "No schedule that is switched on is late or cannot run.",
        ),
        (
            "room",
            lambda: Node.objects.update(details={"queues": QUEUES}),
            "No process says how much room its disk has.",
        ),
    ],
)
def test_a_check_says_no_more_than_it_asked(key: str, beside: Maker, says: str) -> None:
    beside()
    assert [(one.level, one.sentence) for one in found(key)] == [(Level.OK, says)]


def test_the_last_word_of_doctor_is_of_its_checks(capsys: pytest.CaptureFixture[str]) -> None:
    a_failure()  # which is none of them
    with suppress(SystemExit):
        call_command("doctor")
    assert "well" not in capsys.readouterr().out.splitlines()[-1]


# --- the first page --------------------------------------------------------------------------------


def first_page(person: Callable[[str], User], role: str) -> str:
    client = Client()
    client.force_login(person(role))
    return unescape(client.get(reverse("admin:index")).content.decode())


NEED_SUPPORT = [
    a_failure, a_failure_of_this_minute_by_a_host_that_is_ahead, an_unknown_outcome, a_paused_queue,
    a_job_that_waits_for_long, a_job_in_a_queue_that_nobody_serves, an_unpublished_job,
    a_run_without_a_worker, a_replacement_that_never_came, an_unknown_email, a_bounced_email, a_failed_email,
    emails_that_are_held, an_invalid_schedule, a_late_schedule, no_worker, no_clock,
    a_clock_that_cannot_publish, a_silent_process, another_version, a_clock_that_is_ahead, another_zone,
    a_full_disk,
]  # fmt: skip


@pytest.mark.parametrize("contradict", NEED_SUPPORT, ids=lambda maker: maker.__name__)
def test_nothing_needs_you_is_said_only_where_nothing_does(
    contradict: Maker, person: Callable[[str], User]
) -> None:
    assert "Nothing needs you" in first_page(person, "Support")
    contradict()
    assert "Nothing needs you" not in first_page(person, "Support")


def test_who_has_seen_the_failures_is_not_told_that_there_were_none(person: Callable[[str], User]) -> None:
    make_job(State.FAILED, ago=2 * HOUR)
    LastLook.objects.create(user=person("Support"), failures_until=timezone.now() - HOUR)
    page = first_page(person, "Support")
    assert "Nothing needs you" in page
    assert "No job that failed since you looked" in page
    assert "in the last 24 hours" not in page.partition("Nothing needs you")[2].partition("</li>")[0]


@pytest.mark.parametrize(
    ("permission", "says"),
    [
        ("tasks_app.view_job", "No job that failed in the last 24 hours needs somebody."),
        ("backoffice.view_message", "No email that was written since yesterday failed or came back."),
        (
            "tasks_app.view_queuestate",
            "Workers and clock are there, and no queue is paused or waits for long.",
        ),
        ("django_celery_beat.view_periodictask", ""),
    ],
)
def test_nobody_is_told_that_all_is_well_with_what_they_may_not_see(permission: str, says: str) -> None:
    context = somebody(permission).get(reverse("admin:index")).context
    assert context["needs"] == []
    assert context["calm"] == says


def test_no_next_run_is_said_for_the_reason_that_there_is_none(person: Callable[[str], User]) -> None:
    assert "No schedule is switched on." in first_page(person, "Staff")
    a_late_schedule()
    page = first_page(person, "Staff")
    assert "No schedule is switched on." not in page
    assert "No run is to come" in page


def test_an_empty_chart_claims_no_more_than_it_draws(person: Callable[[str], User]) -> None:
    make_job(State.CANCELLED, ended_at=timezone.now())
    page = first_page(person, "Support")
    assert "No job has succeeded or failed since" in page
    assert "No job has ended" not in page


# --- reports ---------------------------------------------------------------------------------------


def overview_says() -> str:
    with override("en"):
        order = order_of("overview", timezone.now())
        [health, *_others] = order.type.sections(order)
    return str(health.text)


@pytest.mark.parametrize(
    "contradict",
    [one for one in NEED_SUPPORT if one not in (a_bounced_email, a_failed_email)],
    ids=lambda maker: maker.__name__,
)
def test_everything_answers_is_not_said_above_what_is_wrong(contradict: Maker) -> None:
    assert overview_says().startswith("Everything answers")
    contradict()
    assert "Everything answers" not in overview_says()


def test_what_was_repaired_is_not_said_not_to_have_failed() -> None:
    make_job(State.FAILED, repaired_at=timezone.now())
    assert overview_says() == (
        "Everything answers: database, broker, storage, workers and clock. "
        "What failed in the last 24 hours was repaired since."
    )


def test_schedules_that_are_switched_on_are_not_said_to_be_none() -> None:
    PeriodicTask.objects.all().delete()
    an_invalid_schedule()
    with override("en"):
        order = order_of("overview", timezone.now())
        [*_others, schedules] = order.type.sections(order)
    assert schedules.empty == "No schedule that is switched on has a next run."


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (State.SUCCEEDED, "All of them succeeded or failed"),
        (State.WAITING, "1 not finished yet"),
        (State.UNKNOWN, "1 with an unknown outcome"),
        (State.CANCELLED, "1 was cancelled"),
    ],
)
def test_the_activity_report_says_what_the_rest_came_to(state: State, says: str) -> None:
    make_job(state, ago=timedelta())
    with override("en"):
        order = order_of("activity", timezone.now(), "today")
        [figures, *_others] = order.type.sections(order)
    assert figures.figures[0].note == says
