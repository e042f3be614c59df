"""What needs somebody now: each figure leads to the list behind it, and none counts a history whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from backoffice.admin.needs import Need
from backoffice.emails import ses
from backoffice.models import LastLook, MessageState
from projet.conf.storage import file_storage
from tasks_app.broker import ping
from tasks_app.broker.ping import Broker
from tasks_app.failures.figures import look
from tasks_app.models import Job, Node, QueueState, State
from tests.health.account_stub import AccountStub
from tests.pages.rows import dashboard, make_job, make_message, make_schedule
from tests.servers import wait_until

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
    assert "The queue low is paused" in dashboard(signed_in("Support"))


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
    cache.delete("broker-answer")
    asked = []

    def silence() -> Broker:
        asked.append(True)
        return Broker("redis://broker", answered_in=None)

    monkeypatch.setattr(ping, "ask_broker", silence)
    monkeypatch.setattr(ping, "KEPT_SECONDS", 3600)
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
        Job(id=str(n), name="t", queue="high", state=State.FAILED, created_at=moment, ended_at=moment)
        for n in range(150)
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


@pytest.mark.parametrize(
    ("details", "icon", "title", "note"),
    [
        ({"disk_free_mib": 12}, "hard_drive", "12 MiB left", "Free some room"),
        (
            {"time_zone": "America/New_York"},
            "public_off",
            "works in the time zone America/New_York",
            "TIME_ZONE",
        ),
    ],
    ids=["a full disk", "a wrong time zone"],
)
def test_what_is_wrong_with_a_host_is_said_with_what_to_do(
    details: dict[str, Any], icon: str, title: str, note: str, signed_in: Callable[[str], Client]
) -> None:
    Node.objects.filter(kind=Node.Kind.CLOCK).update(details=details)
    needs = signed_in("Support").get(reverse("admin:index")).context["needs"]
    [need] = [one for one in needs if one.icon == icon]
    assert need.tone == "danger"
    assert f"clock@host {title}" in need.title or f"clock@host has {title}" in need.title
    assert note in need.note


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"maxmemory_policy": "allkeys-lru", "aof_enabled": 1}, "A full broker forgets messages"),
        ({"maxmemory_policy": "noeviction", "aof_enabled": 0}, "The broker keeps nothing on disk"),
    ],
)
def test_a_broker_that_may_lose_messages_is_said_to_who_sees_services(
    setting: dict[str, Any], words: str, signed_in: Callable[[str], Client]
) -> None:
    cache.set("broker-answer", Broker("redis://broker", timedelta(), info=setting))
    assert words in dashboard(signed_in("Support"))
    assert words not in dashboard(signed_in("Managers"))


def test_expired_keys_of_the_mail_service_are_said(settings: Any, signed_in: Callable[[str], Client]) -> None:
    with AccountStub(403, "ExpiredTokenException", {"message": "Said by the stub."}) as stub:
        settings.EMAIL_TRANSPORT, settings.AWS_ENDPOINT_URL = "ses", stub.url
        client = signed_in("Support")

        def said() -> Any:
            needs = client.get(reverse("admin:index")).context["needs"]
            return next((one for one in needs if one.icon == "mail_lock"), None)

        need = wait_until(said, what="the keys on the dashboard")
    ses.client.cache_clear()
    assert "takes no emails from us" in need.title
    assert "AWS_ACCESS_KEY_ID" in need.note


def test_a_folder_that_cannot_be_written_is_said(
    settings: Any, tmp_path: Path, signed_in: Callable[[str], Client]
) -> None:
    (tmp_path / "file").write_text("in the way")  # rights would not stop root
    settings.MEDIA_ROOT = tmp_path / "file"
    client = signed_in("Support")
    wait_until(
        lambda: "Files cannot be written" in dashboard(client) or None, what="the folder on the dashboard"
    )


def test_a_bucket_that_is_none_is_said_and_no_page_waits_for_it(
    settings: Any, moto_endpoint: str, signed_in: Callable[[str], Client]
) -> None:
    settings.STORAGE_URL = "s3://no-such-bucket"
    wrong = file_storage(settings.STORAGE_URL, "eu-west-3", moto_endpoint)
    settings.STORAGES = settings.STORAGES | {"default": wrong}
    client = signed_in("Support")
    wait_until(lambda: "no-such-bucket" in dashboard(client) or None, what="the bucket on the dashboard")


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


def test_when_nobody_works_at_all_it_is_not_said_of_each_queue(signed_in: Callable[[str], Client]) -> None:
    Node.objects.filter(kind=Node.Kind.WORKER).delete()
    make_job(State.WAITING, ago=timedelta(hours=1), published_at=timezone.now())
    text = dashboard(signed_in("Support"))
    assert "No worker is running" in text
    assert "no worker takes from it" not in text


# --- Failed since you looked -------------------------------------------------------------------


def failures(client: Client) -> Need | None:
    found = client.get(reverse("admin:index")).context["needs"]
    return next((one for one in found if "failed" in one.title), None)


def badge(client: Client) -> str:
    """Beside Failures in the sidebar."""
    groups = client.get(reverse("admin:index")).context["sidebar_navigation"]
    [jobs] = [item for group in groups for item in group["items"] if "badge" in item]
    return str(jobs["badge"])


def say_seen(client: Client, need: Need) -> None:
    assert need.seen_until is not None
    client.post(reverse("admin:dashboard_seen"), {"until": need.seen_until.isoformat()})


@pytest.mark.usefixtures("moment")
def test_what_somebody_has_seen_is_not_new_to_them_and_still_is_to_others(
    signed_in: Callable[[str], Client],
) -> None:
    support, staff = signed_in("Support"), signed_in("Staff")
    make_job(State.FAILED, ago=timedelta(minutes=9))
    make_job(State.FAILED, ago=timedelta(minutes=8))
    need = failures(support)
    assert need is not None
    make_job(State.FAILED, ago=timedelta(minutes=1), about="new@example.org")  # after the page was shown
    say_seen(support, need)
    need = failures(support)
    assert need is not None
    assert need.title == "1 job failed since you looked"
    listed = support.get(need.url)
    assert [job.about for job in listed.context["cl"].result_list] == ["new@example.org"]
    say_seen(support, need)
    assert failures(support) is None
    assert "3 jobs failed" in dashboard(staff)
    look()  # the clock does, every ten seconds
    assert (badge(support), badge(staff)) == ("1", "1")  # their cause is everybody's, until somebody decides


def test_what_failed_before_the_weekend_is_still_new_to_who_did_not_look(
    signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    client = signed_in("Support")
    LastLook.objects.create(user=person("Support"), failures_until=timezone.now() - timedelta(days=5))
    make_job(State.FAILED, ago=timedelta(days=3))
    make_job(State.FAILED, ago=timedelta(days=6))
    need = failures(client)
    assert need is not None
    assert need.title == "1 job failed since you looked"


@pytest.mark.parametrize("looked", [False, True])
@pytest.mark.parametrize(("role", "offered"), [("Staff", False), ("Support", True)])
def test_running_again_is_spoken_of_only_to_who_may(
    role: str,
    offered: bool,
    looked: bool,
    signed_in: Callable[[str], Client],
    person: Callable[[str], User],
) -> None:
    client = signed_in(role)
    if looked:
        LastLook.objects.create(user=person(role), failures_until=timezone.now() - timedelta(hours=1))
    make_job(State.FAILED)
    need = failures(client)
    assert need is not None
    assert "Each says why" in need.note
    assert ("run again" in need.note) is offered


@pytest.mark.parametrize("until", ["", "yesterday", "2026-13-45T00:00:00Z", "2026-11-22T10:00:00"])
def test_a_look_that_is_no_moment_is_refused(until: str, signed_in: Callable[[str], Client]) -> None:
    answer = signed_in("Support").post(reverse("admin:dashboard_seen"), {"until": until})
    assert answer.status_code == 400
    assert not LastLook.objects.exists()


def test_a_look_into_the_future_hides_nothing_that_is_to_come(signed_in: Callable[[str], Client]) -> None:
    client = signed_in("Support")
    tomorrow = timezone.now() + timedelta(days=1)
    client.post(reverse("admin:dashboard_seen"), {"until": tomorrow.isoformat()})
    make_job(State.FAILED, ago=timedelta())
    assert failures(client) is not None


# --- The lists behind --------------------------------------------------------------------------


def test_the_list_behind_emails_that_did_not_arrive_shows_as_many(
    signed_in: Callable[[str], Client],
) -> None:
    client = signed_in("Staff")
    make_message(MessageState.BOUNCED)
    old = make_message(MessageState.FAILED)
    type(old).objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3))
    found = client.get(reverse("admin:index")).context["needs"]
    need = next(one for one in found if one.title == "1 email did not arrive")
    assert len(client.get(need.url).context["cl"].result_list) == 1


def test_schedules_in_trouble_lead_to_them_and_no_other(signed_in: Callable[[str], Client]) -> None:
    client = signed_in("Staff")
    broken = make_schedule(invalid="There is no such job.", next_slot=None)
    late = make_schedule(next_slot=timezone.now() - timedelta(minutes=30))
    make_schedule()
    found = client.get(reverse("admin:index")).context["needs"]
    for words, schedule in (("cannot run", broken), ("is late", late)):
        [need] = [one for one in found if words in one.title]
        assert list(client.get(need.url).context["cl"].result_list) == [schedule]
