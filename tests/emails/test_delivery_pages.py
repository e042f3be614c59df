"""What people see and do of held emails, suppressed addresses and the events of a message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.emails import hold
from backoffice.emails.ses_errors import PAUSED
from backoffice.models import EventKind, Message, MessageEvent, MessageState, SendingHold, Suppression
from tasks_app.models import State
from tests.pages.conftest import signed_in  # noqa: F401 - a fixture
from tests.pages.rows import make_job

MESSAGES = "admin:backoffice_message_changelist"
PROBE = "admin:sending_hold_probe"


@pytest.fixture
def held(db: None) -> SendingHold:
    hold.begin(PAUSED.said("SendingPausedException", "SendingPausedException: x"))
    return SendingHold.objects.get()


@pytest.fixture
def suppressed(db: None) -> Suppression:
    return Suppression.objects.create(
        address="zoe@example.org", reason=Suppression.Reason.BOUNCED, detail="550 5.1.1 user unknown"
    )


def text_of(client: Client, name: str, *args: object) -> str:
    return unescape(client.get(reverse(name, args=args)).content.decode())


# --- Held emails ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "may_try"), [("Staff", False), ("Support", True)])
def test_a_hold_is_said_with_what_to_do(
    role: str,
    may_try: bool,
    held: SendingHold,
    signed_in: Callable[[str], Client],  # noqa: F811
) -> None:
    client = signed_in(role)
    assert "All emails are held" in text_of(client, "admin:index")
    shown = text_of(client, MESSAGES)
    assert "SES console" in shown
    assert "at present. Nothing is lost" in shown
    assert "(SendingPausedException: x)" in shown
    assert (reverse(PROBE) in shown) is may_try


def test_while_nothing_is_held_nothing_is_said(db: None, admin_client: Client) -> None:
    assert "held" not in text_of(admin_client, MESSAGES)


def test_a_queued_message_says_that_it_is_held(
    held: SendingHold, message: Message, admin_client: Client
) -> None:
    assert "All emails are held" in text_of(admin_client, "admin:backoffice_message_change", message.pk)


def test_trying_again_wakes_one_email(held: SendingHold, admin_client: Client) -> None:
    later = timezone.now() + timedelta(hours=1)
    sleeping = [make_job(State.WAITING, error_class="HoldAll") for _ in range(3)]
    for job in sleeping:
        job.available_at = later
        job.save()
    assert "One email is sent" in text_of(admin_client, PROBE)
    held.refresh_from_db()
    assert held.probe_at > timezone.now(), "a GET changed something"
    admin_client.post(reverse(PROBE))
    held.refresh_from_db()
    assert held.probe_at <= timezone.now()
    for job in sleeping:
        job.refresh_from_db()
    assert sum(job.available_at == later for job in sleeping) == 2
    assert LogEntry.objects.get().get_change_message() == "Tried held emails again."


def test_trying_again_when_nothing_is_held_says_so(db: None, admin_client: Client) -> None:
    answer = admin_client.post(reverse(PROBE), follow=True)
    assert "not held any more" in unescape(answer.content.decode())
    assert not LogEntry.objects.exists()


# --- Suppressed addresses ------------------------------------------------------------------------


def test_the_list_says_why_and_who_may_lifts(
    suppressed: Suppression,
    signed_in: Callable[[str], Client],  # noqa: F811
) -> None:
    lift = reverse("admin:backoffice_suppression_lift", args=[suppressed.pk])
    staff, support = signed_in("Staff"), signed_in("Support")
    seen = text_of(staff, "admin:backoffice_suppression_changelist")
    assert "zoe@example.org" in seen
    assert "550 5.1.1 user unknown" in seen
    assert lift not in seen
    assert staff.post(lift).status_code == 403
    assert lift in text_of(support, "admin:backoffice_suppression_changelist")
    assert "harms all your mail" in unescape(support.get(lift).content.decode())
    assert Suppression.objects.exists(), "a GET changed something"
    assert support.post(lift).status_code == 302
    assert not Suppression.objects.exists()
    assert LogEntry.objects.get().object_repr == "zoe@example.org"


def test_a_complaint_is_lifted_only_at_its_owners_wish(suppressed: Suppression, admin_client: Client) -> None:
    Suppression.objects.update(reason=Suppression.Reason.COMPLAINED)
    asked = text_of(admin_client, "admin:backoffice_suppression_lift", suppressed.pk)
    assert "its owner asked" in asked


def test_a_suppressed_message_offers_to_lift(
    suppressed: Suppression, message: Message, admin_client: Client
) -> None:
    Message.objects.update(state=MessageState.SUPPRESSED)
    shown = text_of(admin_client, "admin:backoffice_message_change", message.pk)
    assert reverse("admin:backoffice_suppression_lift", args=[suppressed.pk]) in shown


def test_an_address_is_found_by_any_part_of_it(suppressed: Suppression, admin_client: Client) -> None:
    for part in ("zoe", "Zoé", "example.org"):
        found = admin_client.get(reverse("admin:backoffice_suppression_changelist"), {"q": part})
        assert "zoe@example.org" in found.content.decode()
    none = admin_client.get(reverse("admin:backoffice_suppression_changelist"), {"q": "example.com"})
    assert "zoe@example.org" not in none.content.decode()


# --- Events --------------------------------------------------------------------------------------


def test_a_message_tells_its_events_in_their_order(message: Message, admin_client: Client) -> None:
    begin = timezone.now()
    kinds = [EventKind.BOUNCED, EventKind.DELAYED, EventKind.SENT]
    for number, kind in enumerate(kinds):
        MessageEvent.objects.create(message=message, kind=kind, at=begin - timedelta(hours=number))
    shown = text_of(admin_client, "admin:backoffice_message_change", message.pk)
    places = [shown.index(str(kind.label)) for kind in reversed(kinds)]
    assert places == sorted(places)
