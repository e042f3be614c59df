"""Addresses outside: by a right of its own, of allowed domains, as attachments, until they want no more."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from backoffice.models import Copy, Message, MessageState, OutsideReader
from backoffice.subscriptions import causes
from tasks_app.delivery_tasks import launch_delivery
from tasks_app.models import Job, State
from tests.subscriptions.making import (
    ADD,
    files_of,
    filled_in,
    outbox,
    run,
    run_at_its_time,
    subscribe,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PARTNER = "partner@example.com"
LINK = re.compile(r"<https://open\.example\.org(/u/[^>]+)>")


def outside_form(client: Client, report: str = "activity") -> Any:
    return client.get(reverse(ADD) + f"?report={report}").context["about_form"]


@pytest.fixture
def subscription(client: Client, sharing: Any) -> Any:
    return subscribe(client, [], "activity", outside=PARTNER, skip_empty="")


def link_in(mail: Any) -> str:
    found = LINK.fullmatch(mail["List-Unsubscribe"])
    assert found
    return found[1]


def test_a_partner_gets_attachments_and_a_way_out_in_one_click(client: Client, subscription: Any) -> None:
    run_at_its_time(subscription)
    mail = outbox()[PARTNER]
    assert list(files_of(mail))
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link_in(mail) in text_of(mail)
    assert "/admin/" not in text_of(mail)  # nothing behind sign-in
    anybody = Client(enforce_csrf_checks=True)
    assert anybody.post(link_in(mail), {"List-Unsubscribe": "One-Click"}).status_code == 200
    reader = subscription.readers.get()
    assert reader.stopped_at
    assert reader.cause == causes.OPTED_OUT.code
    assert PARTNER in LogEntry.objects.latest("pk").get_change_message()
    count = Message.objects.filter(to=PARTNER).count()
    run_at_its_time(subscription)
    assert Message.objects.filter(to=PARTNER).count() == count


def test_whoever_opted_out_is_not_added_again_nor_written_to_by_what_waits(
    client: Client, subscription: Any
) -> None:
    run_at_its_time(subscription)
    link = link_in(outbox()[PARTNER])
    waiting = Message.objects.get(to=PARTNER)
    waiting.pk, waiting.job_id, waiting.state, waiting.attempt = None, "", MessageState.QUEUED, 0
    waiting._state.adding = True
    waiting.save()
    order = launch_delivery(waiting)
    Client().post(link)
    assert run(order).state == State.FAILED
    waiting.refresh_from_db()
    assert (waiting.state, waiting.cause) == (MessageState.SUPPRESSED, "email.unsubscribed")
    refused = client.post(reverse(ADD) + "?report=activity", filled_in([], outside=PARTNER, skip_empty=""))
    assert "They unsubscribed" in str(refused.context["about_form"].errors["outside"])


def test_the_field_is_for_who_may_and_for_reports_that_may(
    client: Client, sharing: Any, settings: Any
) -> None:
    assert "outside" in outside_form(client).fields
    assert "outside" not in outside_form(client, "emails").fields  # it names people
    settings.PUBLIC_URL = ""
    assert "outside" not in outside_form(client).fields  # nobody could unsubscribe
    settings.PUBLIC_URL = "https://open.example.org"
    sharing.user_permissions.clear()
    assert "outside" not in outside_form(client).fields
    # What is posted all the same is not read.
    answer = client.post(reverse(ADD) + "?report=activity", filled_in([], outside=PARTNER))
    assert answer.status_code == 200
    assert not OutsideReader.objects.exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("partner@example.net", "example.net"),
        ("partner@sub.example.com", "sub.example.com"),
        ("partner@example.com.evil.example", "evil.example"),
        ("partner@example.com\nnobody", "is no address"),
        ("a@example.com, b@example.com", "is no address"),
        ("a@example.com\x00", "Null characters"),
        ("\n".join(f"a{n}@example.com" for n in range(51)), "too many"),
    ],
)
def test_other_domains_and_what_is_no_address_are_refused_with_a_sentence(
    client: Client, sharing: Any, given: str, words: str
) -> None:
    refused = client.post(reverse(ADD) + "?report=activity", filled_in([], outside=given))
    assert words in str(refused.context["about_form"].errors["outside"])
    assert not OutsideReader.objects.exists()


def test_one_mailbox_in_two_spellings_is_one_reader(client: Client, sharing: Any) -> None:
    made = subscribe(client, [], "activity", outside=f"{PARTNER}\n Partner@EXAMPLE.com ")
    assert [str(one.outside) for one in made.readers.all()] == [PARTNER]


@pytest.mark.parametrize(
    ("change", "cause", "stops"),
    [
        ({"REPORT_SHARE_DOMAINS": ["example.net"]}, causes.DOMAIN_NOT_ALLOWED, True),
        ({"PUBLIC_URL": ""}, causes.NOT_REACHABLE, False),
    ],
)
def test_what_is_allowed_no_more_stops_and_its_owner_is_told(
    client: Client, subscription: Any, settings: Any, change: dict[str, Any], cause: Any, stops: bool
) -> None:
    for name, value in change.items():
        setattr(settings, name, value)
    run_at_its_time(subscription)
    reader = subscription.readers.get()
    assert PARTNER not in outbox()
    assert bool(reader.stopped_at) == stops
    assert (reader.cause if stops else Copy.objects.get().cause) == cause.code
    assert PARTNER in text_of(outbox()["managers@example.org"])


def test_an_owner_who_may_share_no_more_holds_it_back_until_one_who_may_has_it(
    client: Client, subscription: Any, sharing: Any, person: Any
) -> None:
    sharing.user_permissions.clear()
    run_at_its_time(subscription)
    assert PARTNER not in outbox()
    assert Copy.objects.get().cause == causes.OWNER_MAY_NOT_SHARE.code
    other = person("superuser")
    client.force_login(other)
    client.post(f"/admin/backoffice/subscription/{subscription.pk}/hand_over/", {"to": other.pk})
    run_at_its_time(subscription)
    assert PARTNER in outbox()


def test_what_is_too_large_goes_to_nobody_outside(client: Client, subscription: Any, settings: Any) -> None:
    settings.REPORT_ATTACH_MAX = 1
    run_at_its_time(subscription)
    assert PARTNER not in outbox()
    assert Copy.objects.get().cause == causes.TOO_LARGE.code


def test_another_group_reads_no_attachment_of_a_report_that_is_not_theirs(
    client: Client, subscription: Any, person: Any
) -> None:
    """Staff see messages, and no activity report."""
    run_at_its_time(subscription)
    message = Message.objects.get(to=PARTNER)
    client.force_login(person("Staff"))
    base = f"/admin/backoffice/message/{message.pk}"
    assert client.get(f"{base}/raw/").status_code == 403
    assert client.get(f"{base}/attachments/{message.attachments.get().pk}/").status_code == 403
    client.force_login(person("Support"))
    assert client.get(f"{base}/raw/").status_code == 200


def test_an_address_that_bounced_is_told_by_its_copy(client: Client, subscription: Any) -> None:
    from backoffice.models import Suppression

    Suppression.objects.create(address=PARTNER, reason=Suppression.Reason.BOUNCED)
    run_at_its_time(subscription)
    assert Copy.objects.get().message.state == MessageState.SUPPRESSED
    assert Job.objects.filter(name__endswith="deliver_message").get().state == State.FAILED
    assert (
        "Suppressed"
        in client.get(f"/admin/backoffice/subscription/{subscription.pk}/change/").content.decode()
    )
