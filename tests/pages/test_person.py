"""“Did they get it?”: somebody found by a part of a name or address, and everything that was sent to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice.emails.one_person import PAGE, Key, NoKey, Person, page_of
from backoffice.models import EventKind, Message, MessageEvent, MessageState, Recipient, Suppression
from backoffice.models.message_states import WHOLE
from tasks_app.models import State
from tests.pages.work import EMAIL, a_job

pytestmark = pytest.mark.django_db

SignedIn = Callable[[str], Client]


@pytest.fixture
def lea() -> Recipient:
    return Recipient.objects.create(email="Lea@example.org", name="Lea Example")


@pytest.fixture
def support(signed_in: SignedIn) -> Client:
    return signed_in("Support")


def message(state: MessageState = MessageState.SENT, **fields: Any) -> Message:
    given = {"to": "lea@example.org", "sender": "us@example.org", "subject": "Hello", "state": state}
    return Message.objects.create(**given | fields)


def page(client: Client, **query: Any) -> str:
    answer = client.get(reverse("admin:person"), query, follow=True)
    assert answer.status_code == 200
    return " ".join(unescape(answer.content.decode()).split())


def subjects(shown: str) -> list[str]:
    return re.findall(r'class="break-words font-medium[^"]*" href="[^"]+">([^<]*)</a>', shown)


# --- Finding somebody --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term", ["lea", "LÉA", "exam lea", "a@example", "Lea@EXAMPLE.org", " lea@example.org "]
)
def test_a_recipient_is_found_by_a_part_of_name_or_address(
    support: Client, lea: Recipient, term: str
) -> None:
    message(recipient=lea)
    shown = page(support, q=term)
    assert subjects(shown) == ["Hello"]
    assert "Lea Example <Lea@example.org>" in shown


def test_of_several_one_is_chosen(support: Client, lea: Recipient) -> None:
    Recipient.objects.create(email="leander@example.org", name="Leander Sample")
    shown = page(support, q="lea")
    assert "Who is meant?" in shown
    assert set(re.findall(r"/admin/person/\?to=([^\"]+)\"", shown)) == {
        "Lea%40example.org",
        "leander%40example.org",
    }


def test_who_is_deleted_is_found_by_what_was_sent_to_them(support: Client) -> None:
    message(subject="Farewell")
    message(subject="And another")
    assert subjects(page(support, q="lea@exam")) == ["And another", "Farewell"]


def test_a_user_is_found_by_who_may_see_users(signed_in: SignedIn, lea: Recipient) -> None:
    User.objects.create_user("kim", "kim@example.org", first_name="Kim", last_name="Usher")
    message(to="kim@example.org", subject="Your new password", security=True)
    assert subjects(page(signed_in("superuser"), q="usher")) == ["Your new password"]
    assert "Nobody was found" in page(signed_in("Support"), q="usher")


def test_a_whole_address_is_answered_though_nothing_went_there(support: Client) -> None:
    shown = page(support, q="nobody@example.org")
    assert "No recipient has this address." in shown
    assert "Nothing was ever written to this address." in shown


@pytest.mark.parametrize(
    "term", ["", "%", "'; DROP TABLE", "<script>alert(1)</script>", "x" * 5_000, "@", "a b c"]
)
def test_what_finds_nobody_is_a_page(support: Client, lea: Recipient, term: str) -> None:
    answer = support.get(reverse("admin:person"), {"q": term}, follow=True)
    assert answer.status_code == 200
    assert b"<script>alert(1)" not in answer.content


# --- One person --------------------------------------------------------------------------------


def test_all_that_went_to_them_is_there_by_whichever_road(support: Client, lea: Recipient) -> None:
    other = Recipient.objects.create(email="other@example.org")
    message(recipient=other, to="other@example.org", subject="not hers")
    message(recipient=lea, to="lea@example.org", subject="by her row")
    message(recipient=lea, to="old@example.org", subject="to the address of then")
    message(recipient=None, to="Lea@example.org", subject="without her row")
    message(recipient=other, to="lea@example.org", subject="when another had it")
    message(MessageState.FAILED, recipient=lea, to="", subject="refused")
    shown = page(support, to="lea@example.org")
    assert subjects(shown) == [
        "refused",
        "when another had it",
        "without her row",
        "to the address of then",
        "by her row",
    ]
    assert "To old@example.org, the address of then" in shown
    assert "To this address, when another recipient had it" in shown


@pytest.mark.parametrize("state", MessageState)
def test_each_state_is_said_in_words(support: Client, state: MessageState) -> None:
    from backoffice.admin.person import IN_WORDS

    message(state)
    assert str(IN_WORDS[state]) in page(support, to="lea@example.org")


def test_why_something_was_not_sent_and_the_mail_services_word_stand_beside_it(support: Client) -> None:
    from backoffice.emails import causes
    from backoffice.emails.causes import because

    message(MessageState.SUPPRESSED, **because(causes.ADDRESS_BOUNCED(address="lea@example.org")))
    sent = message(MessageState.DELIVERED)
    MessageEvent.objects.create(
        message=sent, kind=EventKind.DELIVERED, at=timezone.now(), detail="250 ok of mx.example.org"
    )
    shown = page(support, to="lea@example.org")
    assert "lea@example.org takes no mail: an earlier email came back for good." in shown
    assert "250 ok of mx.example.org" in shown


def test_opting_out_and_a_suppression_are_said_with_the_way_there(support: Client, lea: Recipient) -> None:
    Recipient.objects.filter(pk=lea.pk).update(active=False)
    suppressed = Suppression.objects.create(address="lea@example.org", reason=Suppression.Reason.BOUNCED)
    shown = page(support, to="lea@example.org")
    assert "this person opted out" in shown
    assert reverse("admin:backoffice_suppression_change", args=[suppressed.pk]) in shown


def test_a_suppressed_address_that_is_no_recipients_is_said_too(support: Client) -> None:
    Suppression.objects.create(address="lea@example.org", reason=Suppression.Reason.COMPLAINED)
    assert "reported an earlier email as spam" in page(support, to="lea@example.org")


def test_what_is_still_to_come_is_named(support: Client, lea: Recipient) -> None:
    waiting = a_job(State.WAITING, name=EMAIL, about="Lea@example.org")
    a_job(State.FAILED, name=EMAIL, about="Lea@example.org")
    a_job(State.WAITING, name=EMAIL, about="other@example.org")
    shown = page(support, to="lea@example.org")
    part = shown.partition("Still to come")[2].partition("</section>")[0]
    assert re.findall(r"/job/([0-9a-f-]{36})/change/", part) == [waiting.pk]


def test_the_parts_add_up_and_lead_to_their_messages(support: Client) -> None:
    for state in MessageState:
        message(state, subject=state.value)
    shown = page(support, to="lea@example.org")
    parts = {
        label: (way, int(count))
        for label, way, count in re.findall(
            r'<li>([^<]+) <a class="bo-link" href="([^"]+)">(\d+)</a></li>', shown
        )
    }
    assert sum(count for _way, count in parts.values()) == len(MessageState)
    for key, (label, states) in WHOLE.items():
        way, count = parts[str(label)]
        assert f"outcome={key}" in way
        assert set(subjects(page(support, to="lea@example.org", outcome=key))) == {*map(str, states)}
        assert count == len(states)


# --- Many --------------------------------------------------------------------------------------


def many(count: int, **fields: Any) -> None:
    """Some at the same moment, so that a key is of both."""
    now = timezone.now()
    made = Message.objects.bulk_create(
        Message(to="lea@example.org", subject=str(number), state="sent", **fields) for number in range(count)
    )
    for number, one in enumerate(made):
        one.created_at = now - timedelta(minutes=number // 3)
    Message.objects.bulk_update(made, ["created_at"], batch_size=500)


def test_pages_go_on_where_the_one_before_ended_whatever_comes_in(lea: Recipient) -> None:
    many(PAGE * 2 + 5, recipient=lea)
    person, before, seen = Person.of("lea@example.org"), None, []
    for _page in range(3):
        found = page_of(person, (), before)
        seen += [one.pk for one in found.messages]
        before = found.older
        message(recipient=lea, subject="came in meanwhile")
    assert before is None
    expected = Message.objects.exclude(subject="came in meanwhile").order_by("-created_at", "-id")
    assert seen == list(expected.values_list("pk", flat=True))


def test_the_pages_lead_on_and_back(support: Client, lea: Recipient) -> None:
    many(PAGE + 1, recipient=lea)
    first = page(support, to="lea@example.org")
    [older] = re.findall(r'href="([^"]+)" rel="next"', first)
    second = " ".join(unescape(support.get(older).content.decode()).split())
    assert len(subjects(first)) == PAGE
    assert len(subjects(second)) == 1
    assert 'rel="next"' not in second
    assert "The newest" in second


@pytest.mark.parametrize(
    "key",
    ["x", "~", "2026-01-01T00:00:00+00:00~x", "2026-01-01T00:00:00~" + "0" * 32, "9" * 99, "\x00", "’~’",
     "2026-13-45T99:00:00+00:00~" + "0" * 32],
)  # fmt: skip
def test_a_key_that_is_none_is_a_sentence(support: Client, key: str) -> None:
    message()
    shown = page(support, to="lea@example.org", before=key)
    assert subjects(shown) == ["Hello"]
    if "\x00" not in key:
        assert "names no place among the messages" in shown


@pytest.mark.once
def test_a_key_is_read_as_it_is_written() -> None:
    key = Key(timezone.now(), message().pk)
    assert Key.read(str(key)) == key
    with pytest.raises(NoKey):
        Key.read("yesterday")


@pytest.mark.sweep
def test_a_person_of_many_messages_costs_as_many_questions_as_one_of_few(
    support: Client, lea: Recipient
) -> None:
    many(2_000, recipient=lea)
    page(support)
    with CaptureQueriesContext(connection) as of_the_frame:
        page(support)
    with CaptureQueriesContext(connection) as asked:
        shown = page(support, to="lea@example.org")
    assert len(subjects(shown)) == PAGE
    # Who it is, their messages, how many, what the mail service said, what is in the way, what is to come.
    assert len(asked) - len(of_the_frame) == 6, "\n".join(one["sql"][:150] for one in asked)


# --- Who may -----------------------------------------------------------------------------------


def test_who_may_not_see_messages_has_no_such_page(signed_in: SignedIn) -> None:
    managers = signed_in("Managers")
    assert managers.get(reverse("admin:person"), {"to": "lea@example.org"}).status_code == 403
    assert "admin/person/" not in managers.get(reverse("admin:index")).content.decode()


def test_messages_recipients_and_jobs_lead_there(support: Client, lea: Recipient) -> None:
    one = message(recipient=lea)
    job = a_job(name=EMAIL, about="lea@example.org")
    pages = [
        reverse("admin:backoffice_message_change", args=[one.pk]),
        reverse("admin:backoffice_recipient_change", args=[lea.pk]),
        reverse("admin:tasks_app_job_change", args=[job.pk]),
        reverse("admin:index"),
    ]
    for address in pages:
        assert "/admin/person/" in support.get(address).content.decode()
