"""A subscription's month: made by its owner, run by the clock, and what each reader and the owner get."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client

from backoffice.models import (
    Attachment,
    Copy,
    Download,
    Form,
    Message,
    MessageState,
    Report,
    RunState,
    Subscription,
    SubscriptionRun,
)
from backoffice.prunables import remove_bodies
from backoffice.reports import registry
from backoffice.reports.periods import resolve
from backoffice.subscriptions import causes
from tasks_app.models import Job, State
from tests.subscriptions.making import (
    files_of,
    next_moment,
    outbox,
    page,
    run_at_its_time,
    something_to_report,
    subscribe,
    text_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(person: Callable[[str], Any]) -> Any:
    return person("Staff")


def state_of(subscription: Subscription) -> str:
    return subscription.runs.order_by("-at", "-id")[0].state


def test_a_managers_month_arrives_attached_and_says_so_per_reader(
    client: Client, manager: Any, reader: Any
) -> None:
    subscription = subscribe(client, [manager, reader], formats=["pdf", "xlsx"])
    slot = next_moment(subscription)
    month = str(resolve("last_month", slot))
    something_to_report(subscription)
    job = run_at_its_time(subscription)
    assert job.state == State.SUCCEEDED, job.error
    assert job.scheduled_for == slot
    reports = {one.format: one for one in Report.objects.filter(job_id=job.pk)}
    assert set(reports) == {"pdf", "xlsx"}
    mails = outbox()
    assert set(mails) == {manager.email, reader.email}
    for mail in mails.values():
        assert mail["Subject"] == f"Emails – {month}"
        assert mail["List-Unsubscribe"] is None
        for name, content in files_of(mail).items():
            assert sha256(content).hexdigest() == reports[name.rpartition(".")[2]].sha256
        assert len(files_of(mail)) == 2
    assert state_of(subscription) == RunState.HANDED_ON
    assert {(one.name, one.message.state) for one in Copy.objects.select_related("message")} == {
        ("Alex Managers", MessageState.SENT),
        ("Alex Staff", MessageState.SENT),
    }
    shown = client.get(page(subscription)).content.decode()
    assert f"Emails – {month}" in shown
    assert "Alex Staff" in shown


def test_one_file_is_kept_for_all_who_get_it_and_lives_as_long_as_any_of_them(
    client: Client, manager: Any, reader: Any
) -> None:
    subscription = subscribe(client, [manager, reader])
    something_to_report(subscription)
    run_at_its_time(subscription)
    first, second = Attachment.objects.order_by("pk")
    assert first.file == second.file != Report.objects.get().file
    remove_bodies([first.message_id])
    assert default_storage.exists(second.file)
    remove_bodies([second.message_id])
    assert not default_storage.exists(second.file)


def test_an_empty_period_is_skipped_and_the_next_email_says_so(client: Client, manager: Any) -> None:
    subscription = subscribe(client, [manager])
    empty = str(resolve("last_month", next_moment(subscription)))
    run_at_its_time(subscription)
    assert state_of(subscription) == RunState.EMPTY
    assert not Report.objects.exists()
    assert not outbox()
    assert "Skipped: nothing to report" in client.get(page(subscription)).content.decode()
    something_to_report(subscription)
    run_at_its_time(subscription)
    assert f"there was nothing to report: Emails – {empty}." in text_of(outbox()[manager.email])


def test_an_empty_period_is_reported_where_its_owner_wants_it_so(client: Client, manager: Any) -> None:
    run_at_its_time(subscribe(client, [manager], skip_empty=""))
    assert Report.objects.count() == 1


def test_a_failure_reaches_the_owner_and_no_reader(
    client: Client, manager: Any, reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription = subscribe(client, [reader])
    something_to_report(subscription)

    def refuse(name: str, content: Any) -> str:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "save", refuse)
        job = run_at_its_time(subscription)
    assert job.state == State.FAILED
    assert set(outbox()) == {manager.email}
    assert "no space left" in text_of(outbox()[manager.email])
    assert state_of(subscription) == RunState.FAILED
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("lose", "cause"),
    [
        (lambda user: user.groups.clear(), causes.NO_RIGHT),
        (lambda user: User.objects.filter(pk=user.pk).update(is_active=False), causes.ACCOUNT_CLOSED),
        (lambda user: User.objects.filter(pk=user.pk).update(is_staff=False), causes.ACCOUNT_CLOSED),
    ],
)
def test_it_stops_for_a_reader_who_lost_the_right_alone_and_its_owner_is_told(
    client: Client, manager: Any, reader: Any, lose: Callable[[Any], Any], cause: Any
) -> None:
    subscription = subscribe(client, [manager, reader])
    something_to_report(subscription)
    lose(reader)
    run_at_its_time(subscription)
    assert reader.email not in outbox()
    stopped = subscription.readers.get(user=reader)
    assert stopped.stopped_at
    assert stopped.cause == cause.code
    assert not Copy.objects.filter(reader=stopped).exists()
    told = Message.objects.filter(to=manager.email, text__contains="Alex Staff gets it no more.")
    assert told.count() == 1
    something_to_report(subscription)
    run_at_its_time(subscription)
    assert told.count() == 1  # once


def test_a_reader_without_an_address_gets_nothing_now_and_the_owner_hears_why(
    client: Client, manager: Any, reader: Any
) -> None:
    subscription = subscribe(client, [manager, reader])
    something_to_report(subscription)
    User.objects.filter(pk=reader.pk).update(email="")
    run_at_its_time(subscription)
    copy = Copy.objects.get(name="Alex Staff")
    assert copy.message is None
    assert copy.cause == causes.NO_ADDRESS.code
    assert Message.objects.filter(text__contains="Staff got nothing. Their account has no email").exists()
    assert subscription.readers.get(user=reader).stopped_at is None


def test_what_is_large_is_linked_and_what_is_confidential_always(
    client: Client, manager: Any, settings: Any
) -> None:
    subscription = subscribe(client, [manager])
    something_to_report(subscription)
    settings.REPORT_ATTACH_MAX = 1
    run_at_its_time(subscription)
    mail = outbox()[manager.email]
    assert not files_of(mail)
    assert f"/admin/backoffice/report/{Report.objects.get().pk}/change/" in text_of(mail)
    settings.REPORT_ATTACH_MAX = 10**7
    confidential = subscribe(client, [manager], "overview", name="The stack", formats=["pdf"])
    run_at_its_time(confidential)
    assert not files_of(outbox()[manager.email])
    assert Copy.objects.latest("pk").form == Form.LINKED


def test_a_report_that_is_gone_ends_its_subscription_and_leaves_the_shelf_as_it_is(
    client: Client, manager: Any, monkeypatch: pytest.MonkeyPatch, person: Callable[[str], Any]
) -> None:
    subscription = subscribe(client, [manager])
    something_to_report(subscription)
    run_at_its_time(subscription)
    binder = Report.objects.get().issue.binder
    with monkeypatch.context() as patch:
        patch.delitem(registry._registered, "emails")
        run_at_its_time(subscription)
        subscription.refresh_from_db()
        assert subscription.ended_at
        assert subscription.cause == causes.TYPE_GONE.code
        assert not subscription.schedule.enabled
        assert "There is no report called" in text_of(outbox()[manager.email])
        assert client.get(page(subscription)).status_code == 200
        client.force_login(person("superuser"))
        assert client.get(f"/admin/backoffice/binder/{binder.pk}/change/").status_code == 200
        assert client.get("/admin/backoffice/binder/").status_code == 200


def test_nobody_who_reads_is_told_to_the_owner_and_nothing_is_made(
    client: Client, manager: Any, reader: Any
) -> None:
    subscription = subscribe(client, [reader])
    something_to_report(subscription)
    reader.groups.clear()
    run_at_its_time(subscription)
    assert state_of(subscription) == RunState.NOBODY
    assert not Report.objects.exists()
    assert "Nobody is left who gets it" in text_of(outbox()[manager.email])


# --- Whether anybody reads it -------------------------------------------------------------------------------


def three_times(subscription: Subscription) -> None:
    for _time in range(3):
        something_to_report(subscription)
        run_at_its_time(subscription)


def test_one_that_nobody_read_three_times_asks_its_owner_once(client: Client, manager: Any) -> None:
    subscription = subscribe(client, [manager], form="linked", formats=["csv"])
    three_times(subscription)
    is_asked = Subscription.objects.filter(question_open=True)
    assert not is_asked.exists()
    run_at_its_time(subscription)
    assert is_asked.exists()
    asked = Message.objects.filter(text__contains="Should it end?")
    assert asked.count() == 1
    assert "Keep it …" in client.get(page(subscription)).content.decode()
    client.post(page(subscription, "keep"))
    run_at_its_time(subscription)
    assert asked.count() == 1  # the next three count anew


def test_one_that_somebody_read_is_left_alone(client: Client, manager: Any) -> None:
    subscription = subscribe(client, [manager], form="linked", formats=["csv"])
    three_times(subscription)
    Download.objects.create(report=Report.objects.earliest("created_at"), user=manager)
    run_at_its_time(subscription)
    assert not Message.objects.filter(text__contains="Should it end?").exists()


def test_attachments_cannot_tell_so_nobody_is_asked(client: Client, manager: Any) -> None:
    subscription = subscribe(client, [manager], formats=["csv"])
    three_times(subscription)
    run_at_its_time(subscription)
    assert not Message.objects.filter(text__contains="Should it end?").exists()


# --- The job, whoever launches it ---------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [10**30, 0, 7])
def test_a_subscription_that_is_none_is_a_sentence_and_tells_nobody(manager: Any, wrong: int) -> None:
    from tasks_app.subscription_tasks import deliver_subscription

    job = Job.objects.get(pk=deliver_subscription.apply(kwargs={"subscription": wrong}).id)
    assert (job.state, job.cause) == (State.FAILED, causes.SUBSCRIPTION_GONE.code)
    assert not SubscriptionRun.objects.exists()
    assert not Message.objects.exists()


def test_the_owner_who_left_holds_up_nobody_inside(client: Client, manager: Any, reader: Any) -> None:
    subscription = subscribe(client, [reader])
    something_to_report(subscription)
    User.objects.filter(pk=manager.pk).update(is_active=False)
    run_at_its_time(subscription)
    assert set(outbox()) == {reader.email}
